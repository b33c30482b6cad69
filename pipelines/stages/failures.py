"""A worker's error told in its own words: Spark brings it to the driver as text, at the end of two tracebacks."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from pyspark.errors import PySparkException

from pipelines import errors
from pipelines.errors import PhloemError

_RAISED = re.compile(rf"^{re.escape(errors.__name__)}\.(\w+): ", re.MULTILINE)
_JAVA_FRAME = "\n\tat "
"""What may follow the worker's words: where Java was."""


@contextmanager
def workers_errors() -> Iterator[None]:
    """Raise what Phloem raised on purpose in a worker as the same error here; Spark's own stays what it is."""
    try:
        yield
    except PySparkException as error:
        told = of_worker(str(error))
        if told is None:
            raise
        raise told from error


def of_worker(text: str) -> PhloemError | None:
    """The last of Phloem's errors that a traceback in `text` ends with; None when there is none."""
    found = list(_RAISED.finditer(text))
    kind = getattr(errors, found[-1][1], None) if found else None
    if not (isinstance(kind, type) and issubclass(kind, PhloemError)):
        return None
    return kind(text[found[-1].end() :].partition(_JAVA_FRAME)[0].strip())
