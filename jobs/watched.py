"""How far copying and reading again are, counted from many threads, and an interrupt that ends them cleanly."""

import signal
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from types import FrameType, TracebackType
from typing import Any, Self

from rich.console import Console

from jobs.progress import ProgressDisplay
from pipelines.stages.progress import Progress

_PERIOD_SECONDS = 0.5


class _StoppedError(Exception):
    """Ends a thread at its next block, so that a file half sent is taken back; the interrupt itself is what is told."""


class Watched:
    """A `catalog.dataset.Watch` that shows the bytes done of an activity of a command. Used in `with`.

    `total_bytes` is 0 where it is not known; `clock` gives seconds.
    """

    def __init__(
        self, command: str, activity: str, total_bytes: int = 0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._display = ProgressDisplay(Console(stderr=True), clock)
        self._start = Progress(command, activity, 0, 0, 0, 0, total_bytes)
        self._clock, self._told_at, self._bytes = clock, clock(), 0
        self._lock, self._stopped = threading.Lock(), False
        self._handler_before: Any = None

    def __call__(self, num_bytes: int) -> None:
        """Count bytes, from any thread."""
        if self._stopped:
            raise _StoppedError
        with self._lock:
            self._bytes += num_bytes
            if self._clock() - self._told_at >= _PERIOD_SECONDS:
                self._told_at = self._clock()
                self._show(finished=False)

    def __enter__(self) -> Self:
        """Show the start; from now on an interrupt reaches the threads too."""
        self._display.__enter__()
        self._show(finished=False)
        if threading.current_thread() is threading.main_thread():
            self._handler_before = signal.signal(signal.SIGINT, self._stop)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Show the end, unless there was an error."""
        if self._handler_before is not None:
            signal.signal(signal.SIGINT, self._handler_before)
        if kind is None:
            self._show(finished=True)
        self._display.__exit__(kind, error, trace)

    def _stop(self, _signal: int, _frame: FrameType | None) -> None:
        self._stopped = True
        raise KeyboardInterrupt

    def _show(self, *, finished: bool) -> None:
        self._display(replace(self._start, bytes=self._bytes, finished=finished))
