"""What resiliparse 2.0.1 would lose or spoil of a page, put so that it does not.

Its main-content rules stay as they are, for Dolma 3 and DCLM use them; only what is plainly broken is mended, on the
parsed page and before extraction (DECISIONS.md has the pages on which each was seen):

* formulas: Wikipedia's are lost whole, KaTeX's come out twice, `<mfrac>` as its digits side by side;
* a list with fewer than three elements between it and <body> is taken for navigation, which empties plain documents;
* a cell that holds a paragraph ends its row (every table of Sphinx);
* 10<sup>6</sup> becomes 106;
* one character between two tags is taken for an icon if UTF-8 needs three bytes for it: `—`, `€`, `字`.
"""

import re
from html import unescape
from typing import Any

from resiliparse.parse.html import HTMLTree

from pipelines.text.formulas import with_formulas

LINE_NUMBERS = (
    *("td.linenos", "span.linenos", "span.lineno", "td.lineno", "td.gutter", "td.rouge-gutter", "td.blob-num"),
    *("td.hljs-ln-numbers", "td.listing_lines", "td.line-numbers"),
)
"""Beside code: Pygments, Rouge, GitHub, highlight.js, gtk-doc."""

_SENTINEL = "\ufdd0"
"""A noncharacter: no text of the web holds it on purpose."""

_LONE = re.compile(r">\s*+([\u0800-\uffff]|&#?\w{1,12}+;)(?=\s*+<)")
_ICONS = re.compile("[^\u0800-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd]|\u21a9")
"""What is an icon indeed, of the private use area, or the way back from a footnote; and what resiliparse keeps."""
_CELL = re.compile(
    r"(<t[dh]\b[^<>]*+>\s*+)<p\b[^<>]*+>"  # a cell that begins with a paragraph
    r"([^<]*+(?:<(?!/?(?:p|t[dhr]|table|ul|ol|dl|pre|div)\b)[^<]*+)*)"  # of text and its marks
    r"(?:</p\s*+>\s*+)?(?=</?t[dhr]\b|</t(?:able|body)\b)",  # and ends with it
    re.IGNORECASE,
)
_POWER = re.compile(r"<sup\b[^<>]*+>(?=\s*+[-+−]?\d{1,4}\s*+</sup)", re.IGNORECASE)
_BASE = re.compile(r"(?:\d|\)|(?<![^\W\d_])[^\W\d_])(?:</\w{1,8}>){0,3}\Z")
_MAX_BASE_CHARACTERS = 40
_FRAME = ":not(nav):not(header):not(footer)"
_NEAR_BODY = f"body > ul, body > {_FRAME} > ul, body > {_FRAME} > {_FRAME} > ul"
_MAX_LISTS = 500
"""Near <body>, in one page."""
_MIN_DEPTH = 3
"""Elements between a list and <body> from which on resiliparse believes that it is content."""


def parsed(html: str) -> Any:
    """The page as a tree that can be extracted; `unmarked` takes away what this left in the text."""
    tree: Any = HTMLTree.parse(_rewritten(with_formulas(html)))
    if tree.body is not None and ("<ul" in html or "<UL" in html):
        _sink_lists(tree)
    return tree


def unmarked(text: str) -> str:
    """The extracted text without our marks."""
    return text.replace(_SENTINEL, "")


def _rewritten(html: str) -> str:
    """What can be mended before parsing, in one search each: nodes are 20 times as expensive as markup."""
    html = _LONE.sub(_with_sentinel, html)
    html = _CELL.sub(r"\1\2", html)
    return _POWER.sub(_with_caret, html)


def _with_sentinel(lone: re.Match[str]) -> str:
    character = unescape(lone[1])
    return lone[0] if len(character) != 1 or _ICONS.match(character) else lone[0] + _SENTINEL


def _with_caret(power: re.Match[str]) -> str:
    """`^` before a number behind a digit, a bracket or a single letter; a footnote is behind a word, or is a link."""
    before = power.string[max(0, power.start() - _MAX_BASE_CHARACTERS) : power.start()]
    return f"^{power[0]}" if _BASE.search(before) else power[0]


def _sink_lists(tree: Any) -> None:
    """Lists near <body> are put as deep as resiliparse wants them; those of links it tells from others itself."""
    # One at a time: a pass over n found nodes takes n² steps. What was moved is not found again.
    for _ in range(_MAX_LISTS):
        if (node := tree.body.query_selector(_NEAR_BODY)) is None:
            break
        outer = inner = tree.create_element("div")
        for _ in range(_MIN_DEPTH - 1):
            inner = inner.append_child(tree.create_element("div"))
        node.parent.insert_before(outer, node)
        inner.append_child(node)
