"""Where the one pass spends its time: every unit made in this process, without Spark, on one pinned core."""

import multiprocessing
import os
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from pipelines.recipes import Recipe
from pipelines.sources import find_files, plan_units, read_unit
from pipelines.stages.clean import CleanUnit, conformed, document_schema, specification_of
from pipelines.storage import Stores
from pipelines.validation.statistics import Statistics
from schemas import Field, Schema


class Timed:
    """A step, and the processor seconds that its calls took."""

    def __init__(self, step: Callable[[pa.RecordBatch], pa.RecordBatch]) -> None:
        self.name, self.seconds, self._step = type(step).__name__, 0.0, step
        self.adds: tuple[Field, ...] = tuple(getattr(step, "adds", ()))

    def __call__(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """As the step, timed."""
        started = time.process_time()
        batch = self._step(batch)
        self.seconds += time.process_time() - started
        return batch


class StatisticsOnceMore:
    """Computes the statistics of a batch and lets it pass: what they cost is what this costs."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema

    def __call__(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """The batch as it is."""
        Statistics.of(conformed(batch, self._schema), self._schema)
        return batch


def step_seconds(folder: Path, recipe: Recipe) -> dict[str, float]:
    """Part of the pass → processor seconds over all units, in a process of its own that has one core."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return dict(pool.apply(_pinned, (folder, recipe)))


def _pinned(folder: Path, recipe: Recipe) -> dict[str, float]:
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    _seconds(folder, recipe)  # models and tables are loaded by the first pass
    return _seconds(folder, recipe)


def _seconds(folder: Path, recipe: Recipe) -> dict[str, float]:
    stores = Stores()
    units = plan_units(find_files(stores, [str(folder)]), recipe.reading, stores)
    started = time.process_time()
    for unit in units:
        for _ in read_unit(unit, recipe.reading, stores):
            pass
    reading = time.process_time() - started
    schema = document_schema(recipe.steps)
    timed = [Timed(step) for step in (*recipe.steps, StatisticsOnceMore(schema))]
    whole = _made(units, recipe, stores, timed)
    steps = {step.name: step.seconds for step in timed}
    statistics = steps.pop(StatisticsOnceMore.__name__)
    writing = whole - reading - sum(steps.values()) - 2 * statistics
    return {"read": reading, **steps, "statistics": statistics, "write": writing}


def _made(units: Sequence[Any], recipe: Recipe, stores: Stores, steps: Sequence[Timed]) -> float:
    with tempfile.TemporaryDirectory() as output:
        work = CleanUnit(output, (), "benchmark", recipe.reading, tuple(steps), stores)
        started = time.process_time()
        for order, unit in enumerate(units):
            work(specification_of(order, unit))
        return time.process_time() - started
