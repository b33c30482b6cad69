"""One token of fastText's → the input rows that it adds, in the library's order.

A word of the dictionary adds its own row; every token adds a row for each n-gram of 2 to 4 characters of `<token>`
whose bucket was not pruned: lid.176.ftz keeps 42,765 of 2,000,000, so a token of English has 2.0 rows. `__label__…`
adds none.
"""

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from pipelines.text.scan.compiled import inner
from pipelines.text.scan.memory import Bytes
from pipelines.text.scan.strings import find

if TYPE_CHECKING:
    from pipelines.text.language.model import Model

DIMENSIONS = 16
BUCKETS = 2_000_000
LONGEST_NGRAM = 4
ROWS_PER_BYTE = 3
"""At most: n-grams of 2, 3 and 4 characters begin at one place."""
_BLOCK = 1024
"""Places of a long token whose rows are found together."""
ABSENT = 65_535
"""Stands for a row that there is not; rows are numbered below it."""
END_OF_LINE = b"</s>"
LABEL = b"__label__"

Rows = npt.NDArray[np.uint16]
Vector = npt.NDArray[np.float32]


class Room(NamedTuple):
    """Where a token of any length is read, so that kernels need not make arrays."""

    wrapped: Bytes
    rows: Rows


def room_for(longest: int) -> Room:
    """Room for tokens of up to so many bytes."""
    return Room(np.empty(longest + 2, np.uint8), np.empty(ROWS_PER_BYTE * _BLOCK, np.uint16))


_END = np.frombuffer(END_OF_LINE, np.uint8)
_LABEL = np.frombuffer(LABEL, np.uint8)
_FNV_START = 2_166_136_261
_FNV_FACTOR = 16_777_619
_32_BITS = 0xFFFFFFFF
_SIGN = 0xFFFFFF00


@inner
def begins(text: Bytes, start: int, end: int, prefix: Bytes) -> bool:
    """Whether text[start:end] begins with `prefix`."""
    if end - start < len(prefix):
        return False
    for place in range(len(prefix)):
        if text[start + place] != prefix[place]:
            return False
    return True


@inner
def ends_line(text: Bytes, start: int, end: int) -> bool:
    """Whether the token is `</s>`, behind which the library reads no more."""
    return end - start == len(_END) and begins(text, start, end, _END)


@inner
def token_rows(text: Bytes, start: int, end: int, model: "Model", wrapped: Bytes, rows: Rows, size: int) -> int:
    """Appends the rows of the token text[start:end], which is not `</s>`, at rows[size]; the new size.

    `wrapped` has room for two bytes more than the token, `rows` for 1 + ROWS_PER_BYTE × as many.
    """
    if begins(text, start, end, _LABEL):
        return size
    word = find(model.words, text, start, end - start)
    if word >= 0:
        rows[size] = word
        size += 1
    num_bytes = _wrap(text, start, end, wrapped)
    return _ngram_rows(wrapped, num_bytes, 0, num_bytes, model.bucket_bits, model.bucket_rows, rows, size)


@inner
def add_token(text: Bytes, start: int, end: int, model: "Model", room: Room, hidden: Vector) -> int:
    """Adds the rows of a token of any length to `hidden`, in the same order, a block at a time; how many."""
    if begins(text, start, end, _LABEL):
        return 0
    added = 0
    word = find(model.words, text, start, end - start)
    if word >= 0:
        add_row(model.input, word, hidden)
        added = 1
    num_bytes = _wrap(text, start, end, room.wrapped)
    for first in range(0, num_bytes, _BLOCK):
        behind = min(first + _BLOCK, num_bytes)
        found = _ngram_rows(room.wrapped, num_bytes, first, behind, model.bucket_bits, model.bucket_rows, room.rows, 0)
        add_rows(model.input, room.rows, found, hidden)
        added += found
    return added


@inner
def add_row(table: Vector, row: int, hidden: Vector) -> None:
    """Adds table[row] to `hidden`, each number rounded to float32 as the library's."""
    for dimension in range(DIMENSIONS):
        hidden[dimension] += table[row, dimension]


@inner
def add_rows(table: Vector, rows: Rows, number: int, hidden: Vector) -> None:
    """Adds the rows of `table` that the first `number` of `rows` name, in their order."""
    for place in range(number):
        add_row(table, rows[place], hidden)


@inner
def _wrap(text: Bytes, start: int, end: int, wrapped: Bytes) -> int:
    """`<token>` into `wrapped`; its bytes."""
    num_bytes = end - start + 2
    wrapped[0] = ord("<")
    for place in range(start, end):
        wrapped[place - start + 1] = text[place]
    wrapped[num_bytes - 1] = ord(">")
    return num_bytes


@inner
def _ngram_rows(
    wrapped: Bytes,
    num_bytes: int,
    first: int,
    behind: int,
    bucket_bits: Bytes,
    bucket_rows: Rows,
    rows: Rows,
    size: int,
) -> int:
    """Appends the rows of the n-grams that begin in wrapped[first:behind], left to right, short ones first.

    All loops are in this one kernel: a call for each place, with its arrays counted in and out, took six times as long.
    """
    for begin in range(first, behind):
        if wrapped[begin] & 0xC0 == 0x80:  # inside a character
            continue
        state = _FNV_START
        place = begin
        for length in range(1, LONGEST_NGRAM + 1):
            if place == num_bytes:
                break
            state = _hashed(state, np.int64(wrapped[place]))
            place += 1
            while place < num_bytes and wrapped[place] & 0xC0 == 0x80:
                state = _hashed(state, np.int64(wrapped[place]))
                place += 1
            if length > 1:
                bucket = state % BUCKETS
                if bucket_bits[bucket >> 3] >> (bucket & 7) & 1:
                    rows[size] = bucket_rows[bucket]
                    size += 1
    return size


@inner
def _hashed(state: int, byte: Any) -> Any:
    """FNV-1a as fastText does it: a byte is signed before it is widened."""
    return ((state ^ (byte | _SIGN if byte >= 0x80 else byte)) * _FNV_FACTOR) & _32_BITS
