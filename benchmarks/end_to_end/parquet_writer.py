"""Our workers writing document shards through `storage`, beside Spark's own Parquet writer, on the same documents.

    python -m benchmarks.end_to_end.parquet_writer [--sample build/sample] [--shards 16] [--rounds 5]

The sample is cleaned once; all its documents, kept and rejected, make a shard, and again with their words in another
order (see `scaled`) and hashes of their own make each of the other shards. Then, in turns in one session on local[2]:

ours          a worker reads a shard and writes it again: zstd, page index, BLAKE3, fsync, put-if-absent, a row back
Spark, Python a worker reads a shard and hands its rows to Spark, which writes them: what a pass that makes its
              documents in Python would have to do (`mapInArrow(…).write.parquet`)
Spark, JVM    Spark reads the shards itself and writes them (`read.parquet(…).write.parquet`): no Python at all, the
              least that Spark's writer can cost, for documents that are there already

Medians of wall seconds and processor seconds (driver, JVM and workers), bytes written, and the ratios to ours.
Spark's committer is the default one (Hadoop's, algorithm 1); codec zstd at its default level; no checksums, no fsync.
"""

import argparse
import shutil
import statistics
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pyarrow as pa
import pyarrow.parquet as pq
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.pandas.types import from_arrow_schema

from benchmarks.end_to_end.processes import Cost, measured
from benchmarks.end_to_end.run import MASTER
from benchmarks.end_to_end.scaled import reordered, size_bytes
from jobs.corpus import build
from jobs.session import open_session
from jobs.site import Site
from pipelines.recipes import load_recipe
from pipelines.stages.clean import document_schema
from pipelines.stages.shards import ParquetShard, new_file, read_shard, shard_path
from pipelines.stages.spread import units_table
from pipelines.storage import Stores, join
from schemas import Schema

OURS, SPARK_PYTHON, SPARK_JVM = "ours", "Spark, Python", "Spark, JVM"
RECIPE = load_recipe("web_en")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sample", type=Path, default=Path("build/sample"), help="what `phloem sample` has made")
    parser.add_argument("--shards", type=int, default=16, help="how many shards of the whole sample to write")
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as work:
        spark = open_session(Site(settings={"spark.sql.parquet.compression.codec": "zstd"}), MASTER, "parquet-writer")
        units = dataset(spark, given.sample, Path(work, "dataset"), given.shards)
        compare(writers(spark, Path(work, "dataset"), units), Path(work, "out"), given.rounds)
        spark.stop()


def dataset(spark: SparkSession, sample: Path, folder: Path, num_shards: int) -> list[str]:
    """Clean the sample and write its documents in `num_shards` shards; the names of their units."""
    built = build(
        RECIPE,
        inputs=[f"sample={sample}"],
        output=str(folder.with_name("clean")),
        version=None,
        stores=Stores(),
        spark=lambda: spark,
        listener=lambda _: None,
        through="clean",
    )
    clean = Path(built.stages[0].uri.removeprefix("file://"))
    schema = document_schema(RECIPE.steps).arrow()
    files = [*sorted((clean / "shards").rglob("*.parquet")), *sorted((clean / "rejected").rglob("*.parquet"))]
    rows = pa.concat_tables([pq.read_table(file, schema=schema) for file in files])
    units = [f"{number:032x}" for number in range(num_shards)]
    draw = np.random.default_rng(0)
    for number, unit in enumerate(units):
        with new_file(Stores(), join(str(folder), shard_path("shards", unit))) as output:
            shard = ParquetShard(output, document_schema(RECIPE.steps))
            for batch in _varied(rows, number, draw).to_batches(max_chunksize=1000):
                shard.write(batch)
            shard.close()
    print(f"{num_shards} shards, {num_shards * rows.num_rows:,} documents, {size_bytes(folder) / 1e6:.1f} MB")
    return units


