"""The history of datasets and runs in a database of the site's: a row for each, written by JDBC, never twice.

It is told, not asked: nothing reads it back, and a history that cannot be written is a warning, never a failed run.
What one run could not write, the next one of that version writes.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from blake3 import blake3
from pyspark.sql import SparkSession

from jobs.corpus import StageResult
from jobs.databases import database
from jobs.site import Site
from pipelines.catalog.identity import canonical
from pipelines.errors import RefusedError
from pipelines.stages.tables import Database
from pipelines.stages.tables.connection import Connection

_TIME = {"postgresql": "timestamp", "mysql": "datetime"}
_IF_ABSENT = {"postgresql": "ON CONFLICT DO NOTHING", "mysql": "ON DUPLICATE KEY UPDATE run_id = run_id"}

_TABLES = (
    """
    CREATE TABLE IF NOT EXISTS phloem_datasets (
        manifest_hash varchar(64), uri varchar(700), corpus varchar(200), stage varchar(20), version varchar(200),
        fingerprint varchar(64), num_rows bigint, num_tokens bigint, num_bytes bigint, accounting text,
        run_id varchar(300), finished_at_utc {time}, PRIMARY KEY (manifest_hash, uri))
    """,
    """
    CREATE TABLE IF NOT EXISTS phloem_runs (
        run_id varchar(300) PRIMARY KEY, corpus varchar(200), outcome varchar(200), finished_at_utc {time})
    """,
)
"""Keys of 3056 bytes at most: MySQL allows 3072."""


def history_database(site: Site) -> Database | None:
    """Where the site wants its history; RefusedError when that cannot be right, None when it wants none."""
    return database("history", str(site.history["jdbc"]), site.history_database) if site.history else None


@dataclass(frozen=True)
class History:
    """Writes a row for each stage it is told of, and one for the run; without a database, nothing."""

    database: Database | None
    spark: Callable[[], SparkSession]
    warn: Callable[[str], None]
    """Is told what could not be written."""
    corpus: str
    run_id: str

    def add_dataset(self, stage: StageResult) -> None:
        """One row, unless it is there; a dataset made by an earlier run gets neither run nor time."""
        manifest, totals = stage.manifest, stage.manifest.totals
        self._insert(
            "phloem_datasets",
            {
                "manifest_hash": blake3(manifest.to_json().encode()).hexdigest(),
                "uri": stage.uri,
                "corpus": manifest.corpus,
                "stage": manifest.stage,
                "version": manifest.version,
                "fingerprint": manifest.fingerprint,
                "num_rows": totals["rows"],
                "num_tokens": totals["tokens"],
                "num_bytes": totals["bytes"],
                "accounting": canonical(manifest.accounting),
                "run_id": None if stage.done_before else self.run_id,
            },
            timed=not stage.done_before,
        )

    @contextmanager
    def run(self) -> Iterator[None]:
        """One row when the block ends, whichever way; none for a run that was refused."""
        try:
            yield
        except RefusedError:
            raise
        except BaseException as error:
            self._add_run(type(error).__name__)
            raise
        self._add_run("made")

    def _add_run(self, outcome: str) -> None:
        self._insert("phloem_runs", {"run_id": self.run_id, "corpus": self.corpus, "outcome": outcome}, timed=True)

    def _insert(self, table: str, row: Mapping[str, object], *, timed: bool) -> None:
        if self.database is None:
            return
        kind = self.database.kind
        now = f"TIMESTAMP '{datetime.now(UTC):%Y-%m-%d %H:%M:%S}'" if timed else "NULL"
        names, marks = ", ".join([*row, "finished_at_utc"]), ", ".join([*("?" for _ in row), now])
        try:
            with Connection(self.spark(), self.database, "history") as connection:
                for statement in _TABLES:
                    connection.execute(statement.format(time=_TIME[kind]))
                statement = f"INSERT INTO {table} ({names}) VALUES ({marks}) {_IF_ABSENT[kind]}"  # noqa: S608 (all ours)
                connection.execute(statement, *row.values())
                connection.commit()
        except Exception as error:  # noqa: BLE001 (whatever it is: the dataset is published)
            self.warn(f"warning: {error}; nothing else is wrong, and the next run of this version writes it")
