"""Working memory of the kernels, as large as the largest document of a slice needs, and the set of things seen."""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from pipelines.text.scan.compiled import inner, kernel
from pipelines.text.scan.memory import BREAK_CLASS, PADDING, Bytes, equal, hashed
from pipelines.text.scan.strings import Integers
from pipelines.text.words.context import Occurrences
from pipelines.text.words.lexicon import NUM_RAW, NUM_TOKENS, Lexicon

Slots = npt.NDArray[np.uint64]
"""[2^k, 2]: a key, and stamp << 32 | place. A slot with another stamp is free, so that nothing has to be cleared."""

STAMP = np.uint64(32)
PLACE = np.uint64(0xFFFFFFFF)


class Work(NamedTuple):
    """Arrays for one document at a time."""

    token: npt.NDArray[np.int32]
    """[words]: number of each word."""
    characters: npt.NDArray[np.int32]
    """[words + 1]: characters of all words before."""
    place: npt.NDArray[np.int32]
    """[words + 1]: where each word starts in `joined`."""
    joined: Bytes
    """All words without anything between them."""
    gram: npt.NDArray[np.int32]
    """[2, words]: for each place the first place with the same n-gram."""
    counts: npt.NDArray[np.int32]
    """[2, words]: how often the n-gram of a first place occurs."""
    recurs: npt.NDArray[np.bool_]
    """[words]: whether what starts here may start elsewhere too."""
    lines: Integers
    """[lines, 4]: first byte, behind its last byte, first occurrence, behind its last occurrence."""
    breaks: Integers
    """[lines, 2]: runs of newlines: first byte, behind the last."""
    parts: Integers
    """[lines, 2]: parts seen: first byte, behind the last."""
    slots: Slots
    stamp: npt.NDArray[np.uint64]
    """[1]: of the latest use of `slots`."""


def new_work(occurrences: Occurrences, lexicon: Lexicon) -> Work:
    """Working memory for every document of `occurrences`."""
    num_words, num_bytes, num_lines = map(int, _sizes(occurrences, lexicon))
    num_slots = 1 << max(6, (max(3 * num_words, 3 * num_lines) // 2).bit_length())
    return Work(
        np.empty(num_words + 1, np.int32),
        np.empty(num_words + 2, np.int32),
        np.empty(num_words + 2, np.int32),
        np.zeros(num_bytes + PADDING, np.uint8),
        np.empty((2, num_words + 1), np.int32),
        np.empty((2, num_words + 1), np.int32),
        np.empty(num_words + 1, np.bool_),
        np.empty((num_lines, 4), np.int64),
        np.empty((num_lines, 2), np.int64),
        np.empty((num_lines, 2), np.int64),
        np.zeros((num_slots, 2), np.uint64),
        np.zeros(1, np.uint64),
    )


@kernel
def _sizes(occurrences: Occurrences, lexicon: Lexicon) -> Any:
    """Words, bytes, and an upper bound of lines, of the documents with the most."""
    most_words, most_bytes, most_lines = 0, 0, 0
    for document in range(len(occurrences.offsets) - 1):
        num_words, num_lines = 0, 2
        for place in range(occurrences.first[document], occurrences.first[document + 1]):
            # No more tokens than these, whatever the neighbours.
            num_words += max(
                lexicon.facts[occurrences.row[place], NUM_TOKENS], lexicon.facts[occurrences.row[place], NUM_RAW]
            )
        start, end = occurrences.offsets[document], occurrences.offsets[document + 1]
        for place in range(start, end):
            num_lines += BREAK_CLASS[occurrences.bytes[place]] > 0
        most_words, most_bytes = max(most_words, num_words), max(most_bytes, end - start)
        most_lines = max(most_lines, num_lines)
    return most_words, most_bytes, most_lines


@inner
def share(part: int, whole: int) -> Any:
    """`part / whole`; NaN if there is nothing to divide by."""
    return part / whole if whole > 0 else np.nan


@inner
def begin(work: Work, number: int) -> Any:
    """Begin a set of up to `number` things: its stamp, and the mask of a table that is at most two thirds full."""
    work.stamp[0] += np.uint64(1)
    size = 64
    while 2 * size < 3 * number:
        size *= 2
    return work.stamp[0], np.uint64(size - 1)


@inner
def seen_before(work: Work, stamp: Any, mask: Any, source: Bytes, start: int, end: int, number: int) -> Any:
    """Whether the part of `source` is one of the `number` in `work.parts`; if not, it is put there."""
    slots = work.slots
    key = hashed(source, start, end - start)
    slot = key & mask
    while slots[slot, 1] >> STAMP == stamp:
        if slots[slot, 0] == key:
            known = np.int64(slots[slot, 1] & PLACE)
            first = work.parts[known, 0]
            if work.parts[known, 1] - first == end - start and equal(source, start, source, first, end - start):
                return True
        slot = (slot + np.uint64(1)) & mask
    slots[slot, 0] = key
    slots[slot, 1] = stamp << STAMP | np.uint64(number)
    work.parts[number, 0] = start
    work.parts[number, 1] = end
    return False
