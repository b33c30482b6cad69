"""The place in a text that shows best why a rule rejected it, for the report. It decides nothing."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from itertools import accumulate

from pipelines.text.characters import TERMINAL
from pipelines.text.quality import c4, fineweb, gopher, judge, repetition
from pipelines.text.rules import FINEWEB, QualityRules
from pipelines.text.words import words as words_of

Span = tuple[int, int]
"""Start and end in characters, end exclusive."""

_LINE = re.compile(r"[^\n]+")
_PARAGRAPH = re.compile(r"[^\n](?:[^\n]|\n(?=[^\n]))*")
_GRAM = re.compile(r"(top|duplicated)_(\d+)_")


def matching_span(text: str, reason: str, rules: QualityRules = FINEWEB) -> Span | None:
    """Where in `text`, as it came in, the rule with this `reason` shows; None where no one place does.

    A rule about a repetition shows its first repetition, one about a share the first line or word that counts into it.
    Rules about a whole text (too short, too few sentences, too few stop words) have no place.
    """
    gram = _GRAM.match(reason)
    if gram:
        find = _top_gram if gram[1] == "top" else _duplicated_gram
        return find(text, int(gram[2]))
    finder = _FINDERS.get(reason)
    return finder(text, rules) if finder else None


def _top_gram(text: str, size: int) -> Span | None:
    """The second occurrence of the most frequent n-gram, or its only one."""
    words = words_of(text)
    counts = Counter(zip(*(words[start:] for start in range(size)), strict=False))
    if not counts:
        return None
    gram = counts.most_common(1)[0][0]
    places = (place for place in range(len(words) - size + 1) if tuple(words[place : place + size]) == gram)
    place = next(places)
    return _words_span(text, words, next(places, place), size)


def _duplicated_gram(text: str, size: int) -> Span | None:
    """The first n-gram that was seen before."""
    words = words_of(text)
    seen: set[str] = set()
    for place in range(len(words) - size + 1):
        gram = "".join(words[place : place + size])
        if gram in seen:
            return _words_span(text, words, place, size)
        seen.add(gram)
    return None


def _words_span(text: str, words: list[str], place: int, size: int) -> Span | None:
    """Where the words from `place` stand; None if they cannot be found one after the other (`words.BREAKS_SPACY`)."""
    start = end = 0
    for number, word in enumerate(words[: place + size]):
        begin = text.find(word, end)
        if begin < 0:
            return None
        end = begin + len(word)
        start = begin if number == place else start
    return start, end


def _first_duplicate(parts: Iterable[re.Match[str]]) -> Span | None:
    """The first of `parts` that repeats an earlier one."""
    seen: set[str] = set()
    for part in parts:
        if part[0] in seen and part[0].strip():
            return part.span()
        seen.add(part[0])
    return None


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """Start and content of each line, by the line breaks of `str.splitlines`."""
    lines = text.splitlines(keepends=True)
    return zip(accumulate(map(len, lines), initial=0), (line.rstrip("\r\n") for line in lines), strict=False)


def _first_line(text: str, counts: Callable[[str], bool]) -> Span | None:
    """The first line that is not blank and for which `counts` is true, stripped."""
    for start, line in _lines(text):
        if line.strip() and counts(line):
            begin = start + len(line) - len(line.lstrip())
            return begin, begin + len(line.strip())
    return None


def _literal(text: str, *literals: str) -> Span | None:
    """The first of `literals` in `text`, whichever comes first."""
    found = re.search("|".join(map(re.escape, literals)), text)
    return found.span() if found else None


def _fatal(text: str, reason: str, literal: str, rules: QualityRules) -> Span | None:
    """`literal`, in any case, on the first line that rejects the text for `reason`."""
    lines = list(_lines(text))
    counts = judge([line for _, line in lines], rules).column(f"num_{reason}_lines").to_pylist()
    for (start, line), count in zip(lines, counts, strict=True):
        if count:
            found = re.search(re.escape(literal), line, re.IGNORECASE)
            return (start + found.start(), start + found.end()) if found else (start, start + len(line))
    return None


def _word(text: str, counts: Callable[[str], bool]) -> Span | None:
    """The first word for which `counts` is true."""
    words = words_of(text)
    place = next((place for place, word in enumerate(words) if counts(word)), None)
    return None if place is None else _words_span(text, words, place, 1)


_FINDERS: dict[str, Callable[[str, QualityRules], Span | None]] = {
    **dict.fromkeys(
        ("dup_para_frac", "dup_para_char_frac"), lambda text, _: _first_duplicate(_PARAGRAPH.finditer(text))
    ),
    **dict.fromkeys(
        ("dup_line_frac", "dup_line_char_frac", "char_dup_ratio"),
        lambda text, _: _first_duplicate(_LINE.finditer(text)),
    ),
    "gopher_above_avg_threshold": lambda text, rules: _word(text, lambda word: len(word) > rules.max_mean_word_length),
    "gopher_below_avg_threshold": lambda text, rules: _word(text, lambda word: len(word) < rules.min_mean_word_length),
    "gopher_too_many_hashes": lambda text, _: _literal(text, "#"),
    "gopher_too_many_ellipsis": lambda text, _: _literal(text, "...", "…"),
    "gopher_too_many_bullets": lambda text, _: _first_line(text, lambda line: line.lstrip().startswith(("•", "-"))),
    "gopher_too_many_end_ellipsis": lambda text, _: _first_line(
        text, lambda line: line.rstrip().endswith(("...", "…"))
    ),
    "gopher_below_alpha_threshold": lambda text, _: _word(text, lambda word: not any(map(str.isalpha, word))),
    "lorem_ipsum": lambda text, rules: _fatal(text, "lorem_ipsum", "lorem ipsum", rules),
    "curly_bracket": lambda text, rules: _fatal(text, "curly_bracket", "{", rules),
    "line_punct_ratio": lambda text, _: _first_line(text, lambda line: line.rstrip()[-1] not in TERMINAL),
    "short_line_ratio": lambda text, rules: _first_line(text, lambda line: len(line) <= rules.short_line_length),
    "list_ratio": lambda text, rules: _first_line(text, lambda line: len(line) <= rules.short_line_length),
}

WITHOUT_PLACE = frozenset(
    {"empty", gopher.TOO_SHORT, "gopher_long_doc", "gopher_enough_stop_words", "too_few_sentences"}
)
"""Reasons that a whole text gives: there is nothing to point at."""

ALL_REASONS = frozenset(
    {rule.reason for family in (repetition, gopher, c4, fineweb) for rule in family.RULES}
    | {"empty", "lorem_ipsum", "curly_bracket"}
)
"""Every reason that `quality.judge` can give."""
