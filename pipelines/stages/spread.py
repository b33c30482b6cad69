"""Spreading work over a cluster: a table of units in, the results of a pure function out."""

import json
from collections.abc import Callable, Iterator, Sequence

import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession

from pipelines.sources import Reading, SourceFile, read_checksums, split_points
from pipelines.stages.progress import Listener, Progress, watched
from pipelines.stages.results import Result, Results, gathered, result_ddl, told
from pipelines.storage import Stat, Stores

_POINTS = pa.list_(pa.int64())
_CHECKSUMS = pa.schema([("uri", pa.string()), ("checksum", pa.string())])

MAX_TASKS = "spark.phloem.maxTasks"
"""Spark setting: most tasks of one job over units. It changes no byte of the output."""
_DEFAULT_MAX_TASKS = "10000"  # fine enough to see progress, few enough for Spark's scheduler on the driver


def units_table(spark: SparkSession, units: Sequence[tuple[str, str]]) -> DataFrame:
    """(name, specification) pairs as a DataFrame `unit, specification`, one partition per task."""
    tasks = max(1, min(len(units), int(spark.conf.get(MAX_TASKS, _DEFAULT_MAX_TASKS) or 1)))
    columns = {
        "unit": [name for name, _ in units],
        "specification": [text for _, text in units],
        "task": [position % tasks for position in range(len(units))],
    }
    schema = pa.schema([("unit", pa.string()), ("specification", pa.string()), ("task", pa.int32())])
    table = spark.createDataFrame(pa.table(columns, schema=schema))
    return table.repartitionById(tasks, "task").select("unit", "specification")


def spread_checksums(spark: SparkSession, stats: Sequence[Stat], stores: Stores) -> dict[str, str]:
    """URI → BLAKE3 of the files, read on the workers; without those that vanished or changed meanwhile."""

    def read(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for text in (text for batch in batches for text in batch.column("specification").to_pylist()):
            found = read_checksums(stores, [Stat(**json.loads(text))])
            yield pa.RecordBatch.from_pydict({"uri": list(found), "checksum": list(found.values())}, _CHECKSUMS)

    units = [(stat.uri, json.dumps(vars(stat))) for stat in stats]
    table = units_table(spark, units).mapInArrow(read, "uri string, checksum string").toArrow()
    return dict(zip(table.column("uri").to_pylist(), table.column("checksum").to_pylist(), strict=True))


def first_pass(
    spark: SparkSession, files: Sequence[SourceFile], reading: Reading, stores: Stores
) -> dict[str, list[int]]:
    """Source → split points of the files that are larger than a unit, found by reading them on the workers."""
    large = [(file.source, json.dumps(vars(file))) for file in files if file.size_bytes > reading.unit_bytes]
    if not large:
        return {}

    def find(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for text in (text for batch in batches for text in batch.column("specification").to_pylist()):
            file = SourceFile(**json.loads(text))
            points = split_points(file, reading, stores)
            yield pa.RecordBatch.from_pydict({"source": [file.source], "points": pa.array([points], _POINTS)})

    table = units_table(spark, large).mapInArrow(find, "source string, points array<bigint>").toArrow()
    return dict(zip(table.column("source").to_pylist(), table.column("points").to_pylist(), strict=True))


def run_units(
    spark: SparkSession,
    units: Sequence[tuple[str, str]],
    work: Callable[[str], Result],
    listener: Listener,
    start: Progress,
) -> Results:
    """Make every unit on some worker; `work` gets a specification. Results in the order of `units`."""
    with watched(spark, listener, start) as counter:

        def make(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
            results = (work(text) for batch in batches for text in batch.column("specification").to_pylist())
            yield from told(results, counter)

        return gathered(units_table(spark, units).mapInArrow(make, result_ddl()))
