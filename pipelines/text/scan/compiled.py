"""The one way in which kernels are compiled, and where the machine code is kept between processes.

Compiled code is read back in a second where compiling takes many. numba looks for changes in a kernel's own file only,
not in those of the kernels that it calls; so everything here is kept under a fingerprint of all sources of
`pipelines.text`. The place is below `NUMBA_CACHE_DIR`, or the user's cache directory. Without a place that can be
written kernels are compiled in each process, and work.

`NUMBA_BOUNDSCHECK=1` checks every index and `NUMBA_DISABLE_JIT=1` runs the kernels as plain Python: for the tests.
"""

import hashlib
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, TypeVar

import numba
from numba.core import caching, config

Kernel = TypeVar("Kernel", bound=Callable[..., Any])

INTERPRETED = bool(config.DISABLE_JIT)
"""Whether kernels run as plain Python."""


def kernel(function: Kernel) -> Kernel:
    """`function`, compiled at its first call: it runs without the interpreter's lock, and 0 / 0 is NaN."""
    return _compiled(function)


def inner(function: Kernel) -> Kernel:
    """The same for what only kernels call: a third less to compile, because Python need not be able to call it."""
    return _compiled(function, no_cpython_wrapper=True, forceinline=True, _nrt=False)


def _compiled(function: Kernel, **options: bool) -> Kernel:
    options |= {"nogil": True, "no_cfunc_wrapper": True}
    compiled: Kernel = numba.njit(function, error_model="numpy", **options)
    if not INTERPRETED and cache_directory() is not None:
        _keep(compiled)
    return compiled


@cache
def cache_directory() -> Path | None:
    """Where this version's machine code is kept; None if no place can be written."""
    for root in _roots():
        place = root / _fingerprint()
        try:
            place.mkdir(parents=True, exist_ok=True)
            tempfile.TemporaryFile(dir=place).close()
        except OSError:
            continue
        return place
    return None


def _roots() -> Iterator[Path]:
    if chosen := os.environ.get("NUMBA_CACHE_DIR"):
        yield Path(chosen) / "phloem"
    if shared := os.environ.get("XDG_CACHE_HOME"):
        yield Path(shared) / "phloem" / "kernels"
    try:
        yield Path.home() / ".cache" / "phloem" / "kernels"
    except RuntimeError:  # a user without a home, as in some containers
        return


def _fingerprint() -> str:
    """A hash of all sources that kernels come from, also when they lie in a zip, and of whether indices are checked."""
    digest = hashlib.blake2b(f"{sys.version} {config.BOUNDSCHECK}".encode(), digest_size=12)
    for source in _sources(resources.files("pipelines.text")):
        digest.update(source)
    return digest.hexdigest()


def _sources(folder: Traversable) -> Iterator[bytes]:
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.is_dir():
            yield from _sources(entry)
        elif entry.name.endswith(".py"):
            yield entry.name.encode() + entry.read_bytes()


class Place(caching._CacheLocator):  # type: ignore[misc]  # noqa: SLF001 numba has no public name for it
    """Where numba keeps one kernel: a file named by its module and line, in `cache_directory`."""

    def __init__(self, function: Any) -> None:
        self._name = f"{function.__module__}-{function.__code__.co_firstlineno}"

    @classmethod
    def from_function(cls, function: Any, _path: str) -> "Place":
        """The place of `function`."""
        return cls(function)

    def get_cache_path(self) -> str:
        """The directory."""
        return str(cache_directory())

    def get_source_stamp(self) -> str:
        """Always the same: another source has another directory."""
        return ""

    def get_disambiguator(self) -> str:
        """Part of the file's name."""
        return self._name


def _keep(compiled: Any) -> None:
    """Have numba keep `compiled` at its `Place`, whatever its own rules for places say."""
    before = config.CACHE_LOCATOR_CLASSES
    config.CACHE_LOCATOR_CLASSES = f"{__name__}.Place"
    try:
        compiled.enable_caching()
    finally:
        config.CACHE_LOCATOR_CLASSES = before
