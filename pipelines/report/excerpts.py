"""The part of a document that is shown: short, the telling place in it, and nothing that plays tricks on the reader.

Escaping for HTML is the template's; here characters that would not be seen, or would reorder what is seen, are
written out.
"""

import re
from dataclasses import dataclass
from difflib import SequenceMatcher

from pipelines.report.model import Pair

_BEFORE, _MATCH, _AFTER = 160, 360, 320
"""Characters shown before the place, of it, and behind it: about ten lines of the page."""

_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"  # controls, without tab and newline
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # marks that reorder text
    "\u200b\u2060\ufeff\u2028\u2029\ufff9-\ufffb\U000e0000-\U000e007f]"  # no width, other lines, tags
)


@dataclass(frozen=True)
class Excerpt:
    """A text in pieces, in order; every second piece is marked, beginning with the second."""

    pieces: tuple[str, ...]
    cut_before: int = 0
    """Characters of the document in front of the excerpt."""
    cut_after: int = 0


def visible(text: str) -> str:
    """`text` with each unseen character written as its code point: `‹U+202E›`."""
    return _UNSEEN.sub(lambda match: f"‹U+{ord(match[0]):04X}›", text)


def shortened(text: str, most: int) -> str:
    """`text` on one line, made visible, its middle left out when it is longer than `most` characters."""
    if len(text) > most:
        text = f"{text[: most * 2 // 3]} … {text[-(most // 3) :]}"
    return visible(" ".join(text.split()))


def excerpt(text: str, span: tuple[int, int] | None) -> Excerpt:
    """The surroundings of `span` with it marked, or the beginning of the text when there is no span in it."""
    start, end = span or (0, 0)
    if not 0 <= start < end <= len(text):
        return Excerpt((visible(text[: _MATCH + _AFTER]),), 0, max(0, len(text) - _MATCH - _AFTER))
    first, last = max(0, start - _BEFORE), min(len(text), end + _AFTER)
    pieces = (text[first:start], _without_middle(text[start:end]), text[end:last])
    return Excerpt(tuple(map(visible, pieces)), first, len(text) - last)


def differing(pair: Pair) -> tuple[Excerpt, Excerpt]:
    """Both texts of a pair from just before their first difference on, the words that differ marked."""
    texts = pair.removed.text, pair.kept.text
    unlike = (at for at, (one, other) in enumerate(zip(*texts, strict=False)) if one != other)
    first = max(0, next(unlike, 0) - _BEFORE)
    last = first + _BEFORE + _MATCH
    words = [re.findall(r"\s+|\S+", text[first:last]) for text in texts]
    same = SequenceMatcher(None, words[0], words[1], autojunk=False).get_matching_blocks()
    left = _marked(words[0], [(block.a, block.size) for block in same])
    right = _marked(words[1], [(block.b, block.size) for block in same])
    cut_left, cut_right = (max(0, len(text) - last) for text in texts)
    return Excerpt(left, first, cut_left), Excerpt(right, first, cut_right)


def _marked(words: list[str], same: list[tuple[int, int]]) -> tuple[str, ...]:
    """Pieces of the same words, and between them pieces of the others."""
    pieces, at = [""], 0
    for start, size in same:
        if start > at:
            pieces += [visible("".join(words[at:start])), ""]
        pieces[-1] += visible("".join(words[start : start + size]))
        at = start + size
    return tuple(pieces)


def _without_middle(match: str) -> str:
    if len(match) <= _MATCH:
        return match
    left_out = len(match) - _MATCH
    return f"{match[: _MATCH * 3 // 4]} … {left_out:,} characters … {match[-(_MATCH // 4) :]}"
