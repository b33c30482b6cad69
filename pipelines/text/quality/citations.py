"""Lines with Wikipedia's marks, which C4 removes: such a line is written anew and scanned as a document of its own."""

from typing import Any, NamedTuple

import numpy as np

from pipelines.text.quality.lines import find_lines
from pipelines.text.quality.work import Work
from pipelines.text.scan.compiled import inner, kernel
from pipelines.text.scan.memory import PADDING, Bytes, code_point
from pipelines.text.scan.strings import Integers
from pipelines.text.words.classes import DECIMAL, Classes
from pipelines.text.words.context import Occurrences
from pipelines.text.words.lexicon import BRACKET, FLAGS, Lexicon


class Rewritten(NamedTuple):
    """Lines without the marks they had."""

    line: Integers
    """[lines + 1]: where each one started in the scan's bytes, ascending; then a number that is larger than any."""
    occurrences: Occurrences
    """Their own scan: a document for each line."""


_EDIT = np.frombuffer(bytearray(b"[edit]"), np.uint8)
_NEEDED = np.frombuffer(bytearray(b"[citation needed]"), np.uint8)


@inner
def citation_length(source: Bytes, place: int, end: int, classes: Classes) -> Any:
    r"""Bytes of what `\[\d*]|\[edit]|\[citation needed]` matches at `place`; 0 if nothing."""
    if source[place] != 0x5B:
        return 0
    behind = place + 1
    while behind < end:
        if source[behind] == 0x5D:
            return behind + 1 - place
        point, length = code_point(source, behind)
        if classes.kind[point] & DECIMAL == 0:
            break
        behind += length
    if stands_at(source, place, end, _EDIT):
        return len(_EDIT)
    return len(_NEEDED) if stands_at(source, place, end, _NEEDED) else 0


@inner
def stands_at(source: Bytes, place: int, end: int, text: Bytes) -> Any:
    """Whether `text` stands at `place`, before `end`."""
    if place + len(text) > end:
        return False
    for index in range(len(text)):
        if source[place + index] != text[index]:
            return False
    return True


@kernel
def without_citations(occurrences: Occurrences, lexicon: Lexicon, classes: Classes, work: Work) -> Any:
    """The stripped lines that hold citations, without them: where they started, their bytes, and their offsets."""
    source = occurrences.bytes
    bracketed = _num_bracketed(occurrences, lexicon)
    starts, offsets = np.empty(bracketed[0] + 1, np.int64), np.zeros(bracketed[0] + 1, np.int64)
    target = np.zeros(bracketed[1] + PADDING, np.uint8)
    number, used = 0, 0
    for document in range(len(occurrences.offsets) - 1):
        if not _has_bracket(occurrences, lexicon, occurrences.first[document], occurrences.first[document + 1]):
            continue
        num_lines, _ = find_lines(occurrences, document, work)
        for line in range(num_lines):
            first, last = work.lines[line, 2], work.lines[line, 3]
            if not _has_bracket(occurrences, lexicon, first, last):
                continue
            place, end, behind = occurrences.start[first], occurrences.end[last - 1], used
            changed = False
            while place < end:
                length = citation_length(source, place, end, classes)
                changed |= length > 0
                if length == 0:
                    target[behind] = source[place]
                    behind += 1
                place += max(length, 1)
            if changed:
                starts[number] = work.lines[line, 0]
                number += 1
                offsets[number] = behind
                used = behind
    starts[number] = len(source)
    target[used:] = 0
    return starts[: number + 1].copy(), target[: used + PADDING].copy(), offsets[: number + 1].copy()


@inner
def _num_bracketed(occurrences: Occurrences, lexicon: Lexicon) -> Any:
    """Upper bounds of lines with citations, and of their bytes: brackets, and documents with one."""
    brackets, num_bytes = 0, 0
    for document in range(len(occurrences.offsets) - 1):
        before = brackets
        for place in range(occurrences.first[document], occurrences.first[document + 1]):
            brackets += (lexicon.facts[occurrences.row[place], FLAGS] & BRACKET) != 0
        if brackets > before:
            num_bytes += occurrences.offsets[document + 1] - occurrences.offsets[document]
    return brackets, num_bytes


@inner
def _has_bracket(occurrences: Occurrences, lexicon: Lexicon, first: int, last: int) -> Any:
    for place in range(first, last):
        if lexicon.facts[occurrences.row[place], FLAGS] & BRACKET:
            return True
    return False
