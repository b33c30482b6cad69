"""Where the records of a WARC file start and end, in gzip members and without, and how to go on behind a broken one.

FastWARC parses each record (`pipelines.sources.warc`), but is handed one record at a time: on a whole file it
passes over a truncated end without a word, and a record whose Content-Length is too large swallows those behind it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from pipelines.sources.records import UnreadableError
from pipelines.sources.streams import CHUNK_BYTES, GzipMembers, plain

VERSION = b"WARC/"
"""What every record starts with (ISO 28500)."""
MAX_HEADER_BYTES = 32 << 10
"""FastWARC's own limit."""
DOCUMENTS = (b"response", b"resource", b"conversion")
"""Types of records that can be documents."""

_END_OF_HEADER = b"\r\n\r\n"
_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*(\d{1,18})[ \t]*\r\n", re.IGNORECASE)
_TYPE = re.compile(rb"\r\nwarc-type:[ \t]*([a-z]+)[ \t]*\r\n", re.IGNORECASE)


@dataclass(frozen=True)
class Frame:
    """One record as it lies in the file; exactly one of `data`, `skipped` and `fault` says what became of it."""

    offset: int
    """Of the record or its gzip member in the file; the n-th record of one member counts n bytes further."""
    data: bytes | None = None
    """Header and block of a record that can be a document."""
    skipped: int | None = None
    """Size of a document over the limit; 0 for a record that is no document."""
    fault: UnreadableError | None = None


class Window:
    """Bytes of a stream of chunks, taken from the front; it holds only what was looked at and a chunk."""

    def __init__(self, chunks: Iterator[bytes], offset: int = 0) -> None:
        """`offset` is that of the first byte."""
        self.offset = offset
        self.record = offset
        """Where the record that is being read starts."""
        self._chunks, self._held = chunks, bytearray()

    def holds(self, num_bytes: int) -> bool:
        """Whether that many bytes are there to be taken."""
        while len(self._held) < num_bytes:
            chunk = next(self._chunks, b"")
            if not chunk:
                return False
            self._held += chunk
        return True

    def peek(self, num_bytes: int) -> bytes:
        """The next bytes, left where they are; fewer at the end."""
        self.holds(num_bytes)
        with memoryview(self._held) as held:  # a slice of the bytearray would be a second copy
            return bytes(held[:num_bytes])

    def take(self, num_bytes: int) -> bytes:
        """The next bytes; `holds` was asked before."""
        taken = self.peek(num_bytes)
        self._advance(len(taken))
        return taken

    def skip(self, num_bytes: int) -> bool:
        """Pass over bytes without holding them; whether there were so many."""
        while num_bytes > 0 and self.holds(1):
            step = min(num_bytes, len(self._held))
            self._advance(step)
            num_bytes -= step
        return num_bytes == 0

    def skip_newlines(self) -> None:
        """Pass over the line ends between two records."""
        while self.holds(1) and self._held[0] in b"\r\n":
            self._advance(1)

    def _advance(self, num_bytes: int) -> None:
        del self._held[:num_bytes]
        self.offset += num_bytes


def gzip_frames(stream: BinaryIO, start: int, end: int, max_bytes: int, max_expansion: int) -> Iterator[Frame]:
    """The records of the gzip members that start in [start, end); behind a broken member it goes on with the next."""
    members = GzipMembers(stream, start, max_expansion)
    while (offset := members.next_member()) is not None and offset < end:
        window, number = Window(members.chunks()), 0
        try:
            while (frame := _frame(window, offset + number, max_bytes, "broken_record")) is not None:
                yield frame
                number += 1
        except UnreadableError as fault:
            yield Frame(offset + number, fault=_passed(members, fault))


def member_starts(stream: BinaryIO, max_expansion: int) -> Iterator[int]:
    """Where `gzip_frames` finds members, without looking into them."""
    members = GzipMembers(stream, 0, max_expansion)
    while (offset := members.next_member()) is not None:
        yield offset
        try:
            for _ in members.chunks():
                pass
        except UnreadableError as fault:
            _passed(members, fault)


