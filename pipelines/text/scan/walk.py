"""The walk over a column's bytes: which chunk stands where. Everything that is asked of a text is answered from it.

A chunk is what whitespace (`str.isspace`) leaves whole. A corpus has few distinct ones, so what is known of a chunk is
found out once and remembered under its number. Numbers are good for one generation of the table: when it is full it
is emptied, between two slices, and its generation goes up. No result depends on numbers or generations.
"""

import threading
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipelines.text.scan.columns import Column, Texts, as_array, column, slices
from pipelines.text.scan.compiled import kernel
from pipelines.text.scan.memory import Bytes, space_bits, space_length, trailing_zeros
from pipelines.text.scan.strings import Integers, Strings, empty_strings, expect, number_of, with_room

MAX_CHUNKS = 1 << 18
"""Chunks between two slices. With all that is remembered of them (`pipelines.text.words.lexicon`) at most some 90 MB,
reached about every 18 MB of varied documents; with twice as many a worker of `web_en` took 605 MB, with these 591."""
MAX_CHUNK_BYTES = 16 * MAX_CHUNKS
"""Their bytes together; English needs half of it."""
MAX_REMEMBERED_BYTES = 1 << 23
"""Text of the slices whose scans are kept for the next step; a scan takes some four times its text."""

LOCK = threading.RLock()
"""Held by whoever asks the tables: a process has one set of them."""


@dataclass(frozen=True, eq=False)
class Scan:
    """Which chunks stand where in some documents. Positions are bytes in `bytes`."""

    bytes: Bytes
    """The documents, one behind the other, then 64 zeros."""
    offsets: Integers
    """[documents + 1]: where each document starts."""
    chunk: npt.NDArray[np.int32]
    """[occurrences]: number in `table`."""
    start: Integers
    """[occurrences]: its first byte."""
    end: Integers
    """[occurrences]: behind its last byte."""
    first: Integers
    """[documents + 1]: the first occurrence of each document."""
    table: "ChunkTable"
    generation: int
    """Generation of `table` in which the numbers are good."""

    @property
    def num_documents(self) -> int:
        """How many documents these are."""
        return len(self.offsets) - 1


class ChunkTable:
    """The distinct chunks that this process has met, bounded between two slices."""

    def __init__(self, max_chunks: int = MAX_CHUNKS, max_bytes: int = MAX_CHUNK_BYTES) -> None:
        """An empty table; it is emptied when it holds more than `max_chunks` or `max_bytes`."""
        self.max_chunks, self.max_bytes = max_chunks, max_bytes
        self.generation = 0
        self.strings: Strings = empty_strings(max_chunks, max_bytes)

    @property
    def num_chunks(self) -> int:
        """Chunks in this generation."""
        return int(self.strings.counts[0])

    def empty(self) -> None:
        """Forget all chunks."""
        self.strings = empty_strings(self.max_chunks, self.max_bytes)
        self.generation += 1

    def make_room(self) -> None:
        """Between two slices: empty the table if it is full."""
        used, used_bytes = self.strings.counts.tolist()
        if used > 0.9 * self.max_chunks or used_bytes > 0.9 * self.max_bytes:
            self.empty()

    def scan(self, texts: Column) -> Scan:
        """Walk over `texts`; new chunks get numbers."""
        num_bytes = int(texts.offsets[-1])
        most = num_bytes // 2 + len(texts) + 1
        start, end = np.empty(most, np.int64), np.empty(most, np.int64)
        first = np.zeros(len(texts) + 1, np.int64)
        _find_chunks(texts.bytes, texts.offsets, first, start, end)
        number = int(first[-1])
        start, end, chunk = start[:number], end[:number], np.empty(number, np.int32)
        done = 0
        while done < number:
            done = _number_chunks(self.strings, texts.bytes, start, end, chunk, done)
            if done < number:
                longest = int(end[done] - start[done])
                self.strings = with_room(self.strings, min(number - done, 1 << 16), max(longest, 1 << 20))
        return Scan(texts.bytes, texts.offsets, chunk, start, end, first, self, self.generation)


