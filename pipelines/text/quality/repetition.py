"""How much of a text repeats itself: the repetition rules of Gopher (arXiv:2112.11446, table A1).

Every value is a share of the text's length in characters, or of its lines or paragraphs. A duplicate is the second or
a later occurrence.
"""

from operator import gt
from typing import Any

import numpy as np
import numpy.typing as npt

from pipelines.text.quality.fields import COLUMN
from pipelines.text.quality.lines import stripped
from pipelines.text.quality.work import PLACE, STAMP, Work, begin, seen_before, share
from pipelines.text.rules import Rule
from pipelines.text.scan.compiled import inner
from pipelines.text.scan.memory import GOLDEN, Bytes, equal, hashed, load8, mix, num_characters
from pipelines.text.words.context import Occurrences

TOP_SIZES = (2, 3, 4)
"""Lengths in words of the most frequent n-gram."""
DUPLICATED_SIZES = (5, 6, 7, 8, 9, 10)
"""Lengths in words of the duplicated n-grams."""

RULES = tuple(
    Rule(name, name, gt, f"max_{name}")
    for name in (
        *("dup_para_frac", "dup_para_char_frac", "dup_line_frac", "dup_line_char_frac"),
        *(f"top_{size}_gram" for size in TOP_SIZES),
        *(f"duplicated_{size}_n_grams" for size in DUPLICATED_SIZES),
    )
)

_PARAGRAPHS, _LINES = COLUMN["dup_para_frac"], COLUMN["dup_line_frac"]
_TOP, _DUPLICATED = COLUMN["top_2_gram"], COLUMN["duplicated_5_n_grams"]
_PREFIX = 16  # bytes

Row = npt.NDArray[np.float64]


@inner
def measure_parts(
    occurrences: Occurrences, document: int, num_breaks: int, num_in_text: int, work: Work, values: Row
) -> None:
    """The values of lines and paragraphs, for a text of `num_in_text` characters."""
    source = occurrences.bytes
    start, end = occurrences.offsets[document], occurrences.offsets[document + 1]
    put_shares(values, _LINES, duplicates(source, start, end, 1, num_breaks, work), num_in_text)
    start, end = stripped(source, start, end)
    put_shares(values, _PARAGRAPHS, duplicates(source, start, end, 2, num_breaks, work), num_in_text)


@inner
def put_shares(values: Row, column: int, found: Any, num_in_text: int) -> None:
    """Shares of parts, and of their characters in those of the text."""
    num_parts, num_duplicates, characters = found
    values[column] = num_duplicates / num_parts
    values[column + 1] = share(characters, num_in_text)


@inner
def duplicates(source: Bytes, start: int, end: int, min_newlines: int, num_breaks: int, work: Work) -> Any:
    """Parts between runs of at least `min_newlines` newlines, duplicates among them, and their characters."""
    stamp, mask = begin(work, num_breaks + 1)
    num_parts, num_duplicates, characters = 0, 0, 0
    for index in range(num_breaks + 1):
        part_end, behind = end, end
        if index < num_breaks:
            part_end, behind = work.breaks[index, 0], work.breaks[index, 1]
            if behind - part_end < min_newlines or part_end < start or behind > end:
                continue
        if seen_before(work, stamp, mask, source, start, part_end, num_parts - num_duplicates):
            num_duplicates += 1
            characters += num_characters(source, start, part_end)
        num_parts += 1
        start = behind
    return num_parts, num_duplicates, characters


@inner
def measure_grams(num_words: int, num_in_text: int, work: Work, values: Row) -> None:
    """The values of n-grams of the words in `work`."""
    for size in range(2, 5):
        values[_TOP + size - 2] = 0.0
        if num_words >= size:
            count, first = most_frequent(num_words, size, work)
            length = work.characters[first + size] - work.characters[first] + size - 1
            values[_TOP + size - 2] = length * count / num_in_text
    mark_recurring(num_words, work)
    for size in range(5, 11):
        values[_DUPLICATED + size - 5] = duplicated_characters(num_words, size, work) / num_in_text


