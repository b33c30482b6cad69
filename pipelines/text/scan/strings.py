"""A table of distinct strings: open addressing, one slot of half a cache line for each, numbers in order of arrival.

A slot holds the first and the last eight bytes of its string, so strings of up to 16 bytes are compared without a look
at anything else: on English text the look-up of a chunk touches one line of memory.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from pipelines.text.scan.compiled import inner, kernel
from pipelines.text.scan.memory import GOLDEN, PADDING, Bytes, copy, equal, hashed, load8, low_bytes, mix, prefetch

Integers = npt.NDArray[np.int64]

_LENGTH_BITS = np.uint64(32)


class Strings(NamedTuple):
    """The arrays of a table; `counts` changes in place."""

    slots: npt.NDArray[np.uint64]
    """[2^k, 4]: first eight bytes, last eight bytes, length << 32 | number + 1 (0: free), not used."""
    arena: Bytes
    """The bytes of all strings, one behind the other."""
    offset: Integers
    """Where each string starts in `arena`."""
    length: npt.NDArray[np.int32]
    """Bytes of each string."""
    counts: Integers
    """[2]: strings, used bytes of `arena`."""


def empty_strings(max_strings: int, max_bytes: int) -> Strings:
    """A table with room for so many strings of so many bytes. Pages that are never touched take no memory."""
    num_slots = 1 << (2 * max_strings - 1).bit_length()
    return Strings(
        np.zeros((num_slots, 4), np.uint64),
        np.zeros(max_bytes + PADDING, np.uint8),
        np.zeros(max_strings, np.int64),
        np.zeros(max_strings, np.int32),
        np.zeros(2, np.int64),
    )


def with_room(strings: Strings, more_strings: int, more_bytes: int) -> Strings:
    """The same table, moved to larger arrays if it has no room for so much more."""
    used, used_bytes = strings.counts.tolist()
    if used + more_strings <= len(strings.offset) and used_bytes + more_bytes + PADDING <= len(strings.arena):
        return strings
    larger = empty_strings(max(2 * used, used + more_strings), max(2 * used_bytes, used_bytes + more_bytes))
    larger.arena[:used_bytes] = strings.arena[:used_bytes]
    larger.offset[:used] = strings.offset[:used]
    larger.length[:used] = strings.length[:used]
    larger.counts[:] = strings.counts
    _refill(larger)
    return larger


def new_strings(texts: Sequence[bytes]) -> Strings:
    """A table of these distinct strings, numbered in their order."""
    strings = empty_strings(len(texts), sum(map(len, texts)))
    for text in texts:
        lookup(strings, np.frombuffer(bytearray(text + bytes(PADDING)), np.uint8), 0, len(text))
    return strings


def text_of(strings: Strings, number: int) -> str:
    """The string with this number."""
    start = int(strings.offset[number])
    return strings.arena[start : start + int(strings.length[number])].tobytes().decode()


@kernel
def lookup(strings: Strings, source: Bytes, place: int, length: int) -> Any:
    """`number_of`, to be called from Python."""
    return number_of(strings, source, place, length)


@inner
def number_of(strings: Strings, source: Bytes, place: int, length: int) -> Any:
    """The number of the string of `length` (at least 1) bytes at `place`; a new one is added.

    The caller sees to it that there is room.
    """
    first = low_bytes(source, place, min(length, 8))
    last = load8(source, place + length - 8) if length > 8 else np.uint64(0)
    slot = _slot(strings, first, last, source, place, length)
    if strings.slots[slot, 2] != 0:
        return _number(strings.slots[slot, 2])
    number, offset = strings.counts[0], strings.counts[1]
    strings.slots[slot, 0] = first
    strings.slots[slot, 1] = last
    strings.slots[slot, 2] = np.uint64(length) << _LENGTH_BITS | np.uint64(number + 1)
    strings.offset[number] = offset
    strings.length[number] = length
    copy(strings.arena, offset, source, place, length)
    strings.counts[0] = number + 1
    strings.counts[1] = offset + length
    return number


@inner
def find(strings: Strings, source: Bytes, place: int, length: int) -> Any:
    """The number of the string of `length` (at least 1) bytes at `place`; -1 if it is not in the table."""
    first = low_bytes(source, place, min(length, 8))
    last = load8(source, place + length - 8) if length > 8 else np.uint64(0)
    return _number(strings.slots[_slot(strings, first, last, source, place, length), 2])


@inner
def _slot(strings: Strings, first: Any, last: Any, source: Bytes, place: int, length: int) -> Any:
    """Where the string is, or the free slot where it belongs."""
    slots = strings.slots
    mask = np.uint64(len(slots) - 1)
    slot = _key(first, last, source, place, length) & mask
    while slots[slot, 2] != 0:
        if slots[slot, 0] == first and slots[slot, 1] == last and np.int64(slots[slot, 2] >> _LENGTH_BITS) == length:
            offset = strings.offset[_number(slots[slot, 2])] if length > 16 else 0
            if length <= 16 or equal(source, place + 8, strings.arena, offset + 8, length - 16):
                break
        slot = (slot + np.uint64(1)) & mask
    return slot


@inner
def _key(first: Any, last: Any, source: Bytes, place: int, length: int) -> Any:
    key = mix(first * GOLDEN ^ last ^ np.uint64(length))
    return key ^ hashed(source, place + 8, length - 16) if length > 16 else key


@inner
def expect(strings: Strings, source: Bytes, place: int, length: int) -> None:
    """Have the slot fetched in which `number_of` will look first: done eight ahead, a look-up takes 31 ns, not 52."""
    first = low_bytes(source, place, min(length, 8))
    last = load8(source, place + length - 8) if length > 8 else np.uint64(0)
    slot = _key(first, last, source, place, length) & np.uint64(len(strings.slots) - 1)
    prefetch(strings.slots, 4 * np.int64(slot))


@inner
def _number(held: Any) -> Any:
    return np.int64(held & np.uint64(0xFFFFFFFF)) - 1


@kernel
def _refill(strings: Strings) -> None:
    """Fill the slots of a table whose strings are all in `arena` already."""
    number_of_strings = strings.counts[0]
    strings.counts[0] = 0
    used_bytes = strings.counts[1]
    for number in range(number_of_strings):
        strings.counts[1] = strings.offset[number]
        number_of(strings, strings.arena, strings.offset[number], strings.length[number])
    strings.counts[1] = used_bytes