@cache
def chunk_table() -> ChunkTable:
    """The process's table."""
    return ChunkTable()


def scans(texts: Texts) -> Iterator[Scan]:
    """The scans of all slices of `texts`, in order; hold `LOCK`, and be done with one before the next.

    Steps that ask about the same Arrow array one after the other walk over it once: the latest scans are remembered.

    Raises:
        RefusedError: `texts` is no string column or list of strings, or one of them is missing or no valid Unicode.
    """
    known = _known(texts)
    array = as_array(texts) if known is None else known
    for first, last in slices(array):
        yield _scan(array, first, last)
    if known is None:
        _remember_array(texts, array)


def _scan(array: pa.Array, first: int, last: int) -> Scan:
    table = chunk_table()
    for kept, rows, scan in _scans:
        if kept is array and rows == (first, last) and scan.generation == table.generation:
            return scan
    table.make_room()
    scan = table.scan(column(array, first, last))
    remember(array, (first, last), scan)
    return scan


_scans: deque[tuple[pa.Array, tuple[int, int], Scan]] = deque()
_arrays: deque[tuple[pa.Array, pa.Array]] = deque(maxlen=2)


def remember(array: pa.Array, rows: tuple[int, int], scan: Scan) -> None:
    """Keep the scan of these rows for the next who asks; older ones leave when the kept ones grow too large."""
    _scans.appendleft((array, rows, scan))
    while len(_scans) > 1 and sum(len(kept.bytes) for _, _, kept in _scans) > MAX_REMEMBERED_BYTES:
        _scans.pop()


def _known(texts: Texts) -> pa.Array | None:
    """The array that was made of these same buffers. They are held, so their addresses stay theirs."""
    if not isinstance(texts, pa.Array):
        return None
    return next((made for given, made in _arrays if _same(given, texts)), None)


def _remember_array(texts: Texts, array: pa.Array) -> None:
    if isinstance(texts, pa.Array):
        _arrays.appendleft((texts, array))


def _same(left: pa.Array, right: pa.Array) -> bool:
    return left.type == right.type and _place(left) == _place(right)


def _place(array: pa.Array) -> tuple[int | None, ...]:
    return (array.offset, len(array), *(buffer and buffer.address for buffer in array.buffers()))


@kernel
def _find_chunks(source: Bytes, offsets: Integers, first: Integers, start: Integers, end: Integers) -> None:
    """Where chunks start and end; `first` gets the number of occurrences before each document."""
    number = 0
    for row in range(len(offsets) - 1):
        chunk_start, stop = offsets[row], offsets[row + 1]
        for block in range(chunk_start, stop, 64):
            bits = space_bits(source, block)
            while bits != 0:
                place = block + trailing_zeros(bits)
                bits &= bits - np.uint64(1)
                length = space_length(source, place)
                if place >= stop or length == 0:
                    continue
                if place > chunk_start:
                    start[number], end[number] = chunk_start, place
                    number += 1
                chunk_start = place + length
        if chunk_start < stop:
            start[number], end[number] = chunk_start, stop
            number += 1
        first[row + 1] = number


@kernel
def _number_chunks(
    strings: Strings, source: Bytes, start: Integers, end: Integers, chunk: npt.NDArray[np.int32], done: int
) -> int:
    """Number the occurrences from `done` on; the first that was not done, because the table has no room for it."""
    for place in range(done, len(chunk)):
        ahead = place + 8
        if ahead < len(chunk):
            expect(strings, source, start[ahead], end[ahead] - start[ahead])
        length = end[place] - start[place]
        if strings.counts[0] == len(strings.offset) or strings.counts[1] + length + 64 > len(strings.arena):
            return place
        chunk[place] = number_of(strings, source, start[place], length)
    return len(chunk)
