"""`Plan`: which bytes travel along which trees, what that will take, and how far from the best possible it is."""

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pipelines.errors import DemandError

SHARE_TOLERANCE = 1e-9
"""By how much shares may miss 1: they are decimal in the file."""
Hop = tuple[str, str]
"""Sender, receiver."""


@dataclass(frozen=True)
class Tree:
    """A share of the bytes and the way it takes."""

    share: float
    edges: tuple[Hop, ...]
    """Senders before receivers: each receiver once, each sender the source or a receiver before."""


@dataclass(frozen=True)
class Prediction:
    """What the plan takes, if every host and link does what the topology says."""

    seconds: float
    """Until the last byte is at the last destination."""
    usd: float
    bytes_per_link: Mapping[Hop, int]


@dataclass(frozen=True)
class Bounds:
    """What no plan for the same demand can go below, and how that was found."""

    seconds: float
    seconds_found_by: str
    usd: float
    usd_found_by: str


@dataclass(frozen=True)
class Plan:
    """Who sends what to whom."""

    source: str
    destinations: tuple[str, ...]
    num_bytes: int
    trees: tuple[Tree, ...]
    predicted: Prediction
    bounds: Bounds

    def to_json(self) -> str:
        """As plan.json holds it (DESIGN: source, destinations, bytes, trees, predicted, bounds)."""
        return json.dumps(
            {
                "source": self.source,
                "destinations": list(self.destinations),
                "bytes": self.num_bytes,
                "trees": [{"share": tree.share, "edges": [list(edge) for edge in tree.edges]} for tree in self.trees],
                "predicted": {
                    "seconds": self.predicted.seconds,
                    "usd": self.predicted.usd,
                    "bytes_per_link": [[*link, sent] for link, sent in self.predicted.bytes_per_link.items()],
                },
                "bounds": {
                    "seconds": self.bounds.seconds,
                    "usd": self.bounds.usd,
                    "found_by": {"seconds": self.bounds.seconds_found_by, "usd": self.bounds.usd_found_by},
                },
            },
            ensure_ascii=False,
        )

    @classmethod
    def from_json(cls, text: str) -> "Plan":
        """The plan that `to_json` wrote; DemandError with every fault of one that cannot be carried out."""
        try:
            plan = cls._of(json.loads(text))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise DemandError(f"not a plan: {type(error).__name__} {error}; make one with phloem plan") from error
        if faults := list(plan.faults()):
            raise DemandError(*faults)
        return plan

    @classmethod
    def _of(cls, value: dict[str, Any]) -> "Plan":
        predicted, bounds = value["predicted"], value["bounds"]
        sent = {(sender, receiver): int(number) for sender, receiver, number in predicted["bytes_per_link"]}
        found_by = bounds["found_by"]
        return cls(
            str(value["source"]),
            tuple(map(str, value["destinations"])),
            int(value["bytes"]),
            tuple(
                Tree(float(tree["share"]), tuple((str(a), str(b)) for a, b in tree["edges"])) for tree in value["trees"]
            ),
            Prediction(float(predicted["seconds"]), float(predicted["usd"]), sent),
            Bounds(float(bounds["seconds"]), found_by["seconds"], float(bounds["usd"]), found_by["usd"]),
        )

    def faults(self) -> Iterator[str]:
        """Why this plan cannot be carried out; nothing for one that can."""
        total = math.fsum(tree.share for tree in self.trees)
        if not abs(total - 1) <= SHARE_TOLERANCE:
            yield f"the trees' shares sum to {total}; they must sum to 1"
        if self.num_bytes <= 0:
            yield f"{self.num_bytes} bytes: there is nothing to send"
        for number, tree in enumerate(self.trees):
            yield from (f"tree {number}: {fault}" for fault in self._faults_of(tree))

    def _faults_of(self, tree: Tree) -> Iterator[str]:
        if not tree.share > 0:
            yield f"its share is {tree.share}; it must be above 0"
        has_bytes = {self.source}
        for sender, receiver in tree.edges:
            if sender not in has_bytes:
                yield f"{sender} sends to {receiver} before anything is sent to it; parents come before children"
            if receiver in has_bytes:
                yield f"{receiver} receives twice"
            has_bytes.add(receiver)
        yield from (f"{name} is not reached" for name in self.destinations if name not in has_bytes)
