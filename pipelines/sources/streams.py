"""Bytes out of plain, gzip and Zstandard files, a little at a time, whatever the files try.

Nothing here holds more than a few chunks: an input chunk is 64 KiB, a decompressed one at most 64 KiB (gzip) or
32 MiB (Zstandard: 1 KiB of it can stand for that much). A gzip file is a sequence of members, each a file of its own.
"""

import zlib
from collections.abc import Iterator
from os import SEEK_END
from typing import BinaryIO

import zstandard

from pipelines.sources.records import UnreadableError

CHUNK_BYTES = 64 << 10
"""Read at once, and decompressed at once: of a damaged file no more than this is lost before the damage."""
ZSTANDARD_INPUT_BYTES = 1 << 10
"""A run-length block turns 4 bytes into 128 KiB, so that this much input gives at most 32 MiB."""
EXPANSION_FREE_BYTES = 256 << 20
"""Below this no ratio is suspicious: a small file of one repeated line is honest."""
GZIP_MAGIC = b"\x1f\x8b\x08"
PROBE_BYTES = 4 << 10
"""Enough of a member to see what it starts with."""


def check_expansion(decompressed_bytes: int, compressed_bytes: int, max_expansion: int) -> None:
    """UnreadableError `expansion_limit` for a bomb."""
    if decompressed_bytes > EXPANSION_FREE_BYTES and decompressed_bytes > max_expansion * compressed_bytes:
        detail = f"{compressed_bytes} bytes gave {decompressed_bytes}, over max_expansion {max_expansion}"
        raise UnreadableError("expansion_limit", detail)


def decompressed(stream: BinaryIO, compression: str, max_expansion: int) -> Iterator[bytes]:
    """The stream's bytes from where it stands; `compression` is "", "gz" or "zst".

    Raises UnreadableError `truncated`, `corrupt_file` or `expansion_limit` behind the bytes that were good.
    """
    if compression == "gz":
        return _gunzip(stream, max_expansion)
    if compression == "zst":
        return _unzstandard(stream, max_expansion)
    return plain(stream)


def plain(stream: BinaryIO) -> Iterator[bytes]:
    """The stream's bytes as they are."""
    while chunk := stream.read(CHUNK_BYTES):
        yield chunk


class GzipMembers:
    """A walk over the members of a gzip file: `next_member`, then `chunk` until it is empty, and again."""

    def __init__(self, stream: BinaryIO, start: int, max_expansion: int) -> None:
        """Stand before the member at byte `start`."""
        self._stream, self._max_expansion = stream, max_expansion
        self.offset, self._input = start, b""
        stream.seek(start)

    def next_member(self) -> int | None:
        """Offset of the member that starts here (zero bytes between members are padding); None: end of file."""
        while True:
            rest = self._input.lstrip(b"\0")
            self.offset, self._input = self.offset + len(self._input) - len(rest), rest
            if self._input or not self._fill():
                break
        self._inflater = zlib.decompressobj(wbits=31)
        self._member, self._produced = self.offset, 0
        return self.offset if self._input else None

    def chunk(self) -> bytes:
        """The member's next bytes; b"" behind the last.

        UnreadableError `truncated`, `corrupt_file` or `expansion_limit`, and again when asked again.
        """
        while not self._inflater.eof:
            ended = not self._input and not self._fill()
            try:
                chunk = self._inflater.decompress(self._input, CHUNK_BYTES)
            except zlib.error as error:
                raise UnreadableError("corrupt_file", f"gzip member at byte {self._member}: {error}") from error
            rest = self._inflater.unused_data if self._inflater.eof else self._inflater.unconsumed_tail
            self.offset, self._input = self.offset + len(self._input) - len(rest), rest
            if chunk:
                self._produced += len(chunk)
                check_expansion(self._produced, self.offset - self._member, self._max_expansion)
                return chunk
            if ended:
                raise UnreadableError("truncated", f"the file ends inside the gzip member at byte {self._member}")
        return b""

    def chunks(self) -> Iterator[bytes]:
        """The rest of this member."""
        while chunk := self.chunk():
            yield chunk

    def resynchronize(self, prefix: bytes) -> bool:
        """Stand before the next member behind this one's first byte that holds data starting with `prefix`.

        That its compressed bytes look like a member by chance has a probability of 2^-24 a byte; `prefix` ends that.
        """
        position, window = self._member + 1, b""
        self._stream.seek(position)
        while data := self._stream.read(CHUNK_BYTES):
            window += data
            # The last bytes are looked at again with the next chunk, so that no candidate is cut short.
            whole = max(len(window) - PROBE_BYTES, 0)
            at = _find_member(window, whole, prefix)
            if at is not None:
                self._move(position + at)
                return True
            position, window = position + whole, window[whole:]
        at = _find_member(window, len(window), prefix)
        if at is not None:
            self._move(position + at)
        return at is not None

    def finish(self) -> None:
        """Leave the rest of the file unread."""
        self._move(self._stream.seek(0, SEEK_END))

    def _move(self, offset: int) -> None:
        self._stream.seek(offset)
        self.offset, self._input = offset, b""

    def _fill(self) -> bool:
        self._input = self._stream.read(CHUNK_BYTES)
        return bool(self._input)


def _find_member(window: bytes, end: int, prefix: bytes) -> int | None:
    """Where in `window`, before `end`, a gzip member starts whose data starts with `prefix`."""
    at = window.find(GZIP_MAGIC)
    while 0 <= at < end:
        try:
            if zlib.decompressobj(wbits=31).decompress(window[at : at + PROBE_BYTES], len(prefix)) == prefix:
                return at
        except zlib.error:
            pass  # these three bytes were compressed data, not a header
        at = window.find(GZIP_MAGIC, at + 1)
    return None


def _gunzip(stream: BinaryIO, max_expansion: int) -> Iterator[bytes]:
    members, produced = GzipMembers(stream, 0, max_expansion), 0
    while members.next_member() is not None:
        for chunk in members.chunks():
            produced += len(chunk)
            check_expansion(produced, members.offset, max_expansion)
            yield chunk


def _unzstandard(stream: BinaryIO, max_expansion: int) -> Iterator[bytes]:
    frame, inside, consumed, produced = zstandard.ZstdDecompressor().decompressobj(), False, 0, 0
    while data := stream.read(ZSTANDARD_INPUT_BYTES):
        consumed += len(data)
        while data:
            try:
                chunk, inside = frame.decompress(data), True
            except zstandard.ZstdError as error:
                raise UnreadableError("corrupt_file", f"before byte {consumed}: {error}") from error
            data = b""
            if frame.eof:
                data, inside = frame.unused_data, False
                frame = zstandard.ZstdDecompressor().decompressobj()
            produced += len(chunk)
            check_expansion(produced, consumed, max_expansion)
            if chunk:
                yield chunk
    if inside:
        raise UnreadableError("truncated", f"the file ends at byte {consumed}, inside a Zstandard frame")