@inner
def most_frequent(num_words: int, size: int, work: Work) -> Any:
    """How often the most frequent n-gram occurs, overlaps counted, and the first place of the first seen of equals.

    Two n-grams are one of n + 1: its number is made of theirs, which are the first places where they stand. One that
    occurs once cannot be part of one that occurs twice. Sizes are asked in order from 2.
    """
    before, now = work.gram[size & 1 ^ 1], work.gram[size & 1]
    count_before, count = work.counts[size & 1 ^ 1], work.counts[size & 1]
    slots = work.slots
    stamp, mask = begin(work, num_words)
    best: Any = 1
    first: Any = 0
    for place in range(num_words - size + 1):
        now[place] = place
        count[place] = 1
        if size == 2:
            key = np.uint64(work.token[place]) << np.uint64(32) | np.uint64(work.token[place + 1])
        else:
            left, right = before[place], before[place + 1]
            if count_before[left] == 1 or count_before[right] == 1:
                continue
            key = np.uint64(left) << np.uint64(32) | np.uint64(right)
        slot = mix(key) & mask
        while slots[slot, 1] >> STAMP == stamp and slots[slot, 0] != key:
            slot = (slot + np.uint64(1)) & mask
        if slots[slot, 1] >> STAMP != stamp:
            slots[slot, 0] = key
            slots[slot, 1] = stamp << STAMP | np.uint64(place)
            continue
        known = np.int64(slots[slot, 1] & PLACE)
        now[place] = known
        count[known] += 1
        if count[known] > best or (count[known] == best and known < first):
            best, first = count[known], known
    return best, first


@inner
def mark_recurring(num_words: int, work: Work) -> None:
    """Mark the places whose next `_PREFIX` bytes stand at another place too, or that have fewer behind them.

    At other places no n-gram of so many bytes can be a duplicate. Two different prefixes of one hash are both marked,
    which costs time and changes nothing.
    """
    slots, place, joined = work.slots, work.place, work.joined
    stamp, mask = begin(work, num_words)
    for word in range(num_words):
        work.recurs[word] = True
        if place[num_words] - place[word] < _PREFIX:
            continue
        key = mix((load8(joined, place[word]) * GOLDEN) ^ load8(joined, place[word] + 8))
        slot = key & mask
        while slots[slot, 1] >> STAMP == stamp and slots[slot, 0] != key:
            slot = (slot + np.uint64(1)) & mask
        if slots[slot, 1] >> STAMP == stamp:
            work.recurs[np.int64(slots[slot, 1] & PLACE)] = True
        else:
            slots[slot, 0] = key
            slots[slot, 1] = stamp << STAMP | np.uint64(word)
            work.recurs[word] = False


@inner
def duplicated_characters(num_words: int, size: int, work: Work) -> Any:
    """Characters of the n-grams seen before on a walk that steps over these, and one word on otherwise.

    Two n-grams are the same if their words are when written without a space (`ab c` is `a bc`, as in the reference).
    """
    slots, places, joined = work.slots, work.place, work.joined
    stamp, mask = begin(work, num_words)
    characters, word = 0, 0
    while word < num_words - size + 1:
        start = places[word]
        length = places[word + size] - start
        if not work.recurs[word] and length >= _PREFIX:
            word += 1
            continue
        key = hashed(joined, start, length)
        slot = key & mask
        found = False
        while slots[slot, 1] >> STAMP == stamp:
            if slots[slot, 0] == key:
                known = np.int64(slots[slot, 1] & PLACE)
                found = places[known + size] - places[known] == length
                if found and equal(joined, start, joined, places[known], length):
                    break
                found = False
            slot = (slot + np.uint64(1)) & mask
        if found:
            characters += work.characters[word + size] - work.characters[word]
            word += size
        else:
            slots[slot, 0] = key
            slots[slot, 1] = stamp << STAMP | np.uint64(word)
            word += 1
    return characters
