"""What trees and their shares take on a topology: rates, finish times, prices.

The model is a fluid: a host passes on what arrives at once, so every tree fills everywhere at its rate, behind the half
round trips of its path. What a relay holds back to verify a chunk is not in it.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from pipelines.transfer.demand import Demand
from pipelines.transfer.graph.arrays import Floats
from pipelines.transfer.plan import Hop, Prediction, Tree
from pipelines.transfer.topology import Topology
from pipelines.transfer.units import one_way_seconds, seconds_to_send, usd_of_hours, usd_to_send


def link_shares(trees: Sequence[Tree]) -> dict[Hop, float]:
    """Which share of the bytes each link carries, ordered by name."""
    shares: dict[Hop, float] = {}
    for tree in trees:
        for hop in tree.edges:
            shares[hop] = shares.get(hop, 0.0) + tree.share
    return dict(sorted(shares.items()))


def greatest_rate(topology: Topology, trees: Sequence[Tree]) -> float:
    """Bits a second of all trees together, at which the first link, uplink or downlink is full.

    A copy sent to two children loads the uplink twice.
    """
    return rate_of_shares(topology, link_shares(trees))


def rate_of_shares(topology: Topology, shares: Mapping[Hop, float]) -> float:
    """The same, of what each link carries."""
    load = np.zeros_like(topology.bits_per_second)
    for (sender, receiver), share in shares.items():
        load[topology.index[sender], topology.index[receiver]] = share
    return min(
        _least(topology.bits_per_second, load),
        _least(topology.uplink_bits_per_second, load.sum(axis=1)),
        _least(topology.downlink_bits_per_second, load.sum(axis=0)),
    )


def _least(limit: Floats, load: Floats) -> float:
    used = load > 0
    return float((limit[used] / load[used]).min(initial=np.inf))


def predict(topology: Topology, source: str, trees: Sequence[Tree], num_bytes: int) -> Prediction:
    """Seconds, dollars and bytes per link of a plan's trees.

    The dollars are what links charge, and hours of every host that takes part for as long as the transfer does.
    """
    shares = link_shares(trees)
    seconds = seconds_to_send(num_bytes, rate_of_shares(topology, shares)) + max(
        delays(topology, source, trees).values()
    )
    hosts = sorted({source, *(host for hop in shares for host in hop)})
    per_hour = float(sum(topology.usd_per_hour[topology.index[host]] for host in hosts))
    usd = usd_to_send(num_bytes, price_of(topology, shares)) + usd_of_hours(seconds, per_hour)
    return Prediction(float(seconds), float(usd), {hop: round(share * num_bytes) for hop, share in shares.items()})


def price_of(topology: Topology, shares: Mapping[Hop, float]) -> float:
    """What the links charge for a gigabyte of the whole, in dollars."""
    price, index = topology.usd_per_gigabyte, topology.index
    return float(sum(share * price[index[sender], index[receiver]] for (sender, receiver), share in shares.items()))


def delays(topology: Topology, source: str, trees: Sequence[Tree]) -> dict[str, float]:
    """Seconds from the source to each host along the slowest of its paths, half round trips added up."""
    slowest = {source: 0.0}
    index = topology.index
    for tree in trees:
        along = {source: 0.0}
        for sender, receiver in tree.edges:
            hop = one_way_seconds(topology.round_trip_milliseconds[index[sender], index[receiver]])
            along[receiver] = along[sender] + hop
            slowest[receiver] = max(slowest.get(receiver, 0.0), along[receiver])
    return slowest


def finish_seconds(topology: Topology, source: str, trees: Sequence[Tree], num_bytes: int) -> dict[str, float]:
    """When each host has what its trees bring."""
    sending = seconds_to_send(num_bytes, greatest_rate(topology, trees))
    return {host: sending + delay for host, delay in delays(topology, source, trees).items() if host != source}


def star(topology: Topology, demand: Demand) -> Prediction | None:
    """What tools without a plan take: every destination fetches from the source; None where a link is missing."""
    index = topology.index
    if not all(topology.links[index[demand.source], index[name]] for name in demand.destinations):
        return None
    tree = Tree(1.0, tuple((demand.source, name) for name in sorted(demand.destinations)))
    return predict(topology, demand.source, [tree], demand.num_bytes)
