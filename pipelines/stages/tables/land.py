"""Tables landed: each copied by Spark into files that stay, or what is new in it since the last time."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from typing import Any

import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F  # noqa: N812 (the customary name)
from pyspark.sql.pandas.types import to_arrow_schema

from pipelines.catalog.identity import resolved
from pipelines.catalog.lease import lease
from pipelines.errors import RefusedError, StorageError
from pipelines.sources import Reading, SourceFile
from pipelines.sources.checksums import Checksums
from pipelines.stages.failures import of_worker
from pipelines.stages.progress import Listener, Progress, watched
from pipelines.stages.tables.landing import (
    RECORD,
    LandedFile,
    Record,
    check_files,
    check_table,
    folder_of,
    landed_files,
    records,
    sweep,
)
from pipelines.stages.tables.survey import Landed, Survey, TableInput, surveyed
from pipelines.stages.tables.table import KEY_FIELD
from pipelines.stages.tables.writing import FILES, LandRows, landed_schema
from pipelines.storage import Stores, join, normalized
from schemas import Schema

_WAITS_SECONDS = (1.0, 2.0, 4.0, 8.0)
"""Between five attempts at a landing: a database that is restarted is back by then."""
_FETCHED_ROWS = 500
"""Rows that a driver holds at once: 16 MB of texts of 32 kB."""


@dataclass(frozen=True)
class Landing:
    """What landing needs to know of the run it is part of."""

    spark: Callable[[], SparkSession]
    stores: Stores
    output: str
    corpus: str
    reading: Reading
    listener: Listener
    run_id: str
    checksums: Checksums | None = None
    """How landed files are hashed; None: here."""

    def root(self, name: str) -> str:
        """Where the landings of an input lie."""
        return join(normalized(self.output), self.corpus, "landed", name)


def land_tables(landing: Landing, inputs: Sequence[TableInput]) -> list[SourceFile]:
    """Land what is new in these tables; all of their files, old and new.

    Raises:
        RefusedError: with the faults of all tables, before a row is copied.
        BusyError: another run lands one of them.
        DatasetError: landed files are missing or altered.
        StorageError: no attempt came to its end.
    """
    with ExitStack() as held:
        looked: list[tuple[TableInput, Survey]] = []
        refused: list[RefusedError] = []
        for asked in inputs:
            try:
                survey = _look(landing, asked, held)
            except RefusedError as error:
                refused.append(error)
            else:
                looked += [(asked, survey)] if survey else []
        if len(refused) == 1:
            raise refused[0]
        if refused:
            raise RefusedError(*(fault for error in refused for fault in error.faults))
        for asked, survey in looked:
            _land(landing, asked, survey)
    return [file for asked in inputs for file in _files(landing, asked)]


def _files(landing: Landing, asked: TableInput) -> list[SourceFile]:
    root = landing.root(asked.name)
    return landed_files(landing.stores, asked.name, root, records(landing.stores, root), landing.checksums)


def _look(landing: Landing, asked: TableInput, held: ExitStack) -> Survey | None:
    """What there is to copy, looked at under a lease that `held` gives back; None: nothing."""
    root = landing.root(asked.name)
    check_table(root, records(landing.stores, root), _identity(asked, landing.reading))
    if _landed(landing, asked) is None:
        return None
    held.enter_context(lease(landing.stores, landing.output, landing.corpus, f"landed-{asked.name}", landing.run_id))
    landed = _landed(landing, asked)  # again: another run may have landed rows before it gave the lease back
    return None if landed is None else held.enter_context(surveyed(landing.spark(), asked, landed))


def _landed(landing: Landing, asked: TableInput) -> Landed | None:
    """What is there already; None: all that there can be."""
    there = records(landing.stores, landing.root(asked.name))
    if there and not asked.table.increment:
        return None
    return Landed(sum(record.rows for record in there), there[-1].watermark) if there else Landed()


def _land(landing: Landing, asked: TableInput, survey: Survey) -> None:
    """Copy what was looked at; when that fails, look again and copy that, as a whole."""
    attempt = partial(_copy, landing, asked, survey)
    for wait_seconds in (*_WAITS_SECONDS, None):
        try:
            attempt()
        except Exception as error:
            if wait_seconds is None:
                raise StorageError(
                    f"{asked.subject}: {asked.table.table} could not be copied in {len(_WAITS_SECONDS) + 1} attempts; "
                    f"none is believed, and the next run begins anew. The last one: {_reason(error)}"
                ) from error
        else:
            return
        time.sleep(wait_seconds)
        attempt = partial(_copy_anew, landing, asked)


def _copy_anew(landing: Landing, asked: TableInput) -> None:
    landed = _landed(landing, asked)  # the attempt before may have failed behind its last write
    if landed is None:
        return
    with surveyed(landing.spark(), asked, landed) as survey:
        if survey:
            _copy(landing, asked, survey)


def _copy(landing: Landing, asked: TableInput, survey: Survey) -> None:
    """One attempt: every range read and written by some worker, all of it checked, the record written last."""
    root, stores, spark = landing.root(asked.name), landing.stores, landing.spark()
    num_before = len(records(stores, root))
    sweep(stores, root, num_before)
    folder = folder_of(root, num_before + 1)
    frame = _rows(spark, asked, survey)
    schema = _schema(frame, landing.reading)
    work = LandRows(folder, schema, asked.table.rows_per_file, survey.files_per_range, stores)
    num_files = -(-survey.num_rows // asked.table.rows_per_file)
    with watched(spark, landing.listener, Progress("landed", f"copy {asked.name}", num_files, 0, 0, 0, 0)) as counter:

        def write(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
            yield from work(batches, counter)

        told = frame.mapInArrow(write, FILES.spark_ddl()).toArrow().sort_by("path").to_pylist()
    files = tuple(LandedFile(**row) for row in told)
    num_rows = sum(file.rows for file in files)
    expected = num_rows if survey.consistency == "one statement" else survey.num_rows
    check_files(files, asked.table.rows_per_file, expected, integers=survey.columns[KEY_FIELD].kind == "integer")
    identity = _identity(asked, landing.reading)
    record = Record(identity, survey.consistency, survey.watermark, num_rows, files)
    stores.put_if_absent(join(folder, RECORD), record.to_json().encode())


def _rows(spark: SparkSession, asked: TableInput, survey: Survey) -> DataFrame:
    """The rows to land, a range of keys in each partition, in the order of their keys."""
    database = asked.database
    properties = {**database.credentials, "driver": database.driver, "fetchsize": str(_FETCHED_ROWS)}
    if survey.session:
        properties["sessionInitStatement"] = survey.session
    spark.sql(f"ADD JAR '{database.jar}'")  # also to a session that spark-submit or a test has started
    frame = spark.read.jdbc(database.driver_url, survey.relation, predicates=list(survey.ranges), properties=properties)
    kind = "bigint" if survey.columns[KEY_FIELD].kind == "integer" else "string"
    others = [name for name in survey.columns if name != KEY_FIELD]
    return frame.select(F.col(KEY_FIELD).cast(kind), *others).sortWithinPartitions(KEY_FIELD)


def _schema(frame: DataFrame, reading: Reading) -> Schema:
    arrow = to_arrow_schema(frame.schema)
    url_field = reading.url_field if "url" in arrow.names else None
    return landed_schema(arrow.field(KEY_FIELD).type, arrow.field("text").type, reading.text_field, url_field)


def _identity(asked: TableInput, reading: Reading) -> dict[str, Any]:
    """What decides the bytes of the landed files beside the rows."""
    return {"table": resolved(asked.table), "text_field": reading.text_field, "url_field": reading.url_field}


def _reason(error: Exception) -> str:
    """What went wrong, in one line: Spark tells the cause behind its own words and a stack."""
    if told := of_worker(str(error)):
        return str(told)
    causes = [line.strip() for line in str(error).splitlines() if line.startswith("Caused by: ")]
    return causes[-1].removeprefix("Caused by: ") if causes else str(error).strip().partition("\n")[0]
