"""One demand on the part of a topology that can serve it, with what is known before any packing."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pipelines.transfer.cheapest import Lightest, cheapest
from pipelines.transfer.demand import Demand, part_of
from pipelines.transfer.graph.trees import Edges
from pipelines.transfer.plan import Bounds, Plan, Tree
from pipelines.transfer.predict import predict
from pipelines.transfer.rates.rate_bound import rate_bound
from pipelines.transfer.topology import Topology
from pipelines.transfer.units import seconds_to_send, usd_of_hours, usd_to_send

MAX_PROGRAM_HOSTS = 128
"""Up to which linear programs over trees weigh price against time; beyond it plans are the cheapest or the fastest."""
Shares = Sequence[tuple[float, Edges]]
Bound = tuple[float, str]
"""A value and how it was found."""


@dataclass(frozen=True)
class Question:
    """Hosts as indices of `topology`, which holds only those that can take part."""

    topology: Topology
    demand: Demand
    source: int
    destinations: list[int]
    cheapest: Lightest
    """Its bound in dollars a gigabyte."""
    rate: Bound
    """Bits a second that no plan exceeds."""

    @classmethod
    def of(cls, topology: Topology, demand: Demand) -> "Question":
        """The question that a checked demand is."""
        part = part_of(topology, demand)
        source, *destinations = _indices(part, demand)
        rate = rate_bound(part, source, destinations)
        if len(part.names) > MAX_PROGRAM_HOSTS and not part.has_limited_links:
            part = part.only((source, *destinations))  # relays are in the bound and left idle: no program weighs them
            source, *destinations = _indices(part, demand)
        return cls(part, demand, source, destinations, cheapest(part, source, destinations), rate)

    def plan(self, shares: Shares, rate: Bound | None = None, price: Bound | None = None) -> Plan:
        """The plan of these trees with its prediction; `rate` and `price` where a tighter bound has been found."""
        named = named_trees(self.topology, shares)
        predicted = predict(self.topology, self.demand.source, named, self.demand.num_bytes)
        rate = min(self.rate, rate or self.rate, key=lambda bound: bound[0])
        seconds = seconds_to_send(self.demand.num_bytes, rate[0])
        known = self.cheapest.bound, self.cheapest.found_by
        price = max(known, price or known, key=lambda bound: bound[0])
        usd = usd_to_send(self.demand.num_bytes, price[0]) + self.usd_of_hours(seconds)
        bounds = Bounds(float(min(seconds, predicted.seconds)), rate[1], float(min(usd, predicted.usd)), price[1])
        return Plan(
            self.demand.source, self.demand.destinations, self.demand.num_bytes, tuple(named), predicted, bounds
        )

    def usd_of_hours(self, seconds: float) -> float:
        """What source and destinations cost while it lasts: they take part in every plan."""
        per_hour = float(sum(self.topology.usd_per_hour[host] for host in (self.source, *self.destinations)))
        return usd_of_hours(seconds, per_hour)


def _indices(topology: Topology, demand: Demand) -> list[int]:
    return [topology.index[name] for name in (demand.source, *demand.destinations)]


def named_trees(topology: Topology, shares: Iterable[tuple[float, Edges]]) -> list[Tree]:
    """Trees of indices as trees of names, the largest share first."""
    names = topology.names
    named = [Tree(share, tuple((names[a], names[b]) for a, b in edges)) for share, edges in shares]
    return sorted(named, key=lambda tree: (-tree.share, tree.edges))
