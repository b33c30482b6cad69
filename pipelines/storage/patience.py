"""Trying again what may pass: full jitter between attempts, and an end to it.

Full jitter (a pause drawn evenly from 0 to the bound, and the bound doubling) empties a queue of callers that failed
together soonest: M. Brooker, "Exponential Backoff and Jitter", AWS Architecture Blog, 2015.
"""

import random
import time
from collections.abc import Callable
from typing import TypeVar

from pipelines.errors import StorageError

_Result = TypeVar("_Result")

_FIRST_PAUSE_SECONDS = 0.1
_LONGEST_PAUSE_SECONDS = 5.0
_DRAW = random.SystemRandom()
"""Forked workers must not pause in step, as they would by a generator whose state they share."""


class PassingError(StorageError):
    """What may be gone in a moment; said to the user when it still is there after `patience_seconds`."""

    def __init__(self, message: str, patience_seconds: float, least_pause_seconds: float = 0.0) -> None:
        super().__init__(message)
        self.patience_seconds = patience_seconds
        self.least_pause_seconds = least_pause_seconds
        """What the server asked to wait."""


def persistently(attempt: Callable[[], _Result]) -> _Result:
    """What `attempt` returns once it raises no PassingError; its last one when that kind's patience is over."""
    started, bound_seconds = time.monotonic(), _FIRST_PAUSE_SECONDS
    while True:
        try:
            return attempt()
        except PassingError as error:
            pause_seconds = max(_DRAW.uniform(0, bound_seconds), error.least_pause_seconds)
            if time.monotonic() + pause_seconds > started + error.patience_seconds:
                raise StorageError(f"{error} (tried for {time.monotonic() - started:.0f} s)") from error
        time.sleep(pause_seconds)
        bound_seconds = min(2 * bound_seconds, _LONGEST_PAUSE_SECONDS)
