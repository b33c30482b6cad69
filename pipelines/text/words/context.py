"""Chunks that spaCy's last pass leaves otherwise because of their neighbours across one space (see `special`).

Only a chunk that the pass changes when it stands alone can be left otherwise, and only by matches of at most
`MAX_PATTERN_TOKENS` tokens that reach into it. Such an occurrence gets a row of its own in the lexicon's facts.
"""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from pipelines.text.scan.compiled import inner, kernel
from pipelines.text.scan.memory import Bytes
from pipelines.text.scan.strings import Integers
from pipelines.text.scan.walk import Scan
from pipelines.text.words.english import English
from pipelines.text.words.lexicon import (
    CHANGED,
    FIRST_RAW,
    FIRST_TOKEN,
    FLAGS,
    NUM_FACTS,
    NUM_RAW,
    NUM_TOKENS,
    NUMBER,
    Lexicon,
    enlarged,
)
from pipelines.text.words.special import (
    MAX_PATTERN_TOKENS,
    Matches,
    Patterns,
    copy_token,
    find_matches,
    new_matches,
    put_replaced,
)

Rows = npt.NDArray[np.int32]
"""Rows of `Lexicon.facts`, one for each occurrence of a scan."""


class Occurrences(NamedTuple):
    """What a scan found in some documents, with the lexicon's row of each occurrence."""

    bytes: Bytes
    offsets: Integers
    row: Rows
    start: Integers
    end: Integers
    first: Integers


def occurrences_of(scan: Scan, rows: Rows) -> Occurrences:
    """A scan as the kernels take it."""
    return Occurrences(scan.bytes, scan.offsets, rows, scan.start, scan.end, scan.first)


def rows_in_context(scan: Scan, english: English, first_free: int) -> tuple[Rows, int]:
    """The row of each occurrence, and the first row that is free behind the new ones; all chunks are known."""
    occurrences = (scan.bytes, scan.chunk, scan.start, scan.end)
    places = np.empty((64, 3), np.int64)
    number = _changed_beside_others(*occurrences, scan.first, english.lexicon, places)
    if number == 0:
        return scan.chunk, first_free
    if number > len(places):
        places = np.empty((number, 3), np.int64)
        _changed_beside_others(*occurrences, scan.first, english.lexicon, places)
    places = places[:number]
    rows = scan.chunk.copy()
    num_raw = int(english.lexicon.facts[scan.chunk[places[:, 0]], NUM_RAW].sum())
    english.lexicon = enlarged(english.lexicon, first_free + len(places), num_raw)
    most = int(english.lexicon.facts[scan.chunk[places[:, 0]], NUM_RAW].max()) + 2 * MAX_PATTERN_TOKENS
    window, matches = np.empty((most, 4), np.int32), new_matches(most)
    fixed = (english.lexicon, english.patterns, window, matches)
    return rows, _look_again(*occurrences, places, *fixed, rows, first_free)


@kernel
def _changed_beside_others(
    source: Bytes, chunk: Rows, start: Integers, end: Integers, first: Integers, lexicon: Lexicon, found: Integers
) -> Any:
    """Find occurrences that the last pass changes and that have a neighbour across one space; how many.

    The first that there is room for are written to `found`: [., 3], its place, and the first and last places of its
    document.
    """
    number = 0
    for row in range(len(first) - 1):
        for place in range(first[row], first[row + 1]):
            if lexicon.facts[chunk[place], FLAGS] & CHANGED == 0:
                continue
            before = place > first[row] and one_space(source, end[place - 1], start[place])
            if before or (place + 1 < first[row + 1] and one_space(source, end[place], start[place + 1])):
                if number < len(found):
                    found[number, 0], found[number, 1], found[number, 2] = place, first[row], first[row + 1]
                number += 1
    return number


@inner
def one_space(source: Bytes, start: int, end: int) -> Any:
    """Whether nothing but one U+0020 is between two places."""
    return end - start == 1 and source[start] == 0x20


