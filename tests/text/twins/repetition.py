"""How much of a text repeats itself: the repetition rules of Gopher (arXiv:2112.11446, table A1).

Every value is a share of the text's length in characters, or of its lines or paragraphs. A duplicate is the second or
a later occurrence.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cache

import numpy as np
import numpy.typing as npt

from pipelines.text.quality.repetition import RULES
from pipelines.text.rules import QualityRules, Values, first_failure, share

TOP_SIZES = (2, 3, 4)
"""Lengths in words of the most frequent n-gram."""
DUPLICATED_SIZES = (5, 6, 7, 8, 9, 10)
"""Lengths in words of the duplicated n-grams."""

PARAGRAPH_BREAK = re.compile(r"\n{2,}")
LINE_BREAK = re.compile(r"\n+")


# Any odd number has an inverse modulo 2^64; this is 2^64 divided by the golden ratio, made odd.
_BASE = 0x9E3779B97F4A7C15
_BLOCK = 4096


def measure(text: str, words: Sequence[str]) -> dict[str, float]:
    """All values of this family for `text`, whose words are `words`; NaN throughout for an empty text."""
    paragraphs, lines = PARAGRAPH_BREAK.split(text.strip()), LINE_BREAK.split(text)
    num_duplicate_paragraphs, paragraph_characters = duplicates(paragraphs)
    num_duplicate_lines, line_characters = duplicates(lines)
    values = {
        "dup_para_frac": share(num_duplicate_paragraphs, len(paragraphs)),
        "dup_para_char_frac": share(paragraph_characters, len(text)),
        "dup_line_frac": share(num_duplicate_lines, len(lines)),
        "dup_line_char_frac": share(line_characters, len(text)),
    }
    for size in TOP_SIZES:
        gram, count = top_gram(words, size)
        values[f"top_{size}_gram"] = share(len(" ".join(gram)) * count, len(text))
    for size, characters in zip(DUPLICATED_SIZES, duplicated_characters(words, DUPLICATED_SIZES), strict=True):
        values[f"duplicated_{size}_n_grams"] = share(characters, len(text))
    return values


def first_reason(text: str, values: Values, rules: QualityRules) -> str | None:
    """Why this family rejects `text`, None if it does not."""
    return first_failure(RULES, values, rules) if text else "empty"


def duplicates(parts: Iterable[str]) -> tuple[int, int]:
    """Number of duplicates among `parts`, and their characters."""
    seen: set[str] = set()
    number = characters = 0
    for part in parts:
        if part in seen:
            number += 1
            characters += len(part)
        else:
            seen.add(part)
    return number, characters


def top_gram(words: Sequence[str], size: int) -> tuple[tuple[str, ...], int]:
    """The most frequent run of `size` words (the first seen of equals) and how often it occurs, overlaps counted."""
    counts = Counter(zip(*(words[start:] for start in range(size)), strict=False))
    return counts.most_common(1)[0] if counts else ((), 0)


def duplicated_characters(words: Sequence[str], sizes: Sequence[int]) -> list[int]:
    """For each size, the characters of the n-grams that were seen before on a walk through the words.

    The walk steps over an n-gram it has seen and one word on otherwise. Two n-grams are the same if their words are
    when written without a space (`ab c` is `a bc`, as in the reference). Most n-grams occur once: a 64-bit fingerprint
    finds those that may not, and only they are compared, by their characters, so a collision costs time and no result.
    """
    joined = "".join(words)
    starts = np.cumsum([0, *map(len, words)])
    sums, unshift = _prefix_sums(joined)
    result = []
    for size in sizes:
        begins, ends = starts[:-size], starts[size:]
        marks = (sums[ends] - sums[begins]) * unshift[begins]
        result.append(_walk(joined, begins, ends, np.flatnonzero(_recurs(marks)).tolist(), size))
    return result


def _walk(joined: str, begins: npt.NDArray[np.int64], ends: npt.NDArray[np.int64], places: list[int], size: int) -> int:
    """Characters stepped over; `places` are the word positions whose n-gram may occur elsewhere too."""
    seen: set[str] = set()
    characters = position = 0
    for place in places:
        if place < position:
            continue
        gram = joined[begins[place] : ends[place]]
        if gram in seen:
            characters += len(gram)
            position = place + size
        else:
            seen.add(gram)
    return characters


def _recurs(marks: npt.NDArray[np.uint64]) -> npt.NDArray[np.bool_]:
    """True where a mark occurs more than once."""
    order = np.argsort(marks)
    same = np.zeros(len(marks) + 1, np.bool_)
    same[1:-1] = marks[order[1:]] == marks[order[:-1]]
    result = np.empty(len(marks), np.bool_)
    result[order] = same[:-1] | same[1:]
    return result


def _prefix_sums(text: str) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.uint64]]:
    """`sums[i]` = Σ_{j<i} code point_j · B^j and `unshift[i]` = B^-i, modulo 2^64.

    `(sums[j] - sums[i]) · unshift[i]` is then the same for equal substrings wherever they stand.
    """
    points = np.frombuffer(text.encode("utf-32-le"), "<u4").astype(np.uint64)
    sums = np.zeros(len(points) + 1, np.uint64)
    np.cumsum(points * _powers(_BASE, len(points)), out=sums[1:])
    return sums, _powers(pow(_BASE, -1, 1 << 64), len(points) + 1)


def _powers(base: int, length: int) -> npt.NDArray[np.uint64]:
    """`base` to the power of 0, 1, …, `length` - 1, modulo 2^64."""
    num_blocks = -(-length // _BLOCK)
    block_starts = np.array([pow(base, block * _BLOCK, 1 << 64) for block in range(num_blocks)], np.uint64)
    return (block_starts[:, None] * _first_powers(base)).ravel()[:length]


@cache
def _first_powers(base: int) -> npt.NDArray[np.uint64]:
    return np.array([pow(base, exponent, 1 << 64) for exponent in range(_BLOCK)], np.uint64)
