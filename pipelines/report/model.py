"""What a report says, as plain values; whoever has a run's numbers can make one.

Texts may be of any length: the page cuts them. Everything counted is a total, and every list is a sample of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Bin = tuple[float | None, float | None, int]
"""Lower edge, upper edge (None where open), count."""


@dataclass(frozen=True)
class Threshold:
    """Where a rule draws its line through a measured value."""

    value: float
    rejects: str
    """`above` or `below`."""
    reason: str
    """The reason of those it rejects."""


@dataclass(frozen=True)
class Histogram:
    """How one measured value is distributed over the documents of a stage."""

    name: str
    bins: tuple[Bin, ...]
    values: int
    """How many documents have the value; the bins hold all of them."""
    description: str = ""
    unit: str = ""
    nulls: int = 0
    minimum: float | None = None
    maximum: float | None = None
    thresholds: tuple[Threshold, ...] = ()


@dataclass(frozen=True)
class Example:
    """A document, and the place in its text that shows best why it is here."""

    id: str
    """Hexadecimal."""
    source: str
    record: int
    text: str
    url: str | None = None
    span: tuple[int, int] | None = None
    """First character of the place in `text`, and the one behind its last."""
    measured: str = ""
    """The value that decided, e.g. `top_2_gram = 0.31, more than 0.2`."""


@dataclass(frozen=True)
class Rejection:
    """What one rule did; a rule of the recipe that rejected nothing is there with count 0."""

    reason: str
    count: int
    examples: tuple[Example, ...] = ()
    rule: str = ""
    """The rule in words, with its threshold."""


@dataclass(frozen=True)
class Unreadable:
    """A record that could not be read."""

    source: str
    record: int
    detail: str


@dataclass(frozen=True)
class Quarantine:
    """The records that could not be read for one reason."""

    reason: str
    count: int
    examples: tuple[Unreadable, ...] = ()


@dataclass(frozen=True)
class Pair:
    """A removed document beside the one that stands for it."""

    removed: Example
    kept: Example
    jaccard: float | None = None
    """Of their shingles."""
    band: int | None = None
    """First MinHash band in which they met."""
    through: str = ""
    """Hexadecimal id of the document that ties it to the cluster, where that is not `kept`."""


@dataclass(frozen=True)
class Duplicates:
    """The documents removed because another one stands for them."""

    kind: str
    """`exact` or `near`."""
    count: int
    examples: tuple[Pair, ...] = ()


@dataclass(frozen=True)
class Segment:
    """The part of a sequence that one document fills, decoded."""

    text: str
    num_tokens: int
    continued: bool = False
    """The document began in an earlier sequence."""


@dataclass(frozen=True)
class StageReport:
    """One published dataset of the run; the mappings are those of its manifest."""

    name: str
    version: str
    uri: str
    manifest_hash: str
    fingerprint: str
    accounting: Mapping[str, Any]
    """`in`, `kept`, and maps reason → count: `rejected`, `duplicates`, `quarantined`."""
    totals: Mapping[str, int]
    """`rows`, `tokens`, `bytes`, `shards`."""
    validation: Mapping[str, Any] = field(default_factory=dict)
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class RunReport:
    """Everything on the page."""

    corpus: str
    version: str
    output: str
    inputs: tuple[str, ...]
    inputs_hash: str
    recipe: Mapping[str, Any]
    stages: tuple[StageReport, ...]
    """In the order in which they were made."""
    rejections: tuple[Rejection, ...] = ()
    quarantine: tuple[Quarantine, ...] = ()
    duplicates: tuple[Duplicates, ...] = ()
    histograms: tuple[Histogram, ...] = ()
    histograms_of: str = ""
    """Which rows the histograms count, e.g. `12,000 documents read by the stage clean`."""
    tokenizer: Mapping[str, Any] = field(default_factory=dict)
    """`name`, `hash`, `vocabulary_size`, `end_of_text_id`."""
    context_length: int | None = None
    sequences: tuple[tuple[Segment, ...], ...] = ()
    """The first sequences, each as the documents in it."""
    timings_seconds: Mapping[str, float] = field(default_factory=dict)
    """What → seconds, of this run on this machine; not part of any dataset."""
    commands: tuple[tuple[str, str], ...] = ()
    """What one may want to do next, and the command that does it."""
