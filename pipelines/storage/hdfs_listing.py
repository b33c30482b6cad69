"""Listing a tree of HDFS in the order of URIs, a batch of a folder at a time.

The NameNode gives a folder's entries in batches (1,000 unless told otherwise) and in an order of its own, which differs
from that of URIs in two ways:

* By name, `a` comes before `a-1`; by URI, the files in folder `a` come after it: `a-1` < `a/file`, as `-` < `/`.
* Bytes are compared as signed numbers: a letter beyond ASCII comes before every ASCII letter.

So what comes too early is held back in a heap, until an entry passes that everything to come is after: one whose name
is ASCII. In a folder of ASCII names the heap holds but the folders whose names begin the current one's.
"""

import heapq
from collections.abc import Iterator
from typing import Any

from pipelines.errors import NotFoundError
from pipelines.storage.contract import Stat
from pipelines.storage.hdfs_namenode import NameNode, file_stat


def walk(namenode: NameNode, uri: str) -> Iterator[Stat]:
    """Every file at or below `uri`, ordered by URI; nothing when there is none."""
    try:
        status = namenode.ask("GET", "GETFILESTATUS", uri)["FileStatus"]
    except NotFoundError:
        return
    if status["type"] == "FILE":
        yield file_stat(uri, status)
    else:
        yield from _walk_folder(namenode, uri)


def _walk_folder(namenode: NameNode, uri: str) -> Iterator[Stat]:
    held: list[tuple[str, int, dict[str, Any]]] = []
    for number, status in enumerate(_entries(namenode, uri)):
        name = status["pathSuffix"]
        while name.isascii() and held and held[0][0] < name:
            yield from _expanded(namenode, uri, heapq.heappop(held)[2])
        key = name if status["type"] == "FILE" else name + "/"
        heapq.heappush(held, (key, number, status))
    while held:
        yield from _expanded(namenode, uri, heapq.heappop(held)[2])


def _expanded(namenode: NameNode, folder: str, status: dict[str, Any]) -> Iterator[Stat]:
    uri = f"{folder}/{status['pathSuffix']}"
    if status["type"] == "FILE":
        yield file_stat(uri, status)
    elif status["type"] == "DIRECTORY":
        yield from _walk_folder(namenode, uri)


def _entries(namenode: NameNode, uri: str) -> Iterator[dict[str, Any]]:
    """FileStatus of everything in a folder, in the NameNode's order; nothing when it was removed meanwhile."""
    last: dict[str, str] = {}
    while True:
        try:
            listing = namenode.ask("GET", "LISTSTATUS_BATCH", uri, **last)["DirectoryListing"]
        except NotFoundError:
            return
        entries = listing["partialListing"]["FileStatuses"]["FileStatus"]
        yield from entries
        if not listing["remainingEntries"]:
            return
        last = {"startafter": entries[-1]["pathSuffix"]}  # in small letters: Hadoop 3.5 reads it by no other name
