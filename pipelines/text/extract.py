"""HTML -> main text by two extractors, both behind limits in work.

A limit in seconds keeps other documents on a slow machine than on a fast one. Here a linear scan of the markup
estimates the work, and a page above the limits is refused by name before any parser sees it (the scan takes about a
quarter of resiliparse's time on pages dense in tags).

Measured in one process, resiliparse 2.0.1 and trafilatura 2.3.1:
* No crash was found: 100,000 open `<b>`, `<span>`, `<ul><li>` or `<table>` in either, 10,000 nested `<div>` in
  resiliparse (100,000 was stopped after 20 s: a crash depth, if there is one, is unknown). 512 is there for the time.
* resiliparse's time grows with elements x depth: 1,000 nested `<div>` 0.02 s, 10,000 1.7 s, 100,000 more than 20 s;
  50,000 `<p>` below 2,000 `<div>` 8.9 s.
* Attributes of one tag and options of one `<select>` are quadratic: 20,000 attributes 0.7 s, 100,000 18 s;
  20,000 options 1.6 s, 100,000 19 s.
* libxml2, below trafilatura, stops at a depth of 256: deeper pages come out empty there.
* The worst pages found that the limits let through: resiliparse 5.8 s (99,000 `<p>` below 510 `<div>`) and 240 MB,
  trafilatura 17 s and 370 MB (99,000 links).
* What `markup` mends costs at most 1.2 s (49,000 <math>) and takes steps in proportion to the page.
"""

import logging
import re
from collections import defaultdict
from dataclasses import dataclass

from resiliparse.extract.html2text import extract_plain_text

from pipelines.text.formulas import RENDERED
from pipelines.text.markup import LINE_NUMBERS, parsed, unmarked


class HtmlTooLarge(ValueError):  # noqa: N818  the name is the finding
    """A page above a limit; `reason` is what the quarantine row says."""

    def __init__(self, reason: str, value: int, limit: int) -> None:
        super().__init__(f"{reason}: {value:,} is above the limit of {limit:,}; HtmlLimits can raise it")
        self.reason = reason
        """"html_too_large", "html_too_many_tags" or "html_too_deep"."""


@dataclass(frozen=True)
class HtmlLimits:
    """How much work one page may be."""

    max_bytes: int = 10_000_000
    """Length in UTF-8. Common Crawl truncates at 1 MiB (5 MiB since 2025)."""
    max_tags: int = 200_000
    """Count of `<`, whatever follows it."""
    max_depth: int = 512
    """Open elements at once, as estimated by `open_elements`: twice what libxml2 parses; 774 manuals: at most 50."""
    max_repeats: int = 20_000
    """Options, attributes of one tag, and unclosed elements that are normally closed by their context, each."""

    max_blocks: int = 8_000
    """Lists and tables, for trafilatura alone: 4,000 beside each other 1.1 s, 30,000 152 s."""


LIMITS = HtmlLimits()

# A name runs to blank, slash or `>`. Possessive: linear whatever the input.
_TAG = re.compile(r"<(/?+[a-zA-Z][^\s/>]*+)")
_BLOCK = re.compile(r"<(?:[uod]l|table)\b", re.IGNORECASE)
_OPTION = re.compile("<option", re.IGNORECASE)
_PLAIN_NAME = re.compile(r"[a-z][a-z0-9:-]*+")
_WHOLE_TAG = re.compile(r"<[a-zA-Z][^<>]*+")
_QUOTED = re.compile(r"\"[^\"]*+\"|'[^']*+'")
_ATTRIBUTE_GAP = re.compile(r"[\s/]+")

# Void or closed by the next of their kind, and never inside <svg>: they cannot nest, so they are not counted at all.
_FLAT = frozenset(["br", "img", "p", "li", "hr", "meta", "dd", "dt", "embed"])
# Normally void, closed by their context or written <path …/>; in a hostile page they do nest. Counted loosely.
_VOID = ["area", "base", "col", "input", "link", "param", "source", "track", "wbr", "image"]
_CLOSED_BY_CONTEXT = [
    "tr",
    "td",
    "th",
    "thead",
    "tbody",
    "tfoot",
    "caption",
    "colgroup",
    "option",
    "optgroup",
    "rp",
    "rt",
]
_CLOSED_BY_END = ["html", "head", "body"]
_DRAWN = [
    "path",
    "circle",
    "ellipse",
    "line",
    "polygon",
    "polyline",
    "rect",
    "use",
    "stop",
    "g",
    "mask",
    "defs",
    "animate",
]
_LEAVES = frozenset([*_VOID, *_CLOSED_BY_CONTEXT, *_CLOSED_BY_END, *_DRAWN])


def _kind(name: str) -> tuple[str, bool, int] | None:
    """(element, is closing, 0 for a container or 1 for a leaf) of a tag name; None if it cannot nest."""
    element = name.lower().removeprefix("/")
    if element in _FLAT:
        return None
    is_leaf = element in _LEAVES or _PLAIN_NAME.fullmatch(element) is None
    return element, name[0] == "/", int(is_leaf)


