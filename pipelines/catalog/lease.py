"""One run at a time on one version: a lease that a killed run cannot keep.

Two runs at once would do no harm (units are written once, by whoever comes first) but would do the work twice.
"""

import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from pipelines.errors import AlreadyExistsError, BusyError, NotFoundError, StorageError
from pipelines.storage import Stores, join, normalized


@contextmanager
def lease(stores: Stores, output: str, corpus: str, version: str, run_id: str) -> Iterator[None]:
    """Hold the version while the block runs; BusyError when another living run holds it."""
    uri = join(normalized(output), corpus, f"running-{version}.json")
    mine = json.dumps(
        {"run": run_id, "host": socket.gethostname(), "pid": os.getpid(), "started": _started(os.getpid())}
    )
    while True:
        try:
            stores.put_if_absent(uri, mine.encode())
            break
        except AlreadyExistsError:
            _remove_if_dead(stores, uri, version)
    try:
        yield
    except BaseException:
        with suppress(StorageError):  # what ended the run says more, and a lease of the dead is taken over
            stores.delete(uri)
        raise
    stores.delete(uri)


def _remove_if_dead(stores: Stores, uri: str, version: str) -> None:
    try:
        holder = json.loads(stores.read(uri))
    except NotFoundError:
        return
    if holder["host"] == socket.gethostname() and _started(holder["pid"]) != holder["started"]:
        stores.delete(uri)
        return
    raise BusyError(
        f"run {holder['run']} (process {holder['pid']} on {holder['host']}) is working on version {version}: wait for "
        f"it, give another --version, or, when that host is gone for good, delete {uri}"
    )


def _started(pid: int) -> str | None:
    """The start time of a living process in clock ticks (a process id alone may have been given again)."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] == "Z" else fields[19]
