"""How fast this host asks: one request rate to an endpoint, shared by all its processes through a small file.

A store that is asked too fast answers 503 SlowDown. The rate is halved then, and grows again by a constant a second:
additive increase, multiplicative decrease (Chiu and Jain, 1989), which lets hosts that know nothing of each other
end at equal shares. Workers of one host share the rate, so that sixteen of them halve it once and not sixteen times.
"""

import fcntl
import hashlib
import os
import struct
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import astuple, dataclass
from pathlib import Path

_GROWTH_PER_SECOND = 50.0
"""Requests per second, each second: from the half of 3,500 back in 35 s."""
_CUT_SECONDS = 1.0
"""Answers within this time after a cut are of requests that were sent before it: they cut no further."""
_WINDOW_SECONDS = 1.0
_STALE_SECONDS = 60.0
"""A slot further ahead than this is from before a restart, when the clock began anew."""


@dataclass
class _State:
    """What the file holds; times are CLOCK_MONOTONIC's, which all processes of a host share."""

    per_second: float
    next_slot: float = 0.0
    grown_at: float = 0.0
    cut_at: float = 0.0
    window_began: float = 0.0
    window_requests: float = 0.0
    """Since then: what the rate really is, where it is below what it may be."""


_LAYOUT = struct.Struct("6d")


def shared_file(address: str) -> Path:
    """The file in which this user's processes on this host share the rate of requests to `address`."""
    name = hashlib.sha256(address.encode()).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"phloem-requests-{os.getuid()}-{name}"


class RequestRate:
    """The rate of one process's connection to an endpoint; other processes' have the same file."""

    def __init__(self, address: str, most_per_second: float) -> None:
        self._most = most_per_second
        # No link is followed: others may write in this folder, too.
        self._file = os.open(shared_file(address), os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        self._threads = threading.Lock()  # a lock on a file is one for all threads of its process

    def reserve(self) -> float:
        """Take the next free slot: when the request may start, in seconds of the monotonic clock."""
        with self._state() as state:
            now = time.monotonic()
            slot = max(now, state.next_slot) if state.next_slot < now + _STALE_SECONDS else now
            state.next_slot = slot + 1 / state.per_second
            if not 0 <= now - state.window_began < _WINDOW_SECONDS:
                state.window_began, state.window_requests = now, 0.0
            state.window_requests += 1
            return slot

    def wait(self) -> None:
        """Reserve a slot and wait for it."""
        time.sleep(max(0.0, self.reserve() - time.monotonic()))

    def slow_down(self) -> None:
        """The store could not keep up: from now on half of what it was asked."""
        with self._state() as state:
            now = time.monotonic()
            if 0 <= now - state.cut_at < _CUT_SECONDS:
                return
            asked = state.window_requests / max(now - state.window_began, _WINDOW_SECONDS / 4)
            state.per_second = max(1.0, min(state.per_second, asked) / 2)
            state.cut_at = now

    def per_second(self) -> float:
        """What the rate is now."""
        with self._state() as state:
            return state.per_second

    @contextmanager
    def _state(self) -> Iterator[_State]:
        """The file's state, grown to now, while nobody else has it; written back at the end."""
        with self._threads:
            fcntl.flock(self._file, fcntl.LOCK_EX)
            try:
                data = os.pread(self._file, _LAYOUT.size, 0)
                state = _State(*_LAYOUT.unpack(data)) if len(data) == _LAYOUT.size else _State(self._most)
                now = time.monotonic()
                grown = _GROWTH_PER_SECOND * max(0.0, now - state.grown_at)
                state.per_second, state.grown_at = min(self._most, state.per_second + grown), now
                yield state
                os.pwrite(self._file, _LAYOUT.pack(*astuple(state)), 0)
            finally:
                fcntl.flock(self._file, fcntl.LOCK_UN)
