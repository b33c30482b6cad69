"""What one worker pass learns of every column, small enough to travel as one value per unit.

Parts add up: however the rows of a dataset are split into batches and units, the merged statistics are the same
value and the same JSON (only counts, minima and maxima are kept: no sum of floats, whose order would show).
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipelines.validation.histogram import added, bounds, from_runs, histogram, runs
from schemas import Field, Schema


@dataclass(frozen=True)
class Column:
    """A column's numbers, or of text its characters, of bytes and lists their lengths."""

    values: int = 0
    """Values that are measured: neither null nor NaN or infinite."""
    nulls: int = 0
    not_finite: int = 0
    minimum: float | None = None
    """Over `values`; an int where the column holds integers or lengths, None without values."""
    maximum: float | None = None
    bins: dict[int, int] = field(default_factory=dict)
    """Histogram of `values`: bin → count, see `histogram`."""

    @classmethod
    def of(cls, array: pa.ChunkedArray, unit: str) -> "Column":
        """Measure a column."""
        nulls = array.null_count
        measured = _measurable(array)
        if measured is None:
            return cls(values=len(array) - nulls, nulls=nulls)
        numbers = measured.drop_null().to_numpy()
        finite = numbers[np.isfinite(numbers)]
        if not len(finite):
            return cls(nulls=nulls, not_finite=len(numbers))
        # Adding 0 turns -0.0, which compares equal to 0.0 but is written otherwise, into 0.0.
        low, high = ((end + 0).item() for end in (finite.min(), finite.max()))
        bins = histogram(finite.astype(np.float64), unit)
        return cls(len(finite), nulls, len(numbers) - len(finite), low, high, bins)

    @classmethod
    def merged(cls, parts: Iterable["Column"]) -> "Column":
        """The column that the parts are parts of."""
        parts = list(parts)
        return cls(
            sum(part.values for part in parts),
            sum(part.nulls for part in parts),
            sum(part.not_finite for part in parts),
            min((part.minimum for part in parts if part.minimum is not None), default=None),
            max((part.maximum for part in parts if part.maximum is not None), default=None),
            added(part.bins for part in parts),
        )

    def to_list(self) -> list[Any]:
        """The fields in order, the histogram as runs."""
        return [self.values, self.nulls, self.not_finite, self.minimum, self.maximum, runs(self.bins)]

    @classmethod
    def from_list(cls, values: list[Any]) -> "Column":
        """Undo `to_list`."""
        count, nulls, not_finite, minimum, maximum, written = values
        return cls(count, nulls, not_finite, minimum, maximum, from_runs(written))

    def described(self, of: Field) -> dict[str, Any]:
        """For readers that do not know the bins: every bin as `[lower edge, upper edge, count]`, null where open."""
        return {
            "name": of.name,
            "description": of.description,
            "unit": _unit(of),
            "values": self.values,
            "nulls": self.nulls,
            "not_finite": self.not_finite,
            "minimum": self.minimum,
            "maximum": self.maximum,
            "bins": [[*bounds(position, of.unit), count] for position, count in self.bins.items()],
        }


@dataclass(frozen=True)
class Statistics:
    """Rows seen, and what is known of each column."""

    rows: int = 0
    columns: dict[str, Column] = field(default_factory=dict)

    @classmethod
    def of(cls, batch: pa.RecordBatch | pa.Table, schema: Schema) -> "Statistics":
        """Measure the schema's columns; KeyError when the batch lacks one."""
        table = pa.table(batch) if isinstance(batch, pa.RecordBatch) else batch
        columns = {of.name: Column.of(table[of.name], of.unit) for of in schema.fields}
        return cls(table.num_rows, columns)

    def to_json(self) -> str:
        """Canonical and compact: 30 columns of documents take under 4 KB."""
        columns = {name: column.to_list() for name, column in self.columns.items()}
        return json.dumps({"rows": self.rows, "columns": columns}, sort_keys=True, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> "Statistics":
        """Undo `to_json`."""
        values = json.loads(text)
        return cls(values["rows"], {name: Column.from_list(column) for name, column in values["columns"].items()})

    def described(self, schema: Schema) -> dict[str, Any]:
        """The `statistics.json` of a dataset: columns in the schema's order, with units and written-out bins."""
        columns = [self.columns[of.name].described(of) for of in schema.fields if of.name in self.columns]
        return {"rows": self.rows, "columns": columns}


def merged(parts: Iterable[Statistics]) -> Statistics:
    """The statistics of all the parts' rows; of none: no rows."""
    parts = list(parts)
    names = dict.fromkeys(name for part in parts for name in part.columns)
    columns = {name: Column.merged(part.columns[name] for part in parts if name in part.columns) for name in names}
    return Statistics(sum(part.rows for part in parts), columns)


def _measurable(array: pa.ChunkedArray) -> pa.ChunkedArray | None:
    """The numbers to look at: the values themselves, or their lengths; None for types that have neither."""
    kind = array.type
    if pa.types.is_integer(kind) or pa.types.is_floating(kind):
        return array
    if pa.types.is_boolean(kind):
        return array.cast(pa.int8())
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return pc.utf8_length(array)
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind):
        return pc.binary_length(array)
    if pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind):
        return pc.list_value_length(array)
    return None


def _unit(of: Field) -> str:
    """What the numbers of `Column` count."""
    if pa.types.is_string(of.type):
        return "characters"
    if pa.types.is_binary(of.type):
        return "bytes"
    return "items" if pa.types.is_list(of.type) or pa.types.is_fixed_size_list(of.type) else of.unit