def _varied(rows: pa.Table, number: int, draw: np.random.Generator) -> pa.Table:
    """The rows with other texts, ids, hashes and signatures of the same sizes."""
    for name in ("id", "content_hash", "signature"):
        values = [None if value is None else draw.bytes(len(value)) for value in rows[name].to_pylist()]
        rows = rows.set_column(
            rows.schema.get_field_index(name), rows.schema.field(name), pa.array(values, pa.binary())
        )
    texts = [None if text is None else reordered(text.encode(), number).decode() for text in rows["text"].to_pylist()]
    return rows.set_column(rows.schema.get_field_index("text"), rows.schema.field("text"), pa.array(texts))


def writers(spark: SparkSession, folder: Path, units: list[str]) -> dict[str, Callable[[str], Any]]:
    """Name → what writes the whole dataset to a folder."""
    table = units_table(spark, [(unit, "") for unit in units]).select("unit").persist()
    table.count()
    schema = document_schema(RECIPE.steps)
    passed = table.mapInArrow(_reader(str(folder), schema), from_arrow_schema(schema.arrow()))
    return {
        OURS: lambda output: table.mapInArrow(_writer(str(folder), output, schema), "rows bigint").toArrow(),
        SPARK_PYTHON: passed.write.parquet,
        SPARK_JVM: _read(spark, folder).write.parquet,
    }


def _read(spark: SparkSession, folder: Path) -> DataFrame:
    return spark.read.option("recursiveFileLookup", "true").parquet(str(folder / "shards"))


def _reader(folder: str, schema: Schema) -> Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    stores = Stores()

    def read(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for unit in (unit for batch in batches for unit in batch.column("unit").to_pylist()):
            yield from read_shard(stores, join(folder, shard_path("shards", unit)), schema.names)

    return read


def _writer(folder: str, output: str, schema: Schema) -> Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    stores = Stores()

    def write(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for unit in (unit for batch in batches for unit in batch.column("unit").to_pylist()):
            path = shard_path("shards", unit)
            with new_file(stores, join(output, path)) as file:
                shard = ParquetShard(file, schema)
                for rows in read_shard(stores, join(folder, path), schema.names):
                    shard.write(rows)
                shard.close({})
            yield pa.RecordBatch.from_pydict({"rows": pa.array([shard.rows], pa.int64())})

    return write


def compare(cases: dict[str, Callable[[str], Any]], output: Path, rounds: int) -> None:
    """Write in turns, the first round unmeasured; print medians and ratios."""
    costs: dict[str, list[Cost]] = {name: [] for name in cases}
    sizes: dict[str, int] = {}
    for number in range(rounds + 1):
        for name, write in cases.items():
            with measured() as cost:
                write(str(output))
            sizes[name] = sum(file.stat().st_size for file in output.rglob("*.parquet"))
            shutil.rmtree(output)
            costs[name] += [cost] if number else []
    ours = costs[OURS]
    print(f"load {psutil.getloadavg()[0]:.1f}")
    print(f"{'':<15}{'wall s':>8}{'core-s':>8}{'MB':>8}{'JVM MB':>8}   over ours: wall, core-s, bytes; range of wall")
    for name, measurements in costs.items():
        wall, cpu = _medians(measurements)
        our_wall, our_cpu = _medians(ours)
        ratios = sorted(b.wall_seconds / a.wall_seconds for a, b in zip(ours, measurements, strict=True))
        jvm = max(cost.peak_bytes("jvm") for cost in measurements) / 1e6
        print(
            f"{name:<15}{wall:>8.2f}{cpu:>8.2f}{sizes[name] / 1e6:>8.1f}{jvm:>8.0f}   {wall / our_wall:.2f}, "
            f"{cpu / our_cpu:.2f}, {sizes[name] / sizes[OURS]:.2f}; {ratios[0]:.2f} to {ratios[-1]:.2f}"
        )


def _medians(costs: list[Cost]) -> tuple[float, float]:
    return statistics.median(c.wall_seconds for c in costs), statistics.median(c.cpu_seconds for c in costs)


if __name__ == "__main__":
    main()
