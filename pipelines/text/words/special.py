"""spaCy's last pass: special cases whose tokens stand side by side are joined, also across a single space.

The pass looks for sequences of token texts (`Patterns`), longest first, then leftmost. A match counts unless its first
or last token lies in one that comes before it in this order, whether that one counted or not. What counts is replaced
by the tokens of its special case; across a space nothing is, because no special case holds a space, so a match that
crosses one can only keep others from counting: `hello:(` is two tokens, `hello:( (` four.
"""

from functools import cache
from itertools import accumulate
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from spacy.tokenizer import Tokenizer
from spacy.vocab import Vocab

from pipelines.text.characters import SYMBOLS
from pipelines.text.scan.compiled import inner, kernel
from pipelines.text.scan.memory import mix
from pipelines.text.scan.strings import Integers, new_strings
from pipelines.text.words.affixes import MAX_CASE_BYTES, Cases
from pipelines.text.words.classes import english_tokenizer

MAX_PATTERN_TOKENS = 11
"""Tokens of the longest pattern (asserted where they are read)."""

NORMAL_PATTERN = (("‘", "s"), ("‘s",))
"""The one pattern that can stand in MinHash's normal form, which is lower case and has few signs (asserted as above).

It cannot overlap itself, so there is nothing for a match across a space to hide."""

Tokens = npt.NDArray[np.int32]


class Patterns(NamedTuple):
    """What the last pass looks for, as a tree of token numbers."""

    edges: npt.NDArray[np.uint64]
    """[2^k, 2]: node << 32 | token number + 1 (0: free), the node behind it."""
    ends: Integers
    """[nodes]: the pattern that ends here, or -1."""
    first_token: Integers
    """[patterns + 1]: where the tokens that take a pattern's place start."""
    tokens: Tokens
    """These tokens, in the form of `Lexicon.tokens`."""
    num_texts: Integers
    """[1]: tokens with a smaller number than this may be in a pattern, the others are not."""


class Matches(NamedTuple):
    """Matches in a sequence of tokens, by start."""

    start: Integers
    end: Integers
    pattern: Integers
    counts: npt.NDArray[np.bool_]


@cache
def special_cases() -> Cases:
    """All special cases, as the kernels look them up."""
    tokenizer = english_tokenizer()
    cut = {case: [len(token.text) for token in tokenizer(case)] for case in tokenizer.rules if case.strip()}
    if any(sum(lengths) != len(case) for case, lengths in cut.items()):
        raise ImportError("a special case of spaCy holds whitespace: the kernels cannot read this version's")
    return _as_cases(cut)


def _as_cases(cut: dict[str, list[int]]) -> Cases:
    strings = new_strings([case.encode() for case in cut])
    if max(strings.length) > MAX_CASE_BYTES:
        raise ImportError(f"a special case of spaCy is longer than {MAX_CASE_BYTES} bytes: raise MAX_CASE_BYTES")
    lengths = list(cut.values())
    firsts = np.array(list(accumulate(map(len, lengths), initial=0)), np.int64)
    return Cases(strings, firsts, np.array([length for case in lengths for length in case], np.int64))


@cache
def pattern_texts() -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
    """Every sequence that the last pass looks for, and what it puts in its place.

    A special case enters the pass if an affix rule finds something in it. One of a single token changes nothing.
    """
    published = english_tokenizer()
    affixes = {
        name: getattr(published, name) for name in ("prefix_search", "suffix_search", "infix_finditer", "url_match")
    }
    bare = Tokenizer(Vocab(), rules={}, **affixes)
    found = []
    for case in sorted(filter(str.strip, published.rules)):
        if published.find_prefix(case) or published.find_infix(case) or published.find_suffix(case):
            before, after = (tuple(token.text for token in tokenizer(case)) for tokenizer in (bare, published))
            if len(before) > 1:
                found.append((before, after))
            elif before != after:
                raise ImportError(f"spaCy's special case {case!r} replaces one token: the kernels do not know of such")
    _check(found)
    return found


