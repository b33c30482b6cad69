"""The kernel that finds out what is to know of a new chunk."""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from pipelines.text.scan.compiled import inner, kernel
from pipelines.text.scan.memory import PADDING, Bytes, code_point, copy, put_code_point
from pipelines.text.scan.strings import Integers, Strings
from pipelines.text.words.affixes import Cases, Cut, new_cut, split
from pipelines.text.words.classes import BLANK, DIGIT, DROPPED, SEQUENCE, UNSURE, Classes
from pipelines.text.words.lexicon import (
    BEGINS_COOKIES,
    BEGINS_IPSUM,
    BEGINS_POLICY,
    BEGINS_USE,
    BRACKET,
    BREAKS,
    BULLET,
    CHANGED,
    CHARACTERS,
    CURLY,
    END_ELLIPSIS,
    ENDS_COOKIE,
    ENDS_LOREM,
    ENDS_PRIVACY,
    ENDS_TERMS,
    ENDS_USE,
    ENDS_USES,
    FIRST_NORMAL,
    FIRST_RAW,
    FIRST_TOKEN,
    FLAGS,
    IS_OF,
    JAVASCRIPT,
    NORMAL,
    NORMAL_BYTES,
    NUM_ELLIPSES,
    NUM_HASHES,
    NUM_NORMAL,
    NUM_RAW,
    NUM_TOKENS,
    NUMBER,
    Lexicon,
    put_token,
)
from pipelines.text.words.special import Matches, Patterns, find_matches, new_matches, put_replaced
from pipelines.text.words.urls import IS_NO_URL


def _points(text: str) -> Integers:
    return np.array(list(map(ord, text)), np.int64)


_JAVASCRIPT, _LOREM, _IPSUM, _TERMS, _OF = map(_points, ("javascript", "lorem", "ipsum", "terms", "of"))
_USE, _USES, _PRIVACY, _POLICY = map(_points, ("use", "uses", "privacy", "policy"))
_COOKIE, _COOKIES = map(_points, ("cookie", "cookies"))


class Room(NamedTuple):
    """Working memory for one chunk at a time."""

    points: Integers
    """The chunk's characters."""
    places: Integers
    """Where each one starts."""
    cut: Cut
    matches: Matches
    normal: Bytes
    """A piece of its normal form, and the same for that."""
    normal_points: Integers
    normal_places: Integers
    normal_cut: Cut


def new_room(longest: int) -> Room:
    """Working memory for chunks of up to so many bytes.

    A normal form has at most three times the characters and bytes of its chunk (Hangul syllables).
    """
    more = 3 * longest + 1
    return Room(
        np.empty(longest + 1, np.int64),
        np.empty(longest + 1, np.int64),
        new_cut(longest),
        new_matches(longest),
        np.zeros(more + PADDING, np.uint8),
        np.empty(more, np.int64),
        np.empty(more, np.int64),
        new_cut(more),
    )


@kernel
def resolve(
    chunks: Strings,
    rows: Integers,
    verdicts: npt.NDArray[np.uint8],
    lexicon: Lexicon,
    classes: Classes,
    cases: Cases,
    patterns: Patterns,
    breaking: int,
    room: Room,
    urls: Integers,
    unsure: Integers,
) -> Any:
    """Find out all about the chunks `rows`, for which spaCy's URL expression said `verdicts`.

    Returns how many have to be asked of that expression first (`urls`, [., 3]: row, first and last byte), and how many
    need Python to normalise them (`unsure`: their rows). `breaking` is the number of the token `BREAKS_SPACY`.
    """
    points, places, cut = room.points, room.places, room.cut
    num_urls, num_unsure = 0, 0
    for index in range(len(rows)):
        row = rows[index]
        start, length = chunks.offset[row], np.int64(chunks.length[row])
        number = decode(chunks.arena, start, length, points, places)
        num_tokens = split(points, places, number, chunks.arena, classes, cases, cut, verdicts[index])
        if num_tokens < 0:
            urls[num_urls, 0] = row
            urls[num_urls, 1] = places[cut.middle[0]]
            urls[num_urls, 2] = places[cut.middle[1]]
            num_urls += 1
            continue
        put_tokens(lexicon, row, points, places, chunks.arena, classes, cut, num_tokens)
        put_facts(lexicon, row, points, number)
        apply_last_pass(lexicon, row, patterns, breaking, room.matches)
        if not put_normal_form(lexicon, row, points, number, classes, cases, room):
            unsure[num_unsure] = row
            num_unsure += 1
    return num_urls, num_unsure