def open_elements(names: list[str]) -> tuple[int, int]:
    """Estimate how deep elements nest: (containers, leaves), the most of each that were open at once.

    Per name, a closing tag takes back one opening tag, wherever it stands: `<div></x><div>` is two deep. Comments and
    scripts are read as markup, which can only overestimate; names that are not plain (`i<n;` in a script) are leaves.

    Args:
        names: tag names in the order of the page, with a leading slash if closing.
    """
    kinds = {name: _kind(name) for name in set(names)}  # a dictionary: the order of the set has no effect
    balance: dict[str, int] = defaultdict(int)
    depth, deepest = [0, 0], [0, 0]
    for name in names:
        if (kind := kinds[name]) is None:
            continue
        element, closing, leaf = kind
        if not closing:
            balance[element] += 1
            depth[leaf] += 1
            deepest[leaf] = max(deepest[leaf], depth[leaf])
        elif balance[element]:
            balance[element] -= 1
            depth[leaf] -= 1
    return deepest[0], deepest[1]


def _most_attributes(html: str) -> int:
    """Attributes of the tag that has most; blanks and slashes in quotes are none (a picture as data: URI)."""
    return max((len(_ATTRIBUTE_GAP.findall(_QUOTED.sub("", tag))) for tag in _WHOLE_TAG.findall(html)), default=0)


def check(html: str, limits: HtmlLimits = LIMITS) -> None:
    """Refuse a page above the limits, in time linear in its length and before any parser runs.

    Raises:
        HtmlTooLarge: with the first limit that is exceeded: bytes, tags, attributes, options, depth.
    """
    num_bytes = len(html) if html.isascii() else len(html.encode("utf-8", "surrogatepass"))
    if num_bytes > limits.max_bytes:
        raise HtmlTooLarge("html_too_large", num_bytes, limits.max_bytes)
    pieces = html.split("<")
    if (num_tags := len(pieces) - 1) > limits.max_tags:
        raise HtmlTooLarge("html_too_many_tags", num_tags, limits.max_tags)
    is_any_long = max(map(len, pieces)) > limits.max_repeats  # each attribute takes a character at least
    if is_any_long and (num_attributes := _most_attributes(html)) > limits.max_repeats:
        raise HtmlTooLarge("html_too_many_tags", num_attributes, limits.max_repeats)
    if num_tags <= limits.max_depth:
        return
    names = _TAG.findall(html)
    if (num_options := len(_OPTION.findall(html))) > limits.max_repeats:
        raise HtmlTooLarge("html_too_many_tags", num_options, limits.max_repeats)
    depth, num_leaves = open_elements(names)
    if depth > limits.max_depth:
        raise HtmlTooLarge("html_too_deep", depth, limits.max_depth)
    if num_leaves > limits.max_repeats:
        raise HtmlTooLarge("html_too_deep", num_leaves, limits.max_repeats)


def resiliparse_text(html: str, limits: HtmlLimits = LIMITS) -> str:
    """Main text by resiliparse, with the settings of DCLM and Dolma 3, and mended markup (`markup` says what).

    Dolma's `ResiliparseHtmlExtractor` (python/dolma/warc/linearizers.py), which linearised the crawls of Dolma 3 that
    DCLM-pool does not cover: main content only, formatting kept, list bullets kept, no alternative texts, links, form
    fields, <noscript> or comment sections.

    Returns:
        The text, possibly empty: paragraphs by an empty line, cells by two tabs, <pre> as written.

    Raises:
        HtmlTooLarge: the page is above the limits.
    """
    check(html, limits)
    text: str = extract_plain_text(
        parsed(html),
        main_content=True,
        preserve_formatting=True,
        list_bullets=True,
        alt_texts=False,
        links=False,
        form_fields=False,
        noscript=False,
        comments=False,
        skip_elements=[*LINE_NUMBERS, *RENDERED],
    )
    return unmarked(text)


def trafilatura_text(html: str, limits: HtmlLimits = LIMITS) -> str:
    """Main text by trafilatura, with FineWeb's settings: precision before recall, no comments, repetitions away.

    `deduplicate=True` keeps its counts in a cache of the process, so the text of a page would depend on the pages
    before it: each page gets a cache of its own, which still removes what repeats inside the page.

    Returns:
        The text, empty where trafilatura finds none.

    Raises:
        HtmlTooLarge: the page is above the limits.
    """
    # Here and not above: it takes 0.6 s and pulls in lxml and justext, which the other extractor does not need.
    from trafilatura import extract  # noqa: PLC0415
    from trafilatura.deduplication import LRUCache  # noqa: PLC0415

    check(html, limits)
    if (num_blocks := len(_BLOCK.findall(html))) > limits.max_blocks:
        raise HtmlTooLarge("html_too_many_tags", num_blocks, limits.max_blocks)
    # It logs a warning per page without text, which is an everyday result here.
    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    # Large enough that no segment of a page of max_tags is ever pushed out.
    own_cache = LRUCache(maxsize=max(1, limits.max_tags))
    text: str | None = extract(html, favor_precision=True, include_comments=False, deduplicate=own_cache)
    return text or ""