def _check(found: list[tuple[tuple[str, ...], tuple[str, ...]]]) -> None:
    if max(len(before) for before, _ in found) > MAX_PATTERN_TOKENS:
        raise ImportError(f"a special case of spaCy has more than {MAX_PATTERN_TOKENS} tokens")
    possible = [pattern for pattern in found if not any(c in SYMBOLS or c.isupper() for c in "".join(pattern[0]))]
    if possible != [NORMAL_PATTERN]:
        raise ImportError("other special cases of spaCy can stand in MinHash's normal form than the kernels look for")


@inner
def next_node(patterns: Patterns, node: int, token: int) -> Any:
    """The node behind `token`, -1 if no pattern goes on with it."""
    edges = patterns.edges
    key = np.uint64(node) << np.uint64(32) | np.uint64(token + 1)
    mask = np.uint64(len(edges) - 1)
    slot = mix(key) & mask
    while edges[slot, 0] != 0:
        if edges[slot, 0] == key:
            return np.int64(edges[slot, 1])
        slot = (slot + np.uint64(1)) & mask
    return -1


@kernel
def add_edge(edges: npt.NDArray[np.uint64], node: int, token: int, behind: int) -> None:
    """Put an edge into a table with room for it."""
    key = np.uint64(node) << np.uint64(32) | np.uint64(token + 1)
    mask = np.uint64(len(edges) - 1)
    slot = mix(key) & mask
    while edges[slot, 0] != 0:
        slot = (slot + np.uint64(1)) & mask
    edges[slot, 0] = key
    edges[slot, 1] = behind


def new_matches(num_tokens: int) -> Matches:
    """Room for all matches in so many tokens."""
    most = num_tokens * MAX_PATTERN_TOKENS
    start, end, pattern = (np.empty(most, np.int64) for _ in range(3))
    return Matches(start, end, pattern, np.empty(most, np.bool_))


@inner
def find_matches(tokens: Tokens, patterns: Patterns, matches: Matches) -> Any:
    """All matches in `tokens`, whether they count or not; how many."""
    number = 0
    for start in range(len(tokens)):
        node, place = 0, start
        while place < len(tokens) and tokens[place, 0] < patterns.num_texts[0]:
            node = next_node(patterns, node, tokens[place, 0])
            if node < 0:
                break
            place += 1
            if patterns.ends[node] >= 0:
                matches.start[number] = start
                matches.end[number] = place
                matches.pattern[number] = patterns.ends[node]
                number += 1
    for match in range(number):
        matches.counts[match] = counts(matches, number, match)
    return number


@inner
def counts(matches: Matches, number: int, match: int) -> Any:
    """Whether no match that comes before it holds its first or last token."""
    start, last = matches.start[match], matches.end[match] - 1
    length = matches.end[match] - start
    place = match
    while place > 0 and matches.start[place - 1] > start - MAX_PATTERN_TOKENS:
        place -= 1
    while place < number and matches.start[place] <= last:
        begin, end = matches.start[place], matches.end[place]
        longer = end - begin > length or (end - begin == length and begin < start)
        if longer and (begin <= start < end or begin <= last < end):
            return False
        place += 1
    return True


@inner
def copy_token(target: Tokens, place: int, source: Tokens, row: int) -> None:
    """Write one token."""
    for column in range(4):
        target[place, column] = source[row, column]


@inner
def put_replaced(
    tokens: Tokens, first: int, last: int, patterns: Patterns, matches: Matches, number: int, target: Tokens, place: int
) -> Any:
    """Write `tokens[first:last]` to `target` from `place` on, with what counts inside replaced; the place behind."""
    match = 0
    token = first
    while token < last:
        while match < number and (
            matches.start[match] < token or not matches.counts[match] or matches.end[match] > last
        ):
            match += 1
        if match < number and matches.start[match] == token:
            pattern = matches.pattern[match]
            for row in range(patterns.first_token[pattern], patterns.first_token[pattern + 1]):
                copy_token(target, place, patterns.tokens, row)
                place += 1
            token = matches.end[match]
        else:
            copy_token(target, place, tokens, token)
            place += 1
            token += 1
    return place
