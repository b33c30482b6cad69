"""Which of Phloem's errors a worker raised, read from what Spark brings to the driver."""

import pytest

from pipelines.errors import NotFoundError, QuarantineError, StorageError
from pipelines.stages.failures import of_worker, workers_errors

WORKER = """An exception was thrown from the Python worker:
Traceback (most recent call last):
  File "contextlib.py", line 187, in __exit__
    raise
OSError: [Errno 28] No space left on device

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "local.py", line 171, in _errors_named
    raise StorageError(f"{uri}")
"""


def test_the_last_error_in_the_text_is_the_one_that_was_raised():
    first = "pipelines.errors.NotFoundError: a is not there\n"
    told = of_worker(first + WORKER + "pipelines.errors.StorageError: b is full\nmake room")
    assert type(told) is StorageError
    assert str(told) == "b is full\nmake room"


def test_javas_frames_behind_it_are_left_out():
    told = of_worker(WORKER + "pipelines.errors.NotFoundError: a is not there\n\tat org.apache.spark.X(X.scala:1)\n")
    assert type(told) is NotFoundError
    assert str(told) == "a is not there"


@pytest.mark.parametrize(
    "text", ["", "ValueError: 3", "see pipelines.errors.StorageError: it", "pipelines.errors.Nothing: x"]
)
def test_what_is_none_of_ours_stays_sparks(text):
    assert of_worker(text) is None


def test_an_error_raised_in_a_worker_is_raised_again_here(spark):
    def fail(batches):
        raise QuarantineError("too many\n  7 of 9")
        yield from batches

    with pytest.raises(QuarantineError, match="too many\n  7 of 9"), workers_errors():
        spark.range(1).mapInArrow(fail, "id long").collect()


def test_another_error_in_a_worker_keeps_its_traceback(spark):
    def fail(batches):
        raise ValueError("unforeseen")
        yield from batches

    with pytest.raises(Exception, match="Traceback") as caught, workers_errors():
        spark.range(1).mapInArrow(fail, "id long").collect()
    assert "ValueError: unforeseen" in str(caught.value)
