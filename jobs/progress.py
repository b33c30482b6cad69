"""How far a run is, on a terminal as a moving bar, elsewhere as a plain line now and then.

What is said is a pure function of the counts and the seconds passed.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, SpinnerColumn, TaskID, TextColumn
from rich.progress import Progress as Bars

from pipelines.stages.progress import Progress

_LINE_PERIOD_SECONDS = 10.0
_MINUTE, _HOUR = 60, 3600


def share_done(progress: Progress) -> float | None:
    """How much of the activity is done, 0 to 1: by units (all of a unit counts, or nothing); None when unknown."""
    if progress.finished:
        return 1.0
    if progress.total_bytes and progress.bytes:
        return min(1.0, progress.bytes / progress.total_bytes)
    return min(1.0, progress.done_units / progress.num_units) if progress.num_units else None


def describe(progress: Progress, elapsed_seconds: float) -> str:
    """Units, documents, bytes and their rates; while it runs, the documents to expect and the time left.

    Both are the counts so far divided by the share done, so they settle as units come in.
    """
    share = share_done(progress)
    parts = [f"{progress.done_units:,}/{progress.num_units:,} units"] if progress.num_units else []
    if progress.documents:
        parts.append(f"{progress.documents:,} documents ({_per_second(progress.documents, elapsed_seconds)})")
    if progress.bytes:
        parts.append(f"{size(progress.bytes)} ({_byte_rate(progress.bytes, elapsed_seconds)})")
    if progress.finished:
        return " · ".join([*parts, f"done in {duration(elapsed_seconds)}"])
    if share:
        if progress.documents:
            parts.append(f"about {round(progress.documents / share, -1):,.0f} in all")
        parts.append(f"{duration(elapsed_seconds * (1 - share) / share)} left")
    return " · ".join(parts)


def size(num_bytes: float) -> str:
    """Bytes as a person reads them, in powers of 1000: `12.3 MB`."""
    for unit in ("B", "kB", "MB", "GB", "TB"):
        if num_bytes < 1000:  # noqa: PLR2004 (the step between units)
            return f"{num_bytes:.0f} B" if unit == "B" else f"{num_bytes:.1f} {unit}"
        num_bytes /= 1000
    return f"{num_bytes:,.1f} PB"


def duration(seconds: float) -> str:
    """`8 s`, `2:05 min`, `3:20 h`."""
    whole = round(seconds)
    if whole < _MINUTE:
        return f"{whole} s"
    if whole < _HOUR:
        return f"{whole // _MINUTE}:{whole % _MINUTE:02} min"
    return f"{whole // _HOUR}:{whole % _HOUR // _MINUTE:02} h"


def _per_second(count: int, seconds: float) -> str:
    return f"{count / seconds:,.0f}/s" if seconds > 0 else "–/s"


def _byte_rate(num_bytes: int, seconds: float) -> str:
    return f"{size(num_bytes / seconds)}/s" if seconds > 0 else "–/s"


@dataclass
class _Activity:
    """What the display remembers of one activity."""

    started: float
    last_line: float
    bar: TaskID | None = None
    finished: bool = False


class ProgressDisplay:
    """A listener for `build`: shows each activity of each stage from its first word to its last.

    Used in `with`. `clock` gives seconds.
    """

    def __init__(self, console: Console, clock: Callable[[], float] = time.monotonic) -> None:
        self._console, self._clock = console, clock
        self._activities: dict[tuple[str, str], _Activity] = {}
        text = TextColumn("{task.fields[says]}")
        name = TextColumn("[bold]{task.fields[stage]}[/] {task.description}")
        columns = (SpinnerColumn(), name, BarColumn(bar_width=20), text)
        self._bars = Bars(*columns, console=console) if console.is_terminal else None

    def __enter__(self) -> Self:
        if self._bars:
            self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bars:
            self._bars.stop()

    def __call__(self, progress: Progress) -> None:
        """Show where `progress` is."""
        now = self._clock()
        activity = self._activities.setdefault((progress.stage, progress.activity), _Activity(now, now))
        if activity.finished:
            return
        activity.finished = progress.finished
        says = describe(progress, now - activity.started)
        if self._bars:
            self._move(self._bars, activity, progress, says)
        elif progress.finished or now - activity.last_line >= _LINE_PERIOD_SECONDS:
            activity.last_line = now
            self._console.print(
                f"{progress.stage}: {progress.activity}: {says}", markup=False, highlight=False, soft_wrap=True
            )

    def _move(self, bars: Bars, activity: _Activity, progress: Progress, says: str) -> None:
        share = share_done(progress)
        if activity.bar is None:
            activity.bar = bars.add_task(progress.activity, total=None, stage=progress.stage, says="")
        total = None if share is None else 1.0
        bars.update(activity.bar, completed=share or 0.0, total=total, says=says)