def plain_frames(stream: BinaryIO, start: int, end: int, max_bytes: int) -> Iterator[Frame]:
    """The records that start in [start, end) of a WARC file without compression; `start` is one's first byte."""
    position: int | None = start
    while position is not None and position < end:
        stream.seek(position)
        window = Window(plain(stream), position)
        position = None
        try:
            yield from _plain_run(window, end, max_bytes)
        except UnreadableError as fault:
            broken = window.record
            position = _next_record(stream, broken + 1)
            yield Frame(broken, fault=_told(fault, position))


def _plain_run(window: Window, end: int, max_bytes: int) -> Iterator[Frame]:
    """The records from the window's first byte on, until one is broken."""
    while True:
        window.skip_newlines()
        window.record = window.offset
        frame = _frame(window, window.offset, max_bytes, "truncated") if window.offset < end else None
        if frame is None:
            return
        yield frame


def _frame(window: Window, offset: int, max_bytes: int, ended: str) -> Frame | None:
    """The next record; None at the end.

    UnreadableError `broken_record`, or `ended` where the bytes end before the record does.
    """
    window.skip_newlines()
    if not window.holds(1):
        return None
    header = _header(window, ended)
    length = _length(header)
    kind = _TYPE.search(header)
    document = kind is not None and kind[1].lower() in DOCUMENTS
    size = len(header) + length
    data = None
    if document and size <= max_bytes:
        complete = window.holds(size)
        data = window.take(size) if complete else None
    else:
        complete = window.skip(size)
    if not complete:
        raise UnreadableError(ended, f"Content-Length is {length}, but the data ends before")
    _check_end(window, length)
    return Frame(offset, data, None if data is not None else size if document else 0)


def _header(window: Window, ended: str) -> bytes:
    """The record's header with the empty line, looked at but not taken."""
    start = window.peek(len(VERSION))
    if len(start) < len(VERSION) and VERSION.startswith(start):
        raise UnreadableError(ended, "the data ends inside a WARC header")
    if start != VERSION:
        raise UnreadableError("broken_record", f"no WARC record starts with {window.peek(16)!r}")
    seen = 1 << 10
    while (end := (head := window.peek(seen)).find(_END_OF_HEADER)) < 0:
        if len(head) < seen:
            raise UnreadableError(ended, "the data ends inside a WARC header")
        if seen >= MAX_HEADER_BYTES:
            raise UnreadableError("broken_record", f"WARC header longer than {MAX_HEADER_BYTES} bytes")
        seen *= 2
    return head[: end + len(_END_OF_HEADER)]


def _length(header: bytes) -> int:
    found = _LENGTH.search(header)
    if found is None:
        raise UnreadableError("broken_record", "WARC header without a Content-Length that is a number")
    return int(found[1])


def _check_end(window: Window, length: int) -> None:
    """Two line ends close a record; without them, only another record or the end may follow."""
    if window.peek(len(_END_OF_HEADER)) == _END_OF_HEADER:
        return
    window.skip_newlines()
    follows = window.peek(len(VERSION))
    if follows not in (b"", VERSION):
        raise UnreadableError("broken_record", f"Content-Length is {length}, but {follows!r} follows the record")


def _passed(members: GzipMembers, fault: UnreadableError) -> UnreadableError:
    """Leave a broken member behind: the fault to be told, with where reading goes on."""
    try:
        for _ in members.chunks():
            pass
    except UnreadableError as error:
        if error.reason == "expansion_limit":
            members.finish()
            return error
        found = members.resynchronize(VERSION)
        if not found:
            members.finish()
        return _told(error, members.offset if found else None)
    return _told(fault, members.offset)


def _told(fault: UnreadableError, position: int | None) -> UnreadableError:
    """The fault with what was skipped; an end that others follow was not the end."""
    if position is None:
        reason = "truncated" if fault.reason == "truncated" else "broken_record"
        return UnreadableError(reason, f"{fault.detail}; nothing could be read behind it")
    return UnreadableError("broken_record", f"{fault.detail}; skipped up to byte {position}")


def _next_record(stream: BinaryIO, position: int) -> int | None:
    """Where, at or behind `position`, the next record of a file without compression starts."""
    marker = _END_OF_HEADER + VERSION + b"1."
    stream.seek(position)
    window = b""
    while chunk := stream.read(CHUNK_BYTES):
        window += chunk
        found = window.find(marker)
        if found >= 0:
            return position + found + len(_END_OF_HEADER)
        kept = window[-(len(marker) - 1) :]
        position, window = position + len(window) - len(kept), kept
    return None
