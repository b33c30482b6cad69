"""What the rules count in a chunk and which phrases it may be a part of."""

from typing import Any

import numpy as np

from pipelines.text.scan.compiled import inner
from pipelines.text.scan.strings import Integers
from pipelines.text.words.lexicon import (
    BEGINS_COOKIES,
    BEGINS_IPSUM,
    BEGINS_POLICY,
    BEGINS_USE,
    BRACKET,
    BULLET,
    CHARACTERS,
    CURLY,
    END_ELLIPSIS,
    ENDS_COOKIE,
    ENDS_LOREM,
    ENDS_PRIVACY,
    ENDS_TERMS,
    ENDS_USE,
    ENDS_USES,
    FLAGS,
    IS_OF,
    JAVASCRIPT,
    NUM_ELLIPSES,
    NUM_HASHES,
    Lexicon,
)


def _points(text: str) -> Integers:
    return np.array(list(map(ord, text)), np.int64)


_JAVASCRIPT, _LOREM, _IPSUM, _TERMS, _OF = map(_points, ("javascript", "lorem", "ipsum", "terms", "of"))
_USE, _USES, _PRIVACY, _POLICY = map(_points, ("use", "uses", "privacy", "policy"))
_COOKIE, _COOKIES = map(_points, ("cookie", "cookies"))


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