@inner
def decode(source: Bytes, start: Any, length: Any, points: Integers, places: Integers) -> Any:
    """The characters of a chunk and where each one starts; how many."""
    number, place = 0, start
    while place < start + length:
        places[number] = place
        points[number], size = code_point(source, place)
        number += 1
        place += size
    places[number] = place
    return number


@inner
def put_tokens(
    lexicon: Lexicon,
    row: int,
    points: Integers,
    places: Integers,
    source: Bytes,
    classes: Classes,
    cut: Cut,
    num_tokens: int,
) -> None:
    """Write a chunk's tokens as they are before the last pass."""
    first = lexicon.used[0]
    start = 0
    for token in range(num_tokens):
        put_token(lexicon, first + token, points, places, start, cut.ends[token], source, classes)
        start = cut.ends[token]
    lexicon.used[0] = first + num_tokens
    lexicon.facts[row, FIRST_RAW] = first
    lexicon.facts[row, NUM_RAW] = num_tokens


@inner
def apply_last_pass(lexicon: Lexicon, row: int, patterns: Patterns, breaking: int, matches: Matches) -> None:
    """Set a chunk's tokens as they are when it stands alone."""
    facts = lexicon.facts
    first, number = facts[row, FIRST_RAW], facts[row, NUM_RAW]
    facts[row, FIRST_TOKEN] = first
    facts[row, NUM_TOKENS] = number
    raw = lexicon.tokens[first : first + number]
    candidates = False
    for token in range(number):
        if raw[token, NUMBER] == breaking:
            facts[row, FLAGS] |= BREAKS
        if token > 0:
            candidates |= max(raw[token - 1, NUMBER], raw[token, NUMBER]) < patterns.num_texts[0]
    if not candidates:
        return
    num_matches = find_matches(raw, patterns, matches)
    if num_matches == 0:
        return
    begin = lexicon.used[0]
    end = put_replaced(raw, 0, number, patterns, matches, num_matches, lexicon.tokens, begin)
    changed = end - begin != number
    for token in range(begin, end):
        changed |= not changed and lexicon.tokens[token, NUMBER] != raw[token - begin, NUMBER]
    if changed:
        lexicon.used[0] = end
        facts[row, FIRST_TOKEN] = begin
        facts[row, NUM_TOKENS] = end - begin
        facts[row, FLAGS] |= CHANGED


@inner
def put_facts(lexicon: Lexicon, row: int, points: Integers, number: int) -> None:
    """Count what the rules count in a chunk, set its flags, and put its characters in lower case where it matters."""
    facts = lexicon.facts
    num_hashes, num_ellipses, num_dots, flags = 0, 0, 0, 0
    if points[0] in (0x2022, 0x2D):
        flags |= BULLET
    for place in range(number):
        point = points[place]
        if point == 0x2E:
            num_dots += 1
            continue
        num_ellipses += num_dots // 3 + (point == 0x2026)
        num_dots = 0
        num_hashes += point == 0x23
        if point == 0x7B:
            flags |= CURLY
        elif point == 0x5B:
            flags |= BRACKET
    if num_dots >= 3 or points[number - 1] == 0x2026:
        flags |= END_ELLIPSIS
    facts[row, CHARACTERS] = number
    facts[row, FLAGS] = flags | phrase_flags(points, number)
    facts[row, NUM_HASHES] = num_hashes
    facts[row, NUM_ELLIPSES] = num_ellipses + num_dots // 3


@inner
def phrase_flags(points: Integers, number: int) -> Any:
    """Flags of the words and phrases that C4's rules look for in lower case."""
    flags = 0
    for bit, word in ((BEGINS_IPSUM, _IPSUM), (BEGINS_USE, _USE), (BEGINS_POLICY, _POLICY), (BEGINS_COOKIES, _COOKIES)):
        if stands(points, 0, number, word):
            flags |= bit
    for bit, word in ((ENDS_LOREM, _LOREM), (ENDS_TERMS, _TERMS), (ENDS_PRIVACY, _PRIVACY), (ENDS_COOKIE, _COOKIE)):
        if stands(points, number - len(word), number, word):
            flags |= bit
    if stands(points, number - len(_USES), number, _USES):
        flags |= ENDS_USES
    if stands(points, number - len(_USE), number, _USE):
        flags |= ENDS_USE
    if number == len(_OF) and stands(points, 0, number, _OF):
        flags |= IS_OF
    for place in range(number - len(_JAVASCRIPT) + 1):
        if stands(points, place, number, _JAVASCRIPT):
            flags |= JAVASCRIPT
            break
    return flags


