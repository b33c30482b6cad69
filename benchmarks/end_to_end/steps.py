"""Where the one pass spends its time: every unit made in this process, without Spark, on one pinned core."""

import multiprocessing
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa

from pipelines.recipes import Recipe
from pipelines.sources import find_files, plan_units
from pipelines.stages.clean import CleanUnit, specification_of
from pipelines.storage import Stores
from schemas import Field


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


def step_seconds(folder: Path, recipe: Recipe) -> dict[str, float]:
    """Part of the pass → processor seconds over all units, in a process of its own that has one core."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return dict(pool.apply(_pinned, (folder, recipe)))


def _pinned(folder: Path, recipe: Recipe) -> dict[str, float]:
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    _seconds(folder, recipe)  # models and tables are loaded by the first pass
    return _seconds(folder, recipe)


def _seconds(folder: Path, recipe: Recipe) -> dict[str, float]:
    """Whatever is no step is one part: reading, statistics, Parquet and its hash take turns inside one call."""
    stores = Stores()
    units = plan_units(find_files(stores, [str(folder)]), recipe.reading, stores)
    timed = [Timed(step) for step in recipe.steps]
    with tempfile.TemporaryDirectory() as output:
        work = CleanUnit(output, (), "benchmark", recipe.reading, tuple(timed), stores)
        started = time.process_time()
        for order, unit in enumerate(units):
            work(specification_of(order, unit))
        whole = time.process_time() - started
    steps = {step.name: step.seconds for step in timed}
    return {**steps, "read and write": whole - sum(steps.values())}
