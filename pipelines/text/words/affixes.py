"""How spaCy's English tokenizer cuts one chunk: prefixes and suffixes off, special cases whole, then infixes.

A chunk is `points[start:end]`, its code points; `places` holds where each one starts in `source`, for looking up
special cases. The order of the questions is that of `spacy.tokenizer.Tokenizer._split_affixes` and `_attach_tokens`.
"""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from pipelines.text.scan.compiled import inner
from pipelines.text.scan.memory import Bytes
from pipelines.text.scan.strings import Integers, Strings, find
from pipelines.text.words.classes import (
    ALPHA,
    DIGIT_09,
    DOT_BEHIND,
    ICON,
    LOWER,
    PREFIX,
    QUOTE,
    SUFFIX,
    UNIT_END,
    UPPER,
    Classes,
)
from pipelines.text.words.urls import IS_URL, UNKNOWN, may_be_url, url_verdict

MAX_CASE_BYTES = 40
"""No special case is longer (asserted where they are read): longer strings are not looked up."""


class Cases(NamedTuple):
    """spaCy's special cases: strings that are cut in a way of their own."""

    strings: Strings
    first_length: Integers
    """[cases + 1]: where the lengths of each case's tokens start."""
    lengths: Integers
    """Tokens' lengths in characters."""


class Cut(NamedTuple):
    """Working memory for one chunk."""

    ends: Integers
    """Where each token ends, in characters: the answer."""
    suffixes: Integers
    middle: Integers
    """[2]: start and end of what may be a URL, when that has to be asked."""


@inner
def prefix_length(points: Integers, start: int, end: int, classes: Classes) -> Any:
    """Characters of the prefix at `start`, 0 if there is none."""
    point = points[start]
    if point == 0x2E:
        length = run_of_dots(points, start, end)
        return length if length >= 2 else 0
    if point == 0x2B:
        return 0 if start + 1 < end and classes.affix[points[start + 1]] & DIGIT_09 else 1
    if point == 0x55 and start + 2 < end and points[start + 1] == 0x53 and points[start + 2] == 0x24:
        return 3  # US$
    if point in (0x41, 0x43) and start + 1 < end and points[start + 1] == 0x24:
        return 2  # A$, C$
    return 1 if classes.affix[point] & PREFIX else 0


@inner
def run_of_dots(points: Integers, start: int, end: int) -> Any:
    """How many full stops stand at `start`."""
    place = start
    while place < end and points[place] == 0x2E:
        place += 1
    return place - start


@inner
def suffix_length(points: Integers, start: int, end: int, classes: Classes) -> Any:
    """Characters of the longest suffix that ends at `end`, 0 if there is none."""
    if start >= end:
        return 0
    last = points[end - 1]
    if last == 0x2E:
        return dots_suffix_length(points, start, end, classes)
    length = 1 if classes.affix[last] & SUFFIX else 0
    if end - 2 < start:
        return length
    before = points[end - 2]
    if last == 0x2026 and before == 0x2026:
        length = 2
    elif last in (0x53, 0x73) and before in (0x27, 0x2019):
        length = 2  # 's
    elif last == 0x2B and classes.affix[before] & DIGIT_09:
        length = 1
    if classes.affix[last] & UNIT_END:
        return max(length, unit_length(points, start, end, classes))
    return length


@inner
def dots_suffix_length(points: Integers, start: int, end: int, classes: Classes) -> Any:
    """The same for what ends with a full stop."""
    first = end
    while first > start and points[first - 1] == 0x2E:
        first -= 1
    if end - first >= 2:
        return end - first
    if first == start:
        return 0
    before = points[first - 1]
    if classes.affix[before] & DOT_BEHIND:
        return 1
    if first - 1 == start:
        return 0
    second = points[first - 2]
    if classes.affix[before] & UPPER and classes.affix[second] & UPPER:
        return 1
    return 1 if second == 0xB0 and before in (0x46, 0x66, 0x43, 0x63, 0x4B, 0x6B) else 0  # °C.


@inner
def unit_length(points: Integers, start: int, end: int, classes: Classes) -> Any:
    """Characters of the longest unit or currency that ends at `end` behind a digit."""
    units = classes.units
    for row in range(len(units)):
        length = np.int64(units[row, 0])
        begin = end - length
        if begin > start and classes.affix[points[begin - 1]] & DIGIT_09:
            place = 0
            while place < length and units[row, place + 1] == points[begin + place]:
                place += 1
            if place == length:
                return length
    return 0