@kernel
def _look_again(
    source: Bytes,
    chunk: Rows,
    start: Integers,
    end: Integers,
    places: npt.NDArray[np.int64],
    lexicon: Lexicon,
    patterns: Patterns,
    window: npt.NDArray[np.int32],
    matches: Matches,
    rows: Rows,
    free: int,
) -> Any:
    """Give a row of their own to the occurrences `places` that are otherwise beside their neighbours."""
    facts = lexicon.facts
    for index in range(len(places)):
        place, begin, stop = places[index]
        row = chunk[place]
        number = facts[row, NUM_RAW]
        first = _put_before(source, chunk, start, end, place, begin, lexicon, patterns, window)
        for token in range(number):
            copy_token(window, first + token, lexicon.tokens, facts[row, FIRST_RAW] + token)
        last = _put_behind(source, chunk, start, end, place, stop, lexicon, patterns, window, first + number)
        num_matches = find_matches(window[:last], patterns, matches)
        begin = lexicon.used[0]
        behind = first + number
        stop = put_replaced(window, first, behind, patterns, matches, num_matches, lexicon.tokens, begin)
        known, num_known = facts[row, FIRST_TOKEN], facts[row, NUM_TOKENS]
        otherwise = stop - begin != num_known
        for token in range(num_known):
            if not otherwise:
                otherwise = lexicon.tokens[known + token, NUMBER] != lexicon.tokens[begin + token, NUMBER]
        if otherwise:
            for column in range(NUM_FACTS):
                facts[free, column] = facts[row, column]
            facts[free, FIRST_TOKEN] = begin
            facts[free, NUM_TOKENS] = stop - begin
            rows[place] = free
            free += 1
            lexicon.used[0] = stop
    return free


@inner
def _put_before(
    source: Bytes,
    chunk: Rows,
    start: Integers,
    end: Integers,
    place: int,
    begin: int,
    lexicon: Lexicon,
    patterns: Patterns,
    window: npt.NDArray[np.int32],
) -> Any:
    """Put the tokens before an occurrence that a match may reach over; how many they are."""
    number = 0
    neighbour = place
    going = True
    while going and neighbour > begin and one_space(source, end[neighbour - 1], start[neighbour]):
        neighbour -= 1
        first = lexicon.facts[chunk[neighbour], FIRST_RAW]
        for token in range(lexicon.facts[chunk[neighbour], NUM_RAW] - 1, -1, -1):
            going = number < MAX_PATTERN_TOKENS - 1 and lexicon.tokens[first + token, NUMBER] < patterns.num_texts[0]
            if not going:
                break
            copy_token(window, number, lexicon.tokens, first + token)
            number += 1
    for token in range(number // 2):
        for column in range(4):
            kept = window[token, column]
            window[token, column] = window[number - 1 - token, column]
            window[number - 1 - token, column] = kept
    return number


@inner
def _put_behind(
    source: Bytes,
    chunk: Rows,
    start: Integers,
    end: Integers,
    place: int,
    stop: int,
    lexicon: Lexicon,
    patterns: Patterns,
    window: npt.NDArray[np.int32],
    number: int,
) -> Any:
    """Put the tokens behind an occurrence that a match may reach over from `number` on; how many there are then."""
    most = number + MAX_PATTERN_TOKENS - 1
    neighbour = place
    going = True
    while going and neighbour + 1 < stop and one_space(source, end[neighbour], start[neighbour + 1]):
        neighbour += 1
        first = lexicon.facts[chunk[neighbour], FIRST_RAW]
        for token in range(lexicon.facts[chunk[neighbour], NUM_RAW]):
            going = number < most and lexicon.tokens[first + token, NUMBER] < patterns.num_texts[0]
            if not going:
                break
            copy_token(window, number, lexicon.tokens, first + token)
            number += 1
    return number
