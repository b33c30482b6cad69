"""Which lines of a page stay and whether the page does: the rules of C4 (arXiv:1910.10683, section 2.2).

As FineWeb runs them: without the rule that a line must end in terminal punctuation, without the list of bad words.
Words are counted before citations are removed. The placeholder is looked for before JavaScript, the bracket behind it
and before the policies, so a bracket on a line about JavaScript rejects nothing and one in a policy does.
"""

from operator import lt
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from pipelines.text.quality.citations import Rewritten
from pipelines.text.quality.fields import COLUMN
from pipelines.text.quality.work import Work
from pipelines.text.rules import Rule
from pipelines.text.scan.compiled import inner, kernel
from pipelines.text.scan.memory import Bytes, copy
from pipelines.text.scan.strings import Integers
from pipelines.text.words.context import Occurrences, one_space
from pipelines.text.words.lexicon import (
    BEGINS_COOKIES,
    BEGINS_IPSUM,
    BEGINS_POLICY,
    BEGINS_USE,
    CHARACTERS,
    CURLY,
    ENDS_COOKIE,
    ENDS_LOREM,
    ENDS_PRIVACY,
    ENDS_SENTENCE,
    ENDS_TERMS,
    ENDS_USE,
    ENDS_USES,
    FIRST_TOKEN,
    FLAGS,
    IS_OF,
    IS_PUNCTUATION,
    JAVASCRIPT,
    NUM_TOKENS,
    PHRASES,
    TOKEN_FLAGS,
    Lexicon,
)

RULES = (Rule("too_few_sentences", "num_sentences", lt, "min_num_sentences"),)

NOTHING, LOREM_IPSUM, CURLY_BRACKET = range(3)
"""What rejects a page whatever else is on it."""

POLICY = CURLY_BRACKET + 1  # found on a line that is left out

_SENTENCES, _DROPPED = COLUMN["num_sentences"], COLUMN["num_dropped_lines"]
_LOREM, _CURLY = COLUMN["num_lorem_ipsum_lines"], COLUMN["num_curly_bracket_lines"]

Row = npt.NDArray[np.float64]


class Limits(NamedTuple):
    """What the kernels have to know of `QualityRules`."""

    min_line_words: float
    max_line_word_length: float
    short_line_length: float
    reject_lorem_ipsum: bool
    reject_curly_bracket: bool
    num_stop_words: int


@inner
def clean(
    occurrences: Occurrences,
    rewritten: Rewritten,
    num_lines: int,
    lexicon: Lexicon,
    limits: Limits,
    work: Work,
    target: Bytes,
    place: int,
    values: Row,
) -> Any:
    """Write the lines that stay to `target` from `place` on, a newline between them.

    Returns the place behind them, their words, and what rejects the page first.
    """
    num_kept, num_words, num_sentences, num_lorem, num_curly, fatal = 0, 0, 0, 0, 0, NOTHING
    special = 0
    if num_lines > 0:
        special = np.searchsorted(rewritten.line, work.lines[0, 0])
    for line in range(num_lines):
        start, first, last = work.lines[line, 0], work.lines[line, 2], work.lines[line, 3]
        is_rewritten = rewritten.line[special] == start
        special += is_rewritten
        if not is_long_enough(occurrences, first, last, lexicon, limits):
            continue
        chosen, end = occurrences, start
        if first < last:
            start, end = occurrences.start[first], occurrences.end[last - 1]
        if is_rewritten:
            chosen = rewritten.occurrences
            start, end = chosen.offsets[special - 1], chosen.offsets[special]
            first, last = chosen.first[special - 1], chosen.first[special]
        lorem, script, curly, policy = line_marks(chosen, first, last, lexicon)
        num_lorem += lorem
        num_curly += curly and not script
        if fatal == NOTHING:
            if lorem and limits.reject_lorem_ipsum:
                fatal = LOREM_IPSUM
            elif curly and not script and limits.reject_curly_bracket:
                fatal = CURLY_BRACKET
        if script or policy:
            continue
        if num_kept > 0:
            target[place] = 0x0A
            place += 1
        copy(target, place, chosen.bytes, start, end - start)
        place += end - start
        num_kept += 1
        num_sentences += count_sentences(chosen, first, last, start, end, lexicon)
        for occurrence in range(first, last):
            num_words += lexicon.facts[chosen.row[occurrence], NUM_TOKENS]
    values[_SENTENCES] = num_sentences
    values[_DROPPED] = num_lines - num_kept
    values[_LOREM], values[_CURLY] = num_lorem, num_curly
    return place, num_words, fatal


