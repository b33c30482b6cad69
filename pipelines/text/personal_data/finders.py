"""All identifiers of one text, and which texts of many can hold any."""

import pyarrow as pa
import pyarrow.compute as pc

from pipelines.text.personal_data.accounts import CARD, IBAN
from pipelines.text.personal_data.addresses import IPV4, IPV6
from pipelines.text.personal_data.contacts import EMAIL, PHONE
from pipelines.text.personal_data.credentials import API_KEY, PRIVATE_KEY, TOKEN
from pipelines.text.personal_data.spans import Finder, Span

FINDERS: dict[str, Finder] = {
    "EMAIL": EMAIL,
    "PHONE": PHONE,
    "IPV4": IPV4,
    "IPV6": IPV6,
    "IBAN": IBAN,
    "CARD": CARD,
    "API_KEY": API_KEY,
    "TOKEN": TOKEN,
    "PRIVATE_KEY": PRIVATE_KEY,
}
KINDS = tuple(FINDERS)

_RANKS = {
    kind: rank
    for rank, kind in enumerate(("PRIVATE_KEY", "API_KEY", "TOKEN", "EMAIL", "IBAN", "CARD", "IPV6", "IPV4", "PHONE"))
}
"""Which kind wins a span that two of them claim: the one that asks for more."""


def find(text: str, kinds: tuple[str, ...] = KINDS, *, public_only: bool = True) -> list[Span]:
    """All identifiers, in the order of the text, never overlapping.

    Of two that overlap the one that starts first wins; then the kind that asks for more; then the longest.

    Args:
        text: any text.
        kinds: any of KINDS.
        public_only: leave private, loopback, link-local and documentation addresses alone: they identify nobody.
    """
    found = [span for kind in kinds for span in FINDERS[kind].spans(text, public_only)]
    found.sort(key=lambda span: (span.start, _RANKS[span.kind], -span.end))
    spans: list[Span] = []
    end = 0
    for span in found:
        if span.start >= end:
            end = span.end
            spans.append(span)
    return [span for span in spans if span.value]


def possible_kinds(texts: pa.Array, kinds: tuple[str, ...] = KINDS) -> dict[int, tuple[str, ...]]:
    """Rows of `texts` that can hold an identifier, with the kinds that each can hold; no other row holds any.

    RE2 reads at some 800 MB/s, a single time for the texts with nothing in them, which are most.

    Args:
        texts: n strings or nulls.
        kinds: any of KINDS.
    """
    if not kinds:
        return {}
    hints = {kind: f"(?:{FINDERS[kind].hint})" for kind in kinds}
    rows = pc.indices_nonzero(pc.match_substring_regex(texts, "|".join(hints.values())))
    some = texts.take(rows)
    masks = [pc.match_substring_regex(some, hint).to_pylist() for hint in hints.values()]
    found = (tuple(kind for kind, holds in zip(kinds, row, strict=True) if holds) for row in zip(*masks, strict=True))
    return dict(zip(rows.to_pylist(), found, strict=True))
