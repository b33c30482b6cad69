"""MinHash's normal form of a chunk, and the words of that."""

from typing import Any

import numpy as np

from pipelines.text.scan.compiled import inner, kernel
from pipelines.text.scan.memory import Bytes, copy, put_code_point
from pipelines.text.scan.strings import Integers
from pipelines.text.words.affixes import Cases, Cut, split
from pipelines.text.words.classes import BLANK, DIGIT, DROPPED, SEQUENCE, UNSURE, Classes
from pipelines.text.words.lexicon import (
    FIRST_NORMAL,
    NORMAL,
    NORMAL_BYTES,
    NUM_NORMAL,
    Lexicon,
)
from pipelines.text.words.room import Room, decode
from pipelines.text.words.urls import IS_NO_URL


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