@inner
def is_long_enough(occurrences: Occurrences, first: int, last: int, lexicon: Lexicon, limits: Limits) -> Any:
    """Whether a line has enough words (`str.split`) and none that is too long."""
    if last - first < limits.min_line_words:
        return False
    longest = 0
    for occurrence in range(first, last):
        longest = max(longest, lexicon.facts[occurrences.row[occurrence], CHARACTERS])
    return longest <= limits.max_line_word_length


@inner
def line_marks(occurrences: Occurrences, first: int, last: int, lexicon: Lexicon) -> Any:
    """Whether a line holds the placeholder, JavaScript, a curly bracket, a policy."""
    flags = 0
    for occurrence in range(first, last):
        flags |= lexicon.facts[occurrences.row[occurrence], FLAGS]
    lorem, policy = False, False
    if flags & PHRASES:
        for occurrence in range(first, last - 1):
            if lexicon.facts[occurrences.row[occurrence], FLAGS] & PHRASES:
                found = phrase_at(occurrences, occurrence, last, lexicon)
                lorem |= found == LOREM_IPSUM
                policy |= found == POLICY
    return lorem, (flags & JAVASCRIPT) != 0, (flags & CURLY) != 0, policy


@inner
def phrase_at(occurrences: Occurrences, occurrence: int, last: int, lexicon: Lexicon) -> Any:
    """What begins in this occurrence and goes on behind one space: the placeholder, a policy, or nothing."""
    source, start, end = occurrences.bytes, occurrences.start, occurrences.end
    if not one_space(source, end[occurrence], start[occurrence + 1]):
        return NOTHING
    flags = lexicon.facts[occurrences.row[occurrence], FLAGS]
    behind = lexicon.facts[occurrences.row[occurrence + 1], FLAGS]
    if flags & ENDS_LOREM and behind & BEGINS_IPSUM:
        return LOREM_IPSUM
    if flags & (ENDS_PRIVACY | ENDS_COOKIE) and behind & BEGINS_POLICY:
        return POLICY
    if flags & (ENDS_USES | ENDS_USE) and behind & BEGINS_COOKIES:
        return POLICY
    if behind & IS_OF and occurrence + 2 < last and one_space(source, end[occurrence + 1], start[occurrence + 2]):
        third = lexicon.facts[occurrences.row[occurrence + 2], FLAGS]
        if (flags & ENDS_TERMS and third & BEGINS_USE) or (flags & ENDS_USE and third & BEGINS_COOKIES):
            return POLICY
    return NOTHING


@inner
def count_sentences(occurrences: Occurrences, first: int, last: int, start: int, end: int, lexicon: Lexicon) -> Any:
    """Number of sentences that spaCy's sentencizer sees between two bytes; 0 if nothing is between them.

    A sentence starts at the first token behind a sentence end that is neither one nor punctuation. Whitespace beyond
    one space behind a word is a token to spaCy, and one that can start a sentence.
    """
    if start == end:
        return 0
    source, number, ended, place = occurrences.bytes, 1, False, start
    for occurrence in range(first, last):
        if ended and occurrences.start[occurrence] > place:
            if not one_space(source, place, occurrences.start[occurrence]):
                number += 1
                ended = False
        row = occurrences.row[occurrence]
        begin = lexicon.facts[row, FIRST_TOKEN]
        for token in range(begin, begin + lexicon.facts[row, NUM_TOKENS]):
            flags = lexicon.tokens[token, TOKEN_FLAGS]
            if flags & ENDS_SENTENCE:
                ended = True
            elif ended and not flags & IS_PUNCTUATION:
                number += 1
                ended = False
        place = occurrences.end[occurrence]
    if ended and end > place and not one_space(source, place, end):
        number += 1
    return number


@kernel
def sentences_of(occurrences: Occurrences, lexicon: Lexicon, numbers: Integers) -> None:
    """Number of sentences of each document."""
    for document in range(len(numbers)):
        first, last = occurrences.first[document], occurrences.first[document + 1]
        start, end = occurrences.offsets[document], occurrences.offsets[document + 1]
        numbers[document] = count_sentences(occurrences, first, last, start, end, lexicon)
