"""Whether spaCy's URL expression matches the middle of a chunk: told here for plain hosts, asked of it for the rest.

The expression (`spacy.lang.tokenizer_exceptions.URL_PATTERN`) knows a scheme, a user, a host or an address, a port and
a path. Without ":" and "@" only a host and a path are left, and the host is told from its labels. On documentation nine
of ten candidates are plain: module names, file names, calls.
"""

from typing import Any

from pipelines.text.scan.compiled import inner
from pipelines.text.scan.strings import Integers
from pipelines.text.words.classes import DECIMAL, LOWER, Classes

UNKNOWN, IS_URL, IS_NO_URL = 0, 1, 2
"""What is known of the middle of a chunk."""

_MAX_LABEL, _MIN_TOP, _MAX_TOP = 64, 2, 63
_DOT, _COLON = 0x2E, 0x3A
_ASK, _NONE = -1, -2


@inner
def url_verdict(points: Integers, start: int, end: int, classes: Classes) -> Any:
    """IS_URL or IS_NO_URL; UNKNOWN where spaCy's expression itself has to say."""
    if not may_be_url(points, start, end, classes):
        return IS_NO_URL
    behind = plain_host_end(points, start, end)
    if behind < 0:
        return UNKNOWN if behind == _ASK else IS_NO_URL
    label, num_labels, all_digits = start, 0, True
    for place in range(start, behind):
        all_digits &= points[place] == _DOT or is_digit(points[place])
        if points[place] != _DOT:
            continue
        if not is_label(points, label, place):
            return IS_NO_URL
        label = place + 1
        num_labels += 1
    if all_digits and num_labels == 3:
        return UNKNOWN  # an address, and some are excluded
    return IS_URL if num_labels > 0 and is_top_label(points, label, behind) else IS_NO_URL


@inner
def plain_host_end(points: Integers, start: int, end: int) -> Any:
    """Behind the host, where a path begins; _ASK if there may be more than these two, _NONE if there is no host.

    No host and no scheme holds another ASCII character than these, but a user before an "@" may hold any.
    """
    behind, found = end, end
    for place in range(start, end):
        point = points[place]
        if point == 0x40:
            return _ASK
        if place >= behind or is_alphanumeric(point) or point in (_DOT, 0x2D, 0x5F):
            continue
        behind = place
        if point in (0x2F, 0x3F, 0x23):
            found = place
        elif point >= 0x80 or point == 0x2B:
            found = _ASK
        else:
            found = _ASK if point == _COLON and begins_port_or_scheme(points, place + 1, end) else _NONE
    return found


@inner
def begins_port_or_scheme(points: Integers, place: int, end: int) -> Any:
    """Whether what is behind a colon can go on as a URL does."""
    return place < end and (points[place] == 0x2F or is_digit(points[place]) or points[place] >= 0x80)


@inner
def is_label(points: Integers, start: int, end: int) -> Any:
    """Whether a label of plain characters is no top one: a letter or digit at both ends."""
    if end <= start or end - start > _MAX_LABEL:
        return False
    return is_alphanumeric(points[start]) and is_alphanumeric(points[end - 1])


@inner
def is_top_label(points: Integers, start: int, end: int) -> Any:
    """Whether it is made of lower letters alone."""
    if not _MIN_TOP <= end - start <= _MAX_TOP:
        return False
    for place in range(start, end):
        if not 0x61 <= points[place] <= 0x7A:
            return False
    return True


@inner
def is_alphanumeric(point: int) -> Any:
    """Whether it is an ASCII letter or digit."""
    return is_digit(point) or 0x61 <= point <= 0x7A or 0x41 <= point <= 0x5A


@inner
def is_digit(point: int) -> Any:
    """Whether it is an ASCII digit."""
    return 0x30 <= point <= 0x39


@inner
def may_be_url(points: Integers, start: int, end: int, classes: Classes) -> Any:
    """Whether spaCy's URL expression can match: a dot and two lower letters, or three dots and a digit behind one."""
    num_dots = 0
    with_digit = False
    for place in range(start, end):
        if points[place] != 0x2E:
            continue
        num_dots += 1
        if place + 1 < end:
            letters = classes.affix[points[place + 1]] & LOWER
            if letters and place + 2 < end and classes.affix[points[place + 2]] & LOWER:
                return True
            with_digit |= classes.kind[points[place + 1]] & DECIMAL > 0
    return num_dots >= 3 and with_digit
