"""What a block of work, or a command, cost with everything it started: Spark's JVM and the Python workers."""

import ctypes
import os
import resource
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

_PERIOD_SECONDS = 0.25
_SHORT_PERIOD_SECONDS = 0.05
_PR_SET_CHILD_SUBREAPER = 36
_GONE = (OSError, psutil.Error)
"""A process may end between being listed and being read."""


@dataclass
class Cost:
    """Filled when the block ends."""

    wall_seconds: float = 0.0
    cpu_seconds: float = 0.0
    """User and system time of the whole tree, ended children included."""
    load: float = 0.0
    """The machine's load average over a minute when the block began."""
    seen: dict[int, float] = field(default_factory=dict)
    """Process id → the user and system time of its own when it was last looked at; filled by `command_cost`."""
    peaks: dict[tuple[str, int], int] = field(default_factory=dict)
    """(worker, jvm or driver; process id) → most bytes of memory resident at once (VmHWM), shared pages included."""

    def peak_bytes(self, kind: str) -> int:
        """Of the process of this kind that had most."""
        return max((size for (of, _), size in self.peaks.items() if of == kind), default=0)


@contextmanager
def measured() -> Iterator[Cost]:
    """Measure the block. The kernel's peaks start anew at its beginning."""
    cost, stop = Cost(load=psutil.getloadavg()[0]), threading.Event()
    for process in _tree():
        with suppress(*_GONE):
            Path(f"/proc/{process.pid}/clear_refs").write_text("5", encoding="ascii")  # 5: VmHWM := VmRSS
    watching = threading.Thread(target=_watch, args=(cost, stop), daemon=True)
    watching.start()
    started, used = time.perf_counter(), cpu_seconds()
    try:
        yield cost
    finally:
        cost.wall_seconds, cost.cpu_seconds = time.perf_counter() - started, cpu_seconds() - used
        stop.set()
        watching.join()


def command_cost(command: Sequence[object]) -> tuple[Cost, str]:
    """Run a command; its cost and what it printed. SystemExit with its last words when it fails.

    Whatever it leaves behind (a JVM, a fork server) becomes a child of this process and is waited for, so that the
    kernel counts it. It does not count the children of a process that ignores their end, as Spark's Python daemon does;
    looking at all processes twenty times a second does, but loses the last moment of each. The larger sum is taken.
    """
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    cost, stop = Cost(load=psutil.getloadavg()[0]), threading.Event()
    others = {process.pid for process in psutil.Process().children()}
    started, used = time.perf_counter(), _cpu_seconds_of_ended_children()
    with subprocess.Popen([*map(str, command)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        watching = threading.Thread(target=_watch, args=(cost, stop, others), daemon=True)
        watching.start()
        printed, _ = process.communicate()
        stop.set()
        watching.join()
    cost.wall_seconds = time.perf_counter() - started
    while orphans := {process.pid for process in psutil.Process().children()} - others:
        for orphan in orphans:  # one that ends may leave children of its own
            os.waitpid(orphan, 0)
    cost.cpu_seconds = max(_cpu_seconds_of_ended_children() - used, sum(cost.seen.values()))
    if process.returncode:
        raise SystemExit(printed[-4000:])
    return cost, printed


def _cpu_seconds_of_ended_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def cpu_seconds() -> float:
    """Of all processes of the tree, and of those that have ended and were waited for."""
    total = 0.0
    for process in _tree():
        with suppress(*_GONE):
            total += sum(process.cpu_times()[:4])
    return total


def _tree() -> list[psutil.Process]:
    own = psutil.Process()
    return [own, *own.children(recursive=True)]


def _watch(cost: Cost, stop: threading.Event, others: set[int] | None = None) -> None:
    """Until it is told to stop; with `others`, the processes that are not the command's, also its times."""
    last = False
    while not last:
        last = stop.wait(_PERIOD_SECONDS if others is None else _SHORT_PERIOD_SECONDS)
        for process in _tree():
            with suppress(*_GONE):
                if others is not None and process.pid not in others and process.pid != os.getpid():
                    times = process.cpu_times()
                    cost.seen[process.pid] = times.user + times.system
                key = _kind(process), process.pid
                cost.peaks[key] = max(cost.peaks.get(key, 0), _peak_bytes(process.pid))


def _kind(process: psutil.Process) -> str:
    if process.pid == os.getpid() or (process.ppid() == os.getpid() and process.name() != "java"):
        return "driver"
    return "jvm" if process.name() == "java" else "worker"


def _peak_bytes(pid: int) -> int:
    for line in Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) << 10
    return 0
