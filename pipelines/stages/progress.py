"""How far a stage is: counted by the workers in Spark accumulators, told to whoever listens twice a second."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from pyspark.accumulators import Accumulator, AccumulatorParam
from pyspark.sql import SparkSession

_PERIOD_SECONDS = 0.5

Counts = tuple[int, int, int]
"""Units, documents, bytes."""


@dataclass(frozen=True)
class Progress:
    """What has been done of one activity of one stage."""

    stage: str
    activity: str
    num_units: int
    done_units: int
    documents: int
    bytes: int
    total_bytes: int
    finished: bool = False


Listener = Callable[[Progress], None]


class _Sum(AccumulatorParam[Counts]):
    """Adds counts position by position."""

    def zero(self, value: Counts) -> Counts:  # noqa: ARG002 (Spark's signature)
        return (0, 0, 0)

    def addInPlace(self, value1: Counts, value2: Counts) -> Counts:  # noqa: N802 (Spark's name)
        return (value1[0] + value2[0], value1[1] + value2[1], value1[2] + value2[2])


Counter = Accumulator[Counts]
"""Workers `add` to it; it counts a task once it has succeeded, and a retried task may count twice: for display only."""


@contextmanager
def watched(spark: SparkSession, listener: Listener, start: Progress) -> Iterator[Counter]:
    """Tell `listener` how far the counter is while the block runs, and once more when it is done."""
    counter = spark.sparkContext.accumulator((0, 0, 0), _Sum())
    stop = threading.Event()

    def now(*, finished: bool = False) -> Progress:
        units, documents, size_bytes = counter.value
        return replace(start, done_units=units, documents=documents, bytes=size_bytes, finished=finished)

    def watch() -> None:
        while not stop.wait(_PERIOD_SECONDS):
            listener(now())

    thread = threading.Thread(target=watch, name="progress", daemon=True)
    listener(now())
    thread.start()
    try:
        yield counter
    finally:
        stop.set()
        thread.join()
    listener(now(finished=True))
