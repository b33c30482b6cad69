"""The one pass: a unit's records read, every step applied, kept and rejected rows written, the rest accounted for."""

import json
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from pipelines.sources import Piece, Reading, SourceChangedError, Unit, changes, quarantine_row, read_unit
from pipelines.stages.results import Result
from pipelines.stages.shards import ParquetShard, described, new_file, shard_path
from pipelines.steps import Step
from pipelines.storage import Stores, join
from pipelines.validation.statistics import Statistics, merged
from schemas import DOCUMENT, QUARANTINE, Schema, Shard

FOLDERS = ("rejected", "quarantine")
"""Files of a unit beside its shard: rejected documents with every value, records that could not be read."""


def document_schema(steps: Sequence[Step]) -> Schema:
    """The documents that these steps make: DOCUMENT and every column the steps add."""
    return DOCUMENT.plus(*(field for step in steps for field in getattr(step, "adds", ())))


@dataclass(frozen=True)
class CleanUnit:
    """Makes one unit of the stage `clean`; shipped to the workers."""

    dataset_uri: str
    siblings: tuple[str, ...]
    """Datasets of the same fingerprint, whose units are the same bytes."""
    fingerprint: str
    reading: Reading
    steps: tuple[Step, ...]
    stores: Stores

    def __call__(self, specification: str) -> Result:
        """The unit's result: read again when its shard is there, taken from a sibling, or made now.

        Files that changed or vanished since the unit was planned are quarantined; the others make a unit of their own.
        """
        order, unit = unit_of(specification)
        moved: dict[Piece, SourceChangedError] = {}
        while pieces := tuple(piece for piece in unit.pieces if piece not in moved):
            try:
                result = self._result(order, Unit(pieces))
            except SourceChangedError as change:
                moved |= {each.piece: each for each in (change, *changes(Unit(pieces), self.stores))}
            else:
                return self._with_moved(result, list(moved.values()))
        account = {"in": 0, "kept": 0, "rejected": {}, "duplicates": {}, "quarantined": {}}
        return self._with_moved(Result(order, None, account), list(moved.values()))

    def _result(self, order: int, unit: Unit) -> Result:
        name = unit.name(self.fingerprint)
        if not self._is_there(name):
            return self._make(order, unit, name)
        shard, account = described(self.stores, self.dataset_uri, shard_path("shards", name), name)
        statistics = Statistics.from_json(account["statistics"])
        return Result(
            order, shard, account["accounting"], statistics, tuple(account["files"]), unit.size_bytes, new=False
        )

    def _is_there(self, name: str) -> bool:
        path = shard_path("shards", name)
        if self.stores.exists(join(self.dataset_uri, path)):
            return True
        for sibling in self.siblings:
            if self.stores.exists(join(sibling, path)):
                for each in (*(shard_path(folder, name) for folder in FOLDERS), path):
                    self._copy_if_there(join(sibling, each), join(self.dataset_uri, each))
                return True
        return False

    def _copy_if_there(self, source: str, destination: str) -> None:
        if self.stores.exists(source) and not self.stores.exists(destination):
            self.stores.copy(source, destination)

    def _make(self, order: int, unit: Unit, name: str) -> Result:
        schema = document_schema(self.steps)
        with ExitStack() as files:
            writer = _Writer(self.stores, self.dataset_uri, name, schema, files)
            for batch in read_unit(unit, self.reading, self.stores):
                writer.write(self._stepped(batch))
            shard = writer.close()
        return Result(
            order, shard, writer.accounting(), writer.statistics, writer.other_files(), input_bytes=unit.size_bytes
        )

    def _stepped(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        for step in self.steps:
            batch = step(batch)
        return batch

    def _with_moved(self, result: Result, moved: Sequence[SourceChangedError]) -> Result:
        """The result, and a quarantined record for each file that moved under the unit."""
        if not moved:
            return result
        reasons = Counter(change.reason for change in moved)
        account = dict(result.accounting)
        account["in"] += len(moved)
        account["quarantined"] = dict(sorted((Counter(account["quarantined"]) + reasons).items()))
        files = (*result.other_files, *map(self._write_moved, moved))
        size_bytes = result.input_bytes + sum(change.piece.size_bytes for change in moved)
        return replace(result, accounting=account, other_files=files, input_bytes=size_bytes)

    def _write_moved(self, change: SourceChangedError) -> str:
        """The file of the one quarantined record; its path in the dataset.

        The reason is part of its name: when the file is at rest in another attempt, its unit has files of other names.
        """
        path = shard_path("quarantine", Unit((change.piece,)).name(f"{self.fingerprint}/{change.reason}"))
        row = quarantine_row(change.piece.file.source, change.piece.start, change.reason, str(change))
        with new_file(self.stores, join(self.dataset_uri, path)) as output, ParquetShard(output, QUARANTINE) as parquet:
            parquet.write(quarantine_rows(row))
            parquet.close()
        return path


class _Writer:
    """The files of one unit: shard, rejected and quarantine, the latter two only when there is something in them."""

    def __init__(self, stores: Stores, dataset_uri: str, name: str, schema: Schema, files: ExitStack) -> None:
        self._stores, self._uri, self._name, self._schema, self._files = stores, dataset_uri, name, schema, files
        self._output = files.enter_context(new_file(stores, join(dataset_uri, shard_path("shards", name))))
        self._kept = files.enter_context(ParquetShard(self._output, schema))
        self._beside: dict[str, ParquetShard] = {}
        self._documents = 0
        self._rejected: Counter[str] = Counter()
        self._quarantined: Counter[str] = Counter()
        self.statistics = merged([])

    def write(self, batch: pa.RecordBatch) -> None:
        """Put each row where its marks say."""
        self._documents += batch.num_rows
        unreadable = batch.column("quarantined_by").is_valid()
        self._quarantined.update(_counts(batch.column("quarantined_by")))
        self._write_beside("quarantine", QUARANTINE, quarantine_rows(batch.filter(unreadable)))
        documents = conformed(batch.filter(pc.invert(unreadable)), self._schema)
        self.statistics = merged([self.statistics, Statistics.of(documents, self._schema)])
        rejected = documents.column("rejected_by").is_valid()
        self._rejected.update(_counts(documents.column("rejected_by")))
        self._write_beside("rejected", self._schema, documents.filter(rejected))
        self._kept.write(documents.filter(pc.invert(rejected)))

    def close(self) -> Shard:
        """Finish the files; the shard's footer carries the account."""
        for parquet in self._beside.values():
            parquet.close()
        account = {
            "accounting": self.accounting(),
            "statistics": self.statistics.to_json(),
            "files": list(self.other_files()),
        }
        self._kept.close(account)
        path = shard_path("shards", self._name)
        return Shard(path, self._name, self._kept.rows, 0, self._output.size_bytes, self._output.blake3())

    def accounting(self) -> dict[str, Any]:
        """How the unit's documents add up."""
        return {
            "in": self._documents,
            "kept": self._kept.rows,
            "rejected": dict(sorted(self._rejected.items())),
            "duplicates": {},
            "quarantined": dict(sorted(self._quarantined.items())),
        }

    def other_files(self) -> tuple[str, ...]:
        """The files written beside the shard."""
        return tuple(shard_path(folder, self._name) for folder in sorted(self._beside))

    def _write_beside(self, folder: str, schema: Schema, rows: pa.RecordBatch) -> None:
        if not rows.num_rows:
            return
        if folder not in self._beside:
            # Entered after the shard, so published before it: a shard that is there means that all is there.
            output = self._files.enter_context(new_file(self._stores, join(self._uri, shard_path(folder, self._name))))
            self._beside[folder] = self._files.enter_context(ParquetShard(output, schema))
        self._beside[folder].write(rows)


def _counts(reasons: pa.Array) -> dict[str, int]:
    return {each["values"]: each["counts"] for each in pc.value_counts(reasons.drop_null()).to_pylist()}


def conformed(batch: pa.RecordBatch, schema: Schema) -> pa.RecordBatch:
    """The schema's columns in its order; those that no step made are null, others are left behind."""
    there = set(batch.schema.names)
    columns = [
        batch.column(field.name).cast(field.type) if field.name in there else pa.nulls(batch.num_rows, field.type)
        for field in schema.fields
    ]
    return pa.RecordBatch.from_arrays(columns, schema=schema.arrow())


def quarantine_rows(batch: pa.RecordBatch) -> pa.RecordBatch:
    """What the quarantine keeps of unreadable RAW rows."""
    columns = [batch.column(name) for name in ("source", "record", "quarantined_by", "quarantine_detail")]
    return pa.RecordBatch.from_arrays(columns, schema=QUARANTINE.arrow())


def specification_of(order: int, unit: Unit) -> str:
    """A unit and its place in the dataset as text for the units table."""
    return json.dumps({"order": order, "unit": unit.to_json()})


def unit_of(specification: str) -> tuple[int, Unit]:
    """The inverse of `specification_of`."""
    values = json.loads(specification)
    return values["order"], Unit.from_json(values["unit"])
