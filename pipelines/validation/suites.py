"""The checks of a stage as plain values: what Great Expectations is asked, and how it is said in words.

Three tables are looked at. `sample`: up to 1000 rows as they are stored. `metrics`: one row per column of the whole
dataset, from its statistics. `totals`: one row of the stage's counts. Metrics and totals hold for every row.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
import pyarrow as pa

from pipelines.errors import RefusedError
from pipelines.validation.statistics import Column, Statistics
from schemas import Field, Schema

_NO_COLUMN = Column()


@dataclass(frozen=True)
class Check:
    """One expectation and how a person says it."""

    table: str
    """`sample`, `metrics` or `totals`."""
    type: str
    """Great Expectations' name of it."""
    kwargs: Mapping[str, Any]
    words: str

    @property
    def column(self) -> str:
        """The column it is about; empty for the whole table, and of a pair the first."""
        return str(self.kwargs.get("column", self.kwargs.get("column_A", "")))


@dataclass(frozen=True)
class Suite:
    """The checks of one stage under a name."""

    name: str
    checks: tuple[Check, ...]

    def on(self, table: str) -> list[Check]:
        """The checks of one table."""
        return [check for check in self.checks if check.table == table]


def suite(stage: str, schema: Schema, extra: Sequence[Mapping[str, Any]] = ()) -> Suite:
    """What a dataset of `stage` must pass; `extra` expectations (`{"type", "kwargs"}`) look at the sample."""
    faults = [
        f"{given!r} is no expectation: give it a type and kwargs" for given in extra if not _is_expectation(given)
    ]
    if faults:
        raise RefusedError(*faults)
    sample = [_check("sample", given["type"], **given["kwargs"]) for given in [*schema.expectations(), *extra]]
    return Suite(f"{stage} {schema.name}", (*sample, *_METRICS, *_totals(stage)))


def metrics_table(schema: Schema, statistics: Statistics, sample: pa.Schema) -> pd.DataFrame:
    """One row per field: what was found in all rows beside what the field allows; null where it allows anything."""
    rows = [_metrics_row(field, statistics.columns.get(field.name, _NO_COLUMN), sample) for field in schema.fields]
    return pd.DataFrame(rows).astype(dict.fromkeys(("minimum", "least", "maximum", "most"), float))


def totals_table(totals: Mapping[str, int], statistics: Statistics) -> pd.DataFrame:
    """The stage's counts as one row, and beside them the number of rows that the statistics saw."""
    return pd.DataFrame([{**totals, "measured": statistics.rows}])


_METRICS = (
    Check(
        "metrics",
        "expect_column_pair_values_to_be_equal",
        {"column_A": "type", "column_B": "declared_type", "ignore_row_if": "either_value_is_missing"},
        "every column has the type its field declares",
    ),
    Check(
        "metrics",
        "expect_column_values_to_be_between",
        {"column": "forbidden_nulls", "min_value": 0, "max_value": 0},
        "no column has nulls that its field forbids",
    ),
    Check(
        "metrics",
        "expect_column_values_to_be_between",
        {"column": "not_finite", "min_value": 0, "max_value": 0},
        "no column that has bounds holds NaN or infinity",
    ),
    Check(
        "metrics",
        "expect_column_pair_values_a_to_be_greater_than_b",
        {"column_A": "minimum", "column_B": "least", "or_equal": True, "ignore_row_if": "either_value_is_missing"},
        "every column's minimum is at least what its field allows",
    ),
    Check(
        "metrics",
        "expect_column_pair_values_a_to_be_greater_than_b",
        {"column_A": "most", "column_B": "maximum", "or_equal": True, "ignore_row_if": "either_value_is_missing"},
        "every column's maximum is at most what its field allows",
    ),
)


def _totals(stage: str) -> tuple[Check, ...]:
    """Each says what must be known of a stage; a total that is missing fails its check."""
    at_least_one = {"min_value": 1, "max_value": None}
    none_at_all = {"min_value": 0, "max_value": 0}
    between, equal = "expect_column_values_to_be_between", "expect_column_pair_values_to_be_equal"
    always = (
        Check("totals", between, {"column": "unaccounted", **none_at_all}, "the counts reconcile: no row unaccounted"),
        Check("totals", between, {"column": "rows", **at_least_one}, "there is at least one row"),
        Check(
            "totals",
            "expect_column_pair_values_a_to_be_greater_than_b",
            {"column_A": "measured", "column_B": "rows", "or_equal": True},
            "the statistics saw every row",
        ),
    )
    if stage == "tokens":  # its rows are sequences, what it kept are documents
        return (*always, Check("totals", between, {"column": "tokens", **at_least_one}, "there is at least one token"))
    return (
        *always,
        Check("totals", equal, {"column_A": "rows", "column_B": "kept"}, "the shards hold the rows that were kept"),
        Check("totals", between, {"column": "duplicate_ids", **none_at_all}, "every id is there once"),
    )


def _metrics_row(field: Field, column: Column, sample: pa.Schema) -> dict[str, Any]:
    measures_length = field.num_bytes is not None
    # A measured value without bounds may be NaN: a text without words has no mean word length.
    bounded = field.minimum is not None or field.maximum is not None
    return {
        "column": field.name,
        "type": _type_name(sample.field(field.name).type) if field.name in sample.names else None,
        "declared_type": _type_name(field.type),
        "forbidden_nulls": 0 if field.nullable else column.nulls,
        "not_finite": column.not_finite if bounded else 0,
        "minimum": column.minimum,
        "least": field.num_bytes if measures_length else field.minimum,
        "maximum": column.maximum,
        "most": field.num_bytes if measures_length else field.maximum,
    }


def _type_name(arrow_type: pa.DataType) -> str:
    """Without what a file format may change on its way: 64-bit offsets, and what a list calls its items."""
    if pa.types.is_fixed_size_list(arrow_type):
        return f"list of {arrow_type.list_size} {_type_name(arrow_type.value_type)}"
    if pa.types.is_list(arrow_type) or pa.types.is_large_list(arrow_type):
        return f"list of {_type_name(arrow_type.value_type)}"
    return str(arrow_type).removeprefix("large_").replace("double", "float64")


def _is_expectation(given: Mapping[str, Any]) -> bool:
    return isinstance(given.get("type"), str) and isinstance(given.get("kwargs"), Mapping)


def _check(table: str, kind: str, **kwargs: Any) -> Check:
    return Check(table, kind, kwargs, _words(kind, kwargs))


def _words(kind: str, kwargs: Mapping[str, Any]) -> str:
    """An expectation as a person would say it; types not met here are spelled out from their name."""
    match kind:
        case "expect_column_to_exist":
            return "exists"
        case "expect_column_values_to_not_be_null":
            return "is never null"
        case "expect_column_value_lengths_to_equal":
            return f"is {kwargs['value']:g} long"
        case "expect_column_values_to_be_between":
            low, high = kwargs.get("min_value"), kwargs.get("max_value")
            ends = [f"at least {low:g}" if low is not None else "", f"at most {high:g}" if high is not None else ""]
            return "is " + " and ".join(end for end in ends if end)
    knobs = ", ".join(f"{name}={value!r}" for name, value in kwargs.items() if name != "column")
    return kind.removeprefix("expect_").replace("_", " ") + (f" ({knobs})" if knobs else "")
