"""The gate: a stage's suite is run, and either a report comes out or GateError closes the way to the manifest.

Great Expectations looks at pandas tables of at most 1000 rows, so the cost does not grow with the dataset: about 2 s
to import it in a process (`warm_up` does that beforehand), then about 0.1 s per gate.
"""

import logging
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

import pandas as pd
import pyarrow as pa

from pipelines.errors import GateError, RefusedError
from pipelines.validation.statistics import Statistics
from pipelines.validation.suites import Check, Suite, metrics_table, suite, totals_table
from schemas import Schema

SAMPLE_ROWS = 1000
_EXAMPLES = 5
_EXAMPLE_CHARACTERS = 80


@dataclass(frozen=True)
class ValidationReport:
    """What passed the gate, small enough for a manifest."""

    suite: str
    success: bool
    evaluated: int
    """Number of checks."""
    sample_rows: int
    results: tuple[Mapping[str, Any], ...]
    """`table`, `expectation` in words, and the `columns` it was checked on."""

    def to_dict(self) -> dict[str, Any]:
        """As plain values."""
        return {
            "suite": self.suite,
            "success": self.success,
            "evaluated": self.evaluated,
            "sample_rows": self.sample_rows,
            "results": [dict(result) for result in self.results],
        }


@dataclass(frozen=True)
class _Failure:
    check: Check
    observed: str
    examples: tuple[str, ...] = ()

    def __str__(self) -> str:
        subject = f"{self.check.column} " if self.check.table == "sample" and self.check.column else ""
        lines = (f"{self.check.table}: {subject}{self.check.words}", f"  observed: {self.observed}")
        return "\n".join((*lines, *(f"  {example}" for example in self.examples)))


def gate(
    stage: str,
    schema: Schema,
    statistics: Statistics,
    totals: Mapping[str, int],
    sample: pa.Table,
    *,
    extra: Sequence[Mapping[str, Any]] = (),
) -> ValidationReport:
    """Check a stage before it is published.

    Args:
        stage: its name; `tokens` counts sequences, the others documents.
        schema: what its rows must be.
        statistics: of every row the stage looked at.
        totals: `rows`, `unaccounted`, and `tokens` for the stage `tokens`, else `kept` and `duplicate_ids`.
        sample: rows as they are stored; only the first 1000 are looked at.
        extra: further expectations on the sample, as `{"type", "kwargs"}`.

    Raises:
        GateError: a check failed; names every one, what was observed, and examples.
        RefusedError: an extra expectation that Great Expectations does not know.

    """
    asked, sample = suite(stage, schema, extra), sample.slice(0, SAMPLE_ROWS)
    tables = {
        "sample": sample.to_pandas(),
        "metrics": metrics_table(schema, statistics, sample.schema),
        "totals": totals_table(totals, statistics),
    }
    failures = [failure for name, table in tables.items() for failure in _failures(asked.on(name), table)]
    if failures:
        raise GateError(_closed(asked, failures))
    return ValidationReport(asked.name, True, len(asked.checks), sample.num_rows, _grouped(asked.checks))


@cache
def warm_up() -> Any:
    """Import Great Expectations and build what every gate of this process uses; safe to call in a thread."""
    # Two seconds that neither a worker, which only needs statistics, nor a refused command should wait for.
    with _main_module_has_a_file():
        import great_expectations  # noqa: PLC0415 (see above)
        from great_expectations.data_context.types.base import ProgressBarsConfig  # noqa: PLC0415 (see above)

    logging.getLogger("great_expectations").setLevel(logging.ERROR)
    context = great_expectations.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False, metric_calculations=False)
    context.enable_analytics(False)
    return (
        context.data_sources.add_pandas("tables")
        .add_dataframe_asset("table")
        .add_batch_definition_whole_dataframe("all")
    )


@contextmanager
def _main_module_has_a_file() -> Iterator[None]:
    """For as long as Great Expectations is imported.

    It tries pyspark.sql.connect, which takes a main module without a file (`python -c`, a worker of pytest-xdist) for
    its own doctests and ends the process with exit code 0.
    """
    main = sys.modules["__main__"]
    if hasattr(main, "__file__"):
        yield
        return
    main.__file__ = "main"
    yield
    del main.__file__


def _failures(checks: Sequence[Check], table: pd.DataFrame) -> Iterator[_Failure]:
    """Run all checks for a yes or no, and those that failed once more for what exactly was found."""
    if not checks:
        return
    batch = warm_up().get_batch({"dataframe": table.map(_one_character_a_byte)})
    failed = [check for check, result in _validated(batch, checks, "BOOLEAN_ONLY") if not result["success"]]
    if failed:
        yield from (_failure(check, result, table) for check, result in _validated(batch, failed, "COMPLETE"))


