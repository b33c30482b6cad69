"""JSON lines: a line is a record, its position the byte offset of the line in the decompressed stream.

Blank lines are no records. A byte order mark before the first line is no part of it.
"""

import json
from collections.abc import Iterator
from typing import BinaryIO

from pipelines.sources.records import Reading, Record, UnreadableError, quarantined
from pipelines.sources.streams import CHUNK_BYTES, decompressed
from pipelines.sources.units import Piece

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def read_jsonl(stream: BinaryIO, piece: Piece, reading: Reading, compression: str) -> Iterator[Record]:
    """The lines whose first byte lies in the piece, as records; a bad line is a quarantined one."""
    source, end = piece.file.source, piece.end
    start = _first_line(stream, piece)
    if start is None:
        return
    stream.seek(start)
    chunks = decompressed(stream, compression, reading.max_expansion)
    try:
        for offset, line in lines(chunks, start, end, reading.max_document_bytes):
            if line is None:
                detail = f"line longer than max_document_bytes {reading.max_document_bytes}"
                yield quarantined(source, offset, "document_too_large", detail)
            elif line.strip():
                yield _record(source, offset, line, reading)
    except UnreadableError as fault:
        yield quarantined(source, fault.record or start, fault.reason, fault.detail)


class _Line:
    """The line being gathered: its parts while it is within the limit, then only its size."""

    def __init__(self, offset: int, max_bytes: int) -> None:
        self.offset, self.size = offset, 0
        self._max_bytes = max_bytes
        self._parts: list[bytes] = []

    @property
    def too_long(self) -> bool:
        return self.size > self._max_bytes

    def add(self, part: bytes) -> None:
        self.size += len(part)
        self._parts.append(part)
        if self.too_long:
            self._parts.clear()

    def take(self) -> tuple[int, bytes | None]:
        """The line as it is; then the one behind its newline begins."""
        taken = self.offset, None if self.too_long else b"".join(self._parts)
        self.offset, self.size = self.offset + self.size + 1, 0
        self._parts.clear()
        return taken


def lines(chunks: Iterator[bytes], offset: int, end: int | None, max_bytes: int) -> Iterator[tuple[int, bytes | None]]:
    """Offset and bytes of each line that starts before `end`; None for the bytes of a line over `max_bytes`.

    At most `max_bytes` and a chunk are held. UnreadableError of the chunks passes, at the line that it cut;
    a stream without a byte is one: `empty_file`.
    """
    line = _Line(offset, max_bytes)
    try:
        for chunk in chunks:
            *whole, rest = chunk.split(b"\n")
            for part in whole:
                line.add(part)
                yield line.take()
                if end is not None and line.offset >= end:
                    return
            line.add(rest)
            if line.too_long and end is not None and line.offset + line.size >= end:
                break  # no other line starts before `end`, and this one's bytes are not wanted
    except UnreadableError as fault:
        raise UnreadableError(fault.reason, fault.detail, line.offset) from fault
    if line.size:
        yield line.take()
    elif line.offset == 0:
        raise UnreadableError("empty_file", "not one byte in it", 0)


def _first_line(stream: BinaryIO, piece: Piece) -> int | None:
    """Offset of the first line that starts in the piece; None when none does."""
    if piece.start == 0:
        return 0
    # A line starts behind a newline, so the byte before the piece decides whether its first byte is a start.
    position = piece.start - 1
    stream.seek(position)
    while (piece.end is None or position < piece.end - 1) and (chunk := stream.read(CHUNK_BYTES)):
        found = chunk.find(b"\n")
        if found >= 0:
            first = position + found + 1
            return first if first < (piece.end or piece.file.size_bytes) else None
        position += len(chunk)
    return None


def _record(source: str, offset: int, line: bytes, reading: Reading) -> Record:
    try:
        value = _parsed(line.removeprefix(_BYTE_ORDER_MARK) if offset == 0 else line)
        text = _field(value, reading.text_field)
        url = None if value.get(reading.url_field) is None else _field(value, reading.url_field)
    except UnreadableError as fault:
        return quarantined(source, offset, fault.reason, fault.detail)
    if reading.content_type:
        return Record(source, offset, url, text.encode(), reading.content_type)
    return Record(source, offset, url, text=text)


def _parsed(line: bytes) -> dict[str, object]:
    """The line's object; UnreadableError `invalid_utf8`, `nul_character`, `not_json` or `not_an_object`."""
    try:
        decoded = line.decode()
    except UnicodeDecodeError as error:
        raise UnreadableError("invalid_utf8", f"byte {error.start} of the line: {error.reason}") from error
    if "\0" in decoded:
        raise UnreadableError("nul_character", f"character {decoded.index(chr(0))} of the line is NUL")
    try:
        value = json.loads(decoded)
    except (ValueError, RecursionError) as error:
        raise UnreadableError("not_json", str(error)) from error
    if not isinstance(value, dict):
        raise UnreadableError("not_an_object", f"the line is a JSON {type(value).__name__}")
    return value


def _field(value: dict[str, object], name: str) -> str:
    """A field's text; UnreadableError `missing_field`, `wrong_type`, `nul_character` or `invalid_unicode`."""
    if name not in value:
        raise UnreadableError("missing_field", f"no field {name!r}; there are {', '.join(sorted(value))}")
    text = value[name]
    if not isinstance(text, str):
        raise UnreadableError("wrong_type", f"field {name!r} holds {type(text).__name__}, not text")
    if "\0" in text:
        raise UnreadableError("nul_character", f"character {text.index(chr(0))} of field {name!r} is NUL")
    try:
        text.encode()  # only an escape such as \ud800 without its other half fails here
    except UnicodeEncodeError as error:
        raise UnreadableError("invalid_unicode", f"field {name!r}: lone surrogate at {error.start}") from error
    return text
