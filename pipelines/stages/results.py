"""What a worker says of a unit it has made, as a small row; and those rows gathered on the driver.

Statistics are merged inside each task, so what reaches the driver is one row per unit and one per task.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
from pyspark.sql import DataFrame

from pipelines.errors import DatasetError
from pipelines.stages.progress import Counter
from pipelines.validation.statistics import Statistics, merged
from schemas import Field, Schema, Shard

_ROWS = Schema(
    "results",
    (
        Field("unit", pa.string(), "name of the unit; null in a row of statistics"),
        Field("result", pa.string(), "the result as JSON", nullable=False),
    ),
)


@dataclass(frozen=True)
class Result:
    """One unit, made."""

    order: int
    """Position of its shard in the dataset."""
    shard: Shard | None
    """None when the unit's input went away while it was read."""
    accounting: Mapping[str, Any]
    """`in`, `kept`, and `rejected`, `duplicates`, `quarantined` as maps reason → count."""
    statistics: Statistics | None = None
    """Of the unit's rows; travels to the driver merged with its task's others."""
    other_files: tuple[str, ...] = ()
    """Files beside the shard that belong to the unit, relative to the dataset."""
    input_bytes: int = 0
    """Bytes that were read to make it."""
    new: bool = True
    """False when it was there before."""
    facts: Mapping[str, int] = field(default_factory=dict)
    """Further counts of one stage, summed over the dataset."""


@dataclass(frozen=True)
class Results:
    """All units of a stage, in order."""

    results: tuple[Result, ...]
    statistics: Statistics

    @property
    def shards(self) -> list[Shard]:
        """The shards in the order of the dataset."""
        return [result.shard for result in self.results if result.shard]

    @property
    def other_files(self) -> list[str]:
        """Every file that belongs to the dataset and is no shard."""
        return [path for result in self.results for path in result.other_files]

    def accounting(self) -> dict[str, Any]:
        """The units' accounts added up; reasons in the order of their names."""
        total: dict[str, Any] = {"in": 0, "kept": 0, "rejected": {}, "duplicates": {}, "quarantined": {}}
        for result in self.results:
            for key, value in result.accounting.items():
                total[key] = total[key] + value if isinstance(value, int) else _added(total[key], value)
        return {key: value if isinstance(value, int) else dict(sorted(value.items())) for key, value in total.items()}

    def with_those(self, more: Iterable[Result]) -> "Results":
        """These and more of the same dataset, in order."""
        results = sorted([*self.results, *more], key=lambda result: result.order)
        parts = [result.statistics for result in results if result.statistics]
        return Results(tuple(results), merged([self.statistics, *parts]))

    def facts(self) -> dict[str, int]:
        """The units' further counts added up."""
        total: dict[str, int] = {}
        for result in self.results:
            total = _added(total, result.facts)
        return dict(sorted(total.items()))


def result_ddl() -> str:
    """Spark's schema of the rows that `told` yields."""
    return _ROWS.spark_ddl()


def told(results: Iterable[Result], counter: Counter) -> Iterator[pa.RecordBatch]:
    """A row for each result as soon as it is there, and a last one with the statistics of them all."""
    parts: list[Statistics] = []
    for result in results:
        if result.statistics:
            parts = [merged([*parts, result.statistics])]
        counter.add((1, result.accounting["in"], result.input_bytes))
        yield _row(result.shard.unit if result.shard else "", _to_json(result))
    if parts:
        yield _row(None, parts[0].to_json())


def gathered(rows: DataFrame) -> Results:
    """Collect the rows: one per unit and one per task."""
    table = rows.toArrow()
    results, parts = [], []
    for unit, text in zip(table.column("unit").to_pylist(), table.column("result").to_pylist(), strict=True):
        if unit is None:
            parts.append(Statistics.from_json(text))
        else:
            results.append(_from_json(text))
    results.sort(key=lambda result: result.order)
    orders = [result.order for result in results]
    if len(set(orders)) != len(orders):
        raise DatasetError(f"a unit came back twice: {[order for order in orders if orders.count(order) > 1][:5]}")
    return Results(tuple(results), merged(parts))


def _row(unit: str | None, text: str) -> pa.RecordBatch:
    return pa.RecordBatch.from_pydict({"unit": [unit], "result": [text]}, schema=_ROWS.arrow())


def _to_json(result: Result) -> str:
    values = {key: value for key, value in vars(result).items() if key not in ("shard", "statistics")}
    return json.dumps({**values, "shard": vars(result.shard) if result.shard else None})


def _from_json(text: str) -> Result:
    values = json.loads(text)
    shard = Shard(**values.pop("shard")) if values["shard"] else values.pop("shard")
    values["other_files"] = tuple(values["other_files"])
    return Result(shard=shard, **values)


def _added(total: Mapping[str, int], more: Mapping[str, int]) -> dict[str, int]:
    return {key: total.get(key, 0) + more.get(key, 0) for key in {**total, **more}}
