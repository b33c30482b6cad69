"""The shape of the lines that C4 left: the quality rules of FineWeb (arXiv:2406.17557, section 3.6)."""

from operator import gt, lt
from typing import Any

import numpy as np
import numpy.typing as npt

from pipelines.text.quality.fields import COLUMN
from pipelines.text.quality.work import Work, begin, seen_before, share
from pipelines.text.rules import Rule
from pipelines.text.scan.compiled import inner
from pipelines.text.scan.memory import Bytes, code_point, num_characters, space_length
from pipelines.text.words.classes import ENDS_LINE, Classes

RULES = (
    Rule("line_punct_ratio", "line_punct_ratio", lt, "min_line_punct_ratio"),
    Rule("short_line_ratio", "short_line_ratio", gt, "max_short_line_ratio"),
    Rule("char_dup_ratio", "char_dup_ratio", gt, "max_char_dup_ratio"),
    Rule("list_ratio", "list_ratio", gt, "max_list_ratio"),
)

_PUNCTUATED, _SHORT = COLUMN["line_punct_ratio"], COLUMN["short_line_ratio"]
_DUPLICATED, _LIST = COLUMN["char_dup_ratio"], COLUMN["list_ratio"]

Row = npt.NDArray[np.float64]


@inner
def measure_shape(
    text: Bytes,
    start: int,
    end: int,
    num_words: int,
    max_lines: int,
    short_line_length: float,
    classes: Classes,
    work: Work,
    values: Row,
) -> None:
    """All values of this family for `text[start:end]`, which has `num_words` words and at most `max_lines` lines.

    Lines are split at newlines only, and blank ones do not count.
    """
    stamp, mask = begin(work, max_lines + 1)
    num_lines, num_punctuated, num_short, num_newlines, num_in_lines, num_duplicated = 0, 0, 0, 0, 0, 0
    known, line_start = 0, start
    while line_start <= end:
        line_end = line_start
        while line_end < end and text[line_end] != 0x0A:
            line_end += 1
        characters = num_characters(text, line_start, line_end)
        num_in_lines += characters
        num_newlines += line_end < end
        if not is_blank(text, line_start, line_end):
            num_lines += 1
            num_punctuated += classes.kind[last_point(text, line_end)] & ENDS_LINE != 0
            num_short += characters <= short_line_length
            if seen_before(work, stamp, mask, text, line_start, line_end, known):
                num_duplicated += characters
            else:
                known += 1
        line_start = line_end + 1
    values[_PUNCTUATED] = share(num_punctuated, num_lines)
    values[_SHORT] = share(num_short, num_lines)
    values[_DUPLICATED] = share(num_duplicated, num_in_lines if num_lines > 0 else 0)
    values[_LIST] = share(num_newlines, num_words)


@inner
def is_blank(text: Bytes, start: int, end: int) -> Any:
    """Whether nothing but whitespace stands between two places."""
    while start < end:
        length = space_length(text, start)
        if length == 0:
            return False
        start += length
    return True


@inner
def last_point(text: Bytes, end: int) -> Any:
    """The character that ends at `end`."""
    place = end - 1
    while text[place] & 0xC0 == 0x80:
        place -= 1
    return code_point(text, place)[0]
