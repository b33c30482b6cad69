"""Whether a text is made of words and lines as prose is: the quality rules of Gopher (arXiv:2112.11446, A.1.1)."""

from operator import gt, lt
from typing import Any

import numpy as np
import numpy.typing as npt

from pipelines.text.quality.fields import COLUMN
from pipelines.text.quality.work import Work, share
from pipelines.text.rules import Rule
from pipelines.text.scan.compiled import inner
from pipelines.text.scan.memory import copy
from pipelines.text.words.context import Occurrences
from pipelines.text.words.lexicon import (
    BULLET,
    END_ELLIPSIS,
    FIRST_TOKEN,
    FLAGS,
    IS_ALPHA,
    IS_WORD,
    NUM_ELLIPSES,
    NUM_HASHES,
    NUM_TOKENS,
    NUMBER,
    TOKEN_BYTES,
    TOKEN_CHARACTERS,
    TOKEN_FLAGS,
    Lexicon,
)

TOO_SHORT = "gopher_short_doc"

RULES = (
    Rule(TOO_SHORT, "num_non_symbol_words", lt, "min_num_non_symbol_words"),
    Rule("gopher_long_doc", "num_non_symbol_words", gt, "max_num_non_symbol_words"),
    Rule("gopher_below_avg_threshold", "mean_word_length", lt, "min_mean_word_length"),
    Rule("gopher_above_avg_threshold", "mean_word_length", gt, "max_mean_word_length"),
    Rule("gopher_too_many_hashes", "hash_word_ratio", gt, "max_hash_word_ratio"),
    Rule("gopher_too_many_ellipsis", "ellipsis_word_ratio", gt, "max_ellipsis_word_ratio"),
    Rule("gopher_too_many_bullets", "bullet_line_frac", gt, "max_bullet_line_frac"),
    Rule("gopher_too_many_end_ellipsis", "end_ellipsis_line_frac", gt, "max_end_ellipsis_line_frac"),
    Rule("gopher_below_alpha_threshold", "alpha_word_frac", lt, "min_alpha_word_frac"),
    Rule("gopher_enough_stop_words", "num_stop_words", lt, "min_num_stop_words"),
)

_WORDS, _NON_SYMBOL, _MEAN = COLUMN["num_words"], COLUMN["num_non_symbol_words"], COLUMN["mean_word_length"]
_HASHES, _ELLIPSES, _ALPHA = COLUMN["hash_word_ratio"], COLUMN["ellipsis_word_ratio"], COLUMN["alpha_word_frac"]
_STOP_WORDS = COLUMN["num_stop_words"]
_BULLETS, _END_ELLIPSES = COLUMN["bullet_line_frac"], COLUMN["end_ellipsis_line_frac"]

Row = npt.NDArray[np.float64]


@inner
def measure_words(
    occurrences: Occurrences, document: int, lexicon: Lexicon, num_stop_words: int, work: Work, values: Row
) -> Any:
    """The values of words; the words themselves are put into `work`. How many, and all hashes and ellipses."""
    facts, tokens = lexicon.facts, lexicon.tokens
    num_words, joined, characters = 0, 0, 0
    num_non_symbol, non_symbol_characters, num_alpha = 0, 0, 0
    stop_words = np.uint64(0)
    work.place[0], work.characters[0] = 0, 0
    for occurrence in range(occurrences.first[document], occurrences.first[document + 1]):
        row = occurrences.row[occurrence]
        start = occurrences.start[occurrence]
        copy(work.joined, joined, occurrences.bytes, start, occurrences.end[occurrence] - start)
        first = facts[row, FIRST_TOKEN]
        for token in range(first, first + facts[row, NUM_TOKENS]):
            number, length, flags = tokens[token, NUMBER], tokens[token, TOKEN_CHARACTERS], tokens[token, TOKEN_FLAGS]
            work.token[num_words] = number
            joined += tokens[token, TOKEN_BYTES]
            characters += length
            num_words += 1
            work.place[num_words], work.characters[num_words] = joined, characters
            if flags & IS_WORD:
                num_non_symbol += 1
                non_symbol_characters += length
            num_alpha += (flags & IS_ALPHA) != 0
            if number < num_stop_words:
                stop_words |= np.uint64(1) << np.uint64(number)
    values[_WORDS] = num_words
    values[_NON_SYMBOL] = num_non_symbol
    values[_MEAN] = share(non_symbol_characters, num_non_symbol)
    values[_ALPHA] = share(num_alpha, num_words)
    values[_STOP_WORDS] = num_bits(stop_words)
    return num_words


@inner
def num_bits(value: Any) -> Any:
    """How many bits are set."""
    number = 0
    while value != np.uint64(0):
        value &= value - np.uint64(1)
        number += 1
    return number


@inner
def measure_lines(
    occurrences: Occurrences, document: int, lexicon: Lexicon, num_words: int, num_lines: int, work: Work, values: Row
) -> None:
    """The values of lines, and of signs for each of `num_words` words."""
    facts = lexicon.facts
    num_hashes, num_ellipses, num_bullets, num_end_ellipses = 0, 0, 0, 0
    for occurrence in range(occurrences.first[document], occurrences.first[document + 1]):
        row = occurrences.row[occurrence]
        num_hashes += facts[row, NUM_HASHES]
        num_ellipses += facts[row, NUM_ELLIPSES]
    for line in range(num_lines):
        first, last = work.lines[line, 2], work.lines[line, 3]
        if first < last:
            num_bullets += (facts[occurrences.row[first], FLAGS] & BULLET) != 0
            num_end_ellipses += (facts[occurrences.row[last - 1], FLAGS] & END_ELLIPSIS) != 0
    values[_HASHES] = share(num_hashes, num_words)
    values[_ELLIPSES] = share(num_ellipses, num_words)
    values[_BULLETS] = share(num_bullets, num_lines)
    values[_END_ELLIPSES] = share(num_end_ellipses, num_lines)