@inner
def infix_length(points: Integers, start: int, end: int, place: int, classes: Classes) -> Any:
    """Characters of the infix at `place` of `points[start:end]`, 0 if there is none."""
    point = points[place]
    affix = classes.affix
    if point == 0x2E:
        length = run_of_dots(points, place, end)
        if length >= 2:
            return length
        if place == start or place + 1 == end:
            return 0
        between = affix[points[place - 1]] & (LOWER | QUOTE) and affix[points[place + 1]] & (UPPER | QUOTE)
        return 1 if between else 0
    if affix[point] & ICON:
        return 1
    if place == start or place + 1 >= end:
        return 0
    before, behind = affix[points[place - 1]], affix[points[place + 1]]
    if point in (0x2A, 0x2B, 0x2D, 0x5E) and before & DIGIT_09 and (behind & DIGIT_09 or points[place + 1] == 0x2D):
        return 1
    if point == 0x2C:
        return 1 if before & ALPHA and behind & ALPHA else 0
    if not before & (ALPHA | DIGIT_09):
        return 0
    if point in (0x2D, 0x2013, 0x2014):
        return dash_length(points, end, place, classes)
    return 1 if point in (0x7E, 0x2F, 0x3A, 0x3C, 0x3D, 0x3E) and behind & ALPHA else 0


@inner
def dash_length(points: Integers, end: int, place: int, classes: Classes) -> Any:
    """Characters of the dash between a letter or digit and a letter: - -- --- – — ——."""
    longest = 3 if points[place] == 0x2D else 2 if points[place] == 0x2014 else 1
    length = 1
    while length < longest and place + length < end and points[place + length] == points[place]:
        length += 1
    return length if place + length < end and classes.affix[points[place + length]] & ALPHA else 0


@inner
def case_of(places: Integers, source: Bytes, start: int, end: int, cases: Cases) -> Any:
    """The number of the special case that `points[start:end]` is, -1 if it is none."""
    length = places[end] - places[start]
    if length == 0 or length > MAX_CASE_BYTES:
        return -1
    return find(cases.strings, source, places[start], length)


@inner
def put_case(cases: Cases, case: int, start: int, cut: Cut, number: int) -> Any:
    """Add the tokens of a special case at `start`; how many tokens there are then."""
    for place in range(cases.first_length[case], cases.first_length[case + 1]):
        start += cases.lengths[place]
        cut.ends[number] = start
        number += 1
    return number


@inner
def split(
    points: Integers, places: Integers, end: int, source: Bytes, classes: Classes, cases: Cases, cut: Cut, url: int
) -> Any:
    """Cut `points[:end]`; how many tokens, their ends in `cut.ends`.

    -1 if spaCy's URL expression has to be asked about `cut.middle`, and `url` is UNKNOWN.
    """
    case = case_of(places, source, 0, end, cases)
    if case >= 0:
        return put_case(cases, case, 0, cut, 0)
    start, stop, number, num_suffixes = 0, end, 0, 0
    while start < stop:
        if case_of(places, source, start, stop, cases) >= 0:
            break
        prefix = prefix_length(points, start, stop, classes)
        if prefix > 0 and case_of(places, source, start + prefix, stop, cases) >= 0:
            start += prefix
            cut.ends[number] = start
            number += 1
            break
        suffix = suffix_length(points, start + prefix, stop, classes)
        if suffix > 0 and case_of(places, source, start, stop - suffix, cases) >= 0:
            cut.suffixes[num_suffixes] = stop
            num_suffixes += 1
            stop -= suffix
            break
        if prefix + suffix == 0:
            break
        if prefix > 0:
            start += prefix
            cut.ends[number] = start
            number += 1
        if suffix > 0:
            cut.suffixes[num_suffixes] = stop
            num_suffixes += 1
            stop -= suffix
    number = put_middle(points, places, start, stop, source, classes, cases, cut, number, url)
    if number >= 0:
        for place in range(num_suffixes):
            cut.ends[number + place] = cut.suffixes[num_suffixes - 1 - place]
        number += num_suffixes
    return number


@inner
def put_middle(
    points: Integers,
    places: Integers,
    start: int,
    end: int,
    source: Bytes,
    classes: Classes,
    cases: Cases,
    cut: Cut,
    number: int,
    url: int,
) -> Any:
    """Add the tokens of what is left between prefixes and suffixes; -1 if a URL has to be asked for."""
    if start == end:
        return number
    case = case_of(places, source, start, end, cases)
    if case >= 0:
        return put_case(cases, case, start, cut, number)
    if url == UNKNOWN:
        url = url_verdict(points, start, end, classes)
    if url == UNKNOWN:
        cut.middle[0] = start
        cut.middle[1] = end
        return -1
    if url == IS_URL and may_be_url(points, start, end, classes):
        cut.ends[number] = end
        return number + 1
    begin, place = start, start
    while place < end:
        length = infix_length(points, start, end, place, classes)
        if length > 0 and place > start:  # spaCy passes over an infix at the very beginning
            if place > begin:
                cut.ends[number] = place
                number += 1
            cut.ends[number] = place + length
            number += 1
            begin = place + length
        place += max(length, 1)
    if begin < end:
        cut.ends[number] = end
        number += 1
    return number


def new_cut(longest: int) -> Cut:
    """Working memory for chunks of up to so many characters."""
    return Cut(np.empty(longest + 1, np.int64), np.empty(longest + 1, np.int64), np.zeros(2, np.int64))


Points = npt.NDArray[np.int64]
