"""A place in a text, and a way to find such places."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Span:
    """`text[start:end]` is an identifier of this kind; `value` is the same for every spelling of one identifier.

    An empty value: it has the form, but is an example or a pseudonym. Nothing within it is an identifier either.
    """

    start: int
    end: int
    kind: str
    value: str
    num_fixed: int = 0
    """Characters at its start that tell the format (`ghp_`) and stay in a pseudonym."""


@dataclass(frozen=True, slots=True)
class Finder:
    """One kind: what it needs, and where it stands."""

    hint: str
    """A regular expression, for Python's `re` and for RE2, that matches in every text in which `spans` finds any."""
    spans: Callable[[str, bool], Iterator[Span]]
    """(text, public_only) -> spans from left to right."""
