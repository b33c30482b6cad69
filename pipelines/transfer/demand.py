"""What a plan is asked for: who needs which bytes from whom, and what counts."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from pipelines.errors import DemandError
from pipelines.transfer.topology import Topology


@dataclass(frozen=True)
class Demand:
    """Bytes that lie at the source and have to reach every destination."""

    source: str
    destinations: tuple[str, ...]
    num_bytes: int
    hosts_only: bool = False
    """Whether only the source and destinations may send; else any host of the topology relays where it pays."""


@dataclass(frozen=True)
class Objective:
    """What counts: the least price, within a deadline if there is one, or the least time, within a budget."""

    least: Literal["price", "time"]
    deadline_seconds: float | None = None
    budget_usd: float | None = None


def check(topology: Topology, demand: Demand, objective: Objective) -> None:
    """DemandError with every fault; what is possible at all shows only while planning."""
    faults = [*_faults_of_hosts(topology, demand), *_faults_of_numbers(demand, objective)]
    faults += [
        f"{topology.names[sender]} to {topology.names[receiver]} has no rate: give it one, or an uplink or downlink"
        for sender, receiver in topology.links_without_rate
    ]
    if faults:
        raise DemandError(*faults)


def part_of(topology: Topology, demand: Demand) -> Topology:
    """The hosts that can take part: reached by the source, and of the demand where only those may send."""
    allowed = {topology.index[name] for name in (demand.source, *demand.destinations)}
    reached = topology.reachable(topology.index[demand.source])
    return topology.only(
        host for host in range(len(reached)) if reached[host] and (host in allowed or not demand.hosts_only)
    )


def _faults_of_hosts(topology: Topology, demand: Demand) -> Iterator[str]:
    unknown = [name for name in (demand.source, *demand.destinations) if name not in topology.index]
    known = ", ".join(topology.names[:5]) + (", …" if len(topology.names) > 5 else "")  # noqa: PLR2004 (a line's worth)
    yield from (f"{name}: the topology has no host of this name; it has {known}" for name in dict.fromkeys(unknown))
    if not demand.destinations:
        yield "no destination is named; at least one is needed"
    seen: set[str] = set()
    for name in demand.destinations:
        if name in seen:
            yield f"{name} is named twice among the destinations; once is enough"
        if name == demand.source:
            yield f"{name} is the source, which has the bytes; leave it out of the destinations"
        seen.add(name)
    if demand.source in topology.index:
        yield from _faults_of_ways(topology, demand)


def _faults_of_ways(topology: Topology, demand: Demand) -> Iterator[str]:
    source = topology.index[demand.source]
    if not topology.links[source].any():
        yield f"{demand.source} has no uplink: nothing can leave the source; give it a link and an uplink above 0"
        return
    part = topology.only(topology.index[name] for name in _known(topology, demand)) if demand.hosts_only else topology
    reached = part.reachable(part.index[demand.source])
    for name in dict.fromkeys(demand.destinations):
        if name in part.index and not reached[part.index[name]]:
            way = " by way of source and destinations alone; let others relay" if demand.hosts_only else "; add links"
            yield f"{name} cannot be reached from {demand.source}{way}"


def _known(topology: Topology, demand: Demand) -> list[str]:
    return [name for name in (demand.source, *demand.destinations) if name in topology.index]


def _faults_of_numbers(demand: Demand, objective: Objective) -> Iterator[str]:
    if demand.num_bytes <= 0:
        yield f"{demand.num_bytes} bytes: there is nothing to send; at least 1 is needed"
    if objective.least not in ("price", "time"):
        yield f"{objective.least}: no objective of this name; there are price and time"
    if objective.deadline_seconds is not None and objective.budget_usd is not None:
        yield "a deadline and a budget: give one, a deadline for the least price or a budget for the least time"
    elif objective.deadline_seconds is not None and objective.least != "price":
        yield "a deadline belongs to the objective price: the cheapest way within it"
    elif objective.budget_usd is not None and objective.least != "time":
        yield "a budget belongs to the objective time: the fastest way within it"
    for name, value in (("deadline", objective.deadline_seconds), ("budget", objective.budget_usd)):
        if value is not None and not value >= 0:
            yield f"a {name} of {value}: it must be 0 or more"