@inner
def stands(points: Integers, place: int, number: int, word: Integers) -> Any:
    """Whether `word`, which is in lower case, stands at `place` in any case."""
    if place < 0 or place + len(word) > number:
        return False
    for index in range(len(word)):
        point = points[place + index]
        if 0x41 <= point <= 0x5A:
            point += 0x20
        elif point == 0x212A:  # the Kelvin sign is the one other character whose lower case is an ASCII letter
            point = 0x6B
        if point != word[index]:
            return False
    return True


@inner
def put_normal_form(
    lexicon: Lexicon, row: int, points: Integers, number: int, classes: Classes, cases: Cases, room: Room
) -> Any:
    """Write the words of a chunk's normal form; False if Python has to make it."""
    target, target_points, target_places, cut = room.normal, room.normal_points, room.normal_places, room.normal_cut
    begin_row(lexicon, row)
    place, length, end = 0, 0, 0
    while place <= number:
        point = points[place] if place < number else 0
        if place == number or classes.kind[point] & BLANK:
            if length > 0:
                target_places[length] = end
                put_normal_words(lexicon, row, target, target_points, target_places, length, classes, cases, cut)
            length, end, place = 0, 0, place + 1
            continue
        form: Any = np.int64(classes.normal[point])
        if classes.kind[point] & DIGIT:
            place = behind_number(points, place, number, classes)
            form = 0x30
        else:
            place += 1
        if form == UNSURE:
            return False
        if form == DROPPED:
            continue
        first: Any = 0
        last: Any = 1
        if form & SEQUENCE:
            first = form & (SEQUENCE - 1)
            last = first + np.int64(classes.sequences[first])
        for index in range(first, last):
            target_points[length] = np.int64(classes.sequences[index + 1]) if form & SEQUENCE else form
            target_places[length] = end
            end = put_code_point(target, end, target_points[length])
            length += 1
    return True


@inner
def begin_row(lexicon: Lexicon, row: int) -> None:
    """The normal form of `row` starts here, empty."""
    facts = lexicon.facts
    facts[row, NORMAL], facts[row, NORMAL_BYTES] = lexicon.used[1], 0
    facts[row, FIRST_NORMAL], facts[row, NUM_NORMAL] = lexicon.used[2], 0


@inner
def behind_number(points: Integers, place: int, number: int, classes: Classes) -> Any:
    """Behind the digits at `place`, and behind one separator and digits if there are: the whole counts as one 0."""
    while place < number and classes.kind[points[place]] & DIGIT:
        place += 1
    if place + 1 < number and classes.kind[points[place + 1]] & DIGIT:
        if points[place] in (0x2C, 0x2E, 0x60C, 0x66B, 0x2396, 0x2397, 0x2398):
            place += 1
            while place < number and classes.kind[points[place]] & DIGIT:
                place += 1
    return place


@inner
def put_normal_words(
    lexicon: Lexicon,
    row: int,
    source: Bytes,
    points: Integers,
    places: Integers,
    number: int,
    classes: Classes,
    cases: Cases,
    cut: Cut,
) -> None:
    """Add the words of one piece of a normal form."""
    num_words = split(points, places, number, source, classes, cases, cut, IS_NO_URL)
    start, word, end, lengths = 0, 0, lexicon.used[1], lexicon.used[2]
    while word < num_words:
        stop = cut.ends[word]
        if points[start] == 0x2018 and stop == start + 1 and word + 1 < num_words:  # special.NORMAL_PATTERN
            if points[stop] == 0x73 and cut.ends[word + 1] == stop + 1:
                word += 1
                stop += 1
        length = places[stop] - places[start]
        copy(lexicon.normal, end, source, places[start], length)
        lexicon.normal[end + length] = 0x20
        lexicon.normal_lengths[lengths] = length
        end += length + 1
        lengths += 1
        word += 1
        start = stop
    lexicon.facts[row, NORMAL_BYTES] = end - lexicon.facts[row, NORMAL]
    lexicon.facts[row, NUM_NORMAL] += lengths - lexicon.used[2]
    lexicon.used[1] = end
    lexicon.used[2] = lengths


@kernel
def put_normal_text(
    lexicon: Lexicon, row: int, text: Bytes, length: int, classes: Classes, cases: Cases, room: Room
) -> None:
    """Write the words of a normal form that Python made: pieces with a space behind each."""
    points, places = room.points, room.places
    begin_row(lexicon, row)
    start = 0
    for end in range(length):
        if text[end] == 0x20:
            number = decode(text, start, end - start, points, places)
            if number > 0:
                put_normal_words(lexicon, row, text, points, places, number, classes, cases, room.cut)
            start = end + 1
