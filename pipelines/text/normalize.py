"""One spelling for texts that look the same: characters, line ends and blank space.

Duplicates are found by hashes and lines are counted by rules, so what a reader cannot see must not differ.
What is *kept* is as deliberate as what goes: U+200C and U+200D (zero-width non-joiner and joiner) change letters in
Persian and the Indic scripts and build emoji; tabs and leading spaces are indentation of code; compatibility forms
(ﬁ, ², full width) stay, because NFKC would change what was written.
"""

import re
import unicodedata

# Every character at which str.splitlines() breaks, so that all later rules agree on what a line is.
_LINE_BREAKS = re.compile("\r\n|[\r\x0b\x0c\x1c-\x1e\x85\u2028]")
_PARAGRAPH_BREAK = "\u2029"

# Category Zs without U+0020: no-break, typographic and ideographic spaces all separate words.
_SPACES = re.compile("[\xa0\u1680\u2000-\u200a\u202f\u205f\u3000]")

_INVISIBLE = re.compile(
    "["
    "\x00-\x08\x0e-\x1b\x1f\x7f-\x84\x86-\x9f"  # controls that are neither tab nor line break
    "\xad\u200b\u2060\ufeff"  # soft hyphen, zero-width space, word joiner, byte order mark: hints for layout
    "\u200e\u200f\u202a-\u202e\u2066-\u2069"  # bidirectional marks: order on screen, and a way to hide text
    "\ufff9-\ufffb"  # interlinear annotation marks
    "\ud800-\udfff"  # lone surrogates (JSON "\ud800"): not encodable in UTF-8, would stop the writer
    "]"
)
_UNUSUAL_ASCII = re.compile("[\x00-\x08\x0b-\x1f\x7f]")
_BLANK_LINES = re.compile("\n{3,}")


def _characters(text: str) -> str:
    """Line breaks to LF, spaces to U+0020, invisible characters away, the rest in NFC."""
    text = _LINE_BREAKS.sub("\n", text).replace(_PARAGRAPH_BREAK, "\n\n")
    text = _INVISIBLE.sub("", _SPACES.sub(" ", text))
    # Last: taking an invisible character away can bring a letter and its accent together.
    return unicodedata.normalize("NFC", text)


def _lines(text: str) -> str:
    """Trailing blanks of lines away, at most one empty line in a row, no blanks around the text."""
    if " \n" in text or "\t\n" in text:
        # Not a regular expression: `[ \t]+$` is quadratic in a long run of spaces.
        text = "\n".join([line.rstrip(" \t") for line in text.split("\n")])
    if "\n\n\n" in text:
        text = _BLANK_LINES.sub("\n\n", text)
    return text.strip()


def normalize(text: str) -> str:
    """The text in its one spelling; a second pass changes nothing.

    Args:
        text: any str, lone surrogates included.

    Returns:
        NFC text, encodable as UTF-8, with LF line ends, without trailing blanks, with at most two line ends in a row.
    """
    if not text.isascii() or _UNUSUAL_ASCII.search(text) is not None:
        text = _characters(text)
    return _lines(text)
