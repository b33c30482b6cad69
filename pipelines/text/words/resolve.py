"""The kernel that finds out what is to know of a new chunk."""

from typing import Any

import numpy as np
import numpy.typing as npt

from pipelines.text.scan.compiled import inner, kernel
from pipelines.text.scan.memory import Bytes
from pipelines.text.scan.strings import Integers, Strings
from pipelines.text.words.affixes import Cases, Cut, split
from pipelines.text.words.classes import Classes
from pipelines.text.words.facts import put_facts
from pipelines.text.words.lexicon import (
    BREAKS,
    CHANGED,
    FIRST_RAW,
    FIRST_TOKEN,
    FLAGS,
    NUM_RAW,
    NUM_TOKENS,
    NUMBER,
    Lexicon,
    put_token,
)
from pipelines.text.words.normal import put_normal_form
from pipelines.text.words.room import Room, decode
from pipelines.text.words.special import Matches, Patterns, find_matches, put_replaced


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