def _one_character_a_byte(value: Any) -> Any:
    """Great Expectations reads bytes as UTF-8; as Latin-1 text every value keeps its length."""
    return value.decode("latin-1") if isinstance(value, bytes) else value


def _validated(batch: Any, checks: Sequence[Check], result_format: str) -> list[tuple[Check, Any]]:
    """Each check with its result, in the order of the checks (the answers come in another one)."""
    from great_expectations import ExpectationSuite  # noqa: PLC0415 (as in warm_up, which has run)

    asked = [_expectation(check, at) for at, check in enumerate(checks)]
    answer = batch.validate(ExpectationSuite(name="asked", expectations=asked), result_format=result_format)
    found = {result.expectation_config.meta["at"]: result for result in answer.results}
    return [(check, found[at]) for at, check in enumerate(checks)]


def _expectation(check: Check, at: int) -> Any:
    """Great Expectations' value of a check; a suite given plain values only logs the ones that are wrong."""
    from great_expectations.exceptions import GreatExpectationsError  # noqa: PLC0415 (as in warm_up, which has run)
    from great_expectations.expectations.expectation_configuration import (  # noqa: PLC0415 (same)
        ExpectationConfiguration,
    )

    try:
        return ExpectationConfiguration(check.type, dict(check.kwargs), meta={"at": at}).to_domain_obj()
    except (GreatExpectationsError, ValueError) as error:
        known = "https://greatexpectations.io/expectations lists the types and their arguments"
        fault = " ".join(str(error).split())
        raise RefusedError(f"{check.type} with {dict(check.kwargs)!r} is no expectation: {fault}; {known}") from error


def _failure(check: Check, result: Any, table: pd.DataFrame) -> _Failure:
    missing = [name for name in _columns(check) if name not in table.columns]
    if missing:
        return _Failure(check, f"there is no column {', '.join(missing)}; there are {', '.join(table.columns)}")
    if "unexpected_index_list" in result.result:
        return _unexpected(check, table.loc[result.result["unexpected_index_list"]], len(table))
    if "observed_value" in result.result:
        return _Failure(check, _shown(result.result["observed_value"]))
    return _Failure(check, f"the check could not be made: {_exception(result.exception_info)}")


def _unexpected(check: Check, rows: pd.DataFrame, num_rows: int) -> _Failure:
    """What the rows hold that the check is about; a row is named by its id or, of metrics, by its column."""
    naming = {"sample": ("id", "source", "record"), "metrics": ("column",), "totals": ()}[check.table]
    columns = [name for name in dict.fromkeys((*naming, *_columns(check))) if name in rows.columns]
    examples = tuple(
        ", ".join(f"{name} {_shown(value)}" for name, value in zip(columns, row, strict=True))
        for row in rows[columns].head(_EXAMPLES).itertuples(index=False, name=None)
    )
    if check.table == "sample":
        return _Failure(check, f"{len(rows)} of {num_rows} rows of the sample", examples)
    return _Failure(check, examples[0], examples[1:])


def _columns(check: Check) -> list[str]:
    named = [check.kwargs.get(key) for key in ("column", "column_A", "column_B")]
    return [name for name in [*named, *check.kwargs.get("column_list", ())] if name]


def _shown(value: Any) -> str:
    """A value for a terminal: bytes in hexadecimal, text quoted and cut to 80 characters."""
    if isinstance(value, bytes):
        return value.hex()[:_EXAMPLE_CHARACTERS]
    if isinstance(value, str):
        return repr(value[:_EXAMPLE_CHARACTERS])
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else f"{value:.6g}"
    return str(value)[:_EXAMPLE_CHARACTERS]


def _exception(info: Mapping[str, Any]) -> str:
    """The first message: Great Expectations gives one exception or a map of them by metric."""
    each = [info] if "exception_message" in info else list(info.values())
    return next((str(one["exception_message"]) for one in each if one.get("exception_message")), "no reason given")


def _grouped(checks: Sequence[Check]) -> tuple[Mapping[str, Any], ...]:
    """One result for each thing said, with all columns it was said of."""
    columns: dict[tuple[str, str], list[str]] = {}
    for check in checks:
        columns.setdefault((check.table, check.words), []).append(check.column if check.table == "sample" else "")
    return tuple(
        {"table": table, "expectation": words, "columns": [name for name in names if name]}
        for (table, words), names in columns.items()
    )


def _closed(asked: Suite, failures: Sequence[_Failure]) -> str:
    counted = f"{len(failures)} of {len(asked.checks)} checks of the suite {asked.name!r} failed; nothing is published"
    way_out = "Correct the input, the step or the bound that is wrong and run again: finished units are kept."
    return "\n".join((counted, *map(str, failures), way_out))
