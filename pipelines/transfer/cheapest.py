"""The lightest tree from a source to destinations, by the strongest way one can afford, and a bound for any tree."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pipelines.transfer.graph.arrays import Floats
from pipelines.transfer.graph.dual_ascent import bounded_tree, closure_tree
from pipelines.transfer.graph.steiner import MAX_DESTINATIONS, exact_tree
from pipelines.transfer.graph.trees import Edges, spanning, weight_of
from pipelines.transfer.topology import Topology

_TIE_USD_PER_GIGABYTE = 1e-9
"""What all preferences for fast links add up to at most: below any difference of prices, above float64's noise."""

_MAX_QUICK = 7
"""Destinations with relays up to which a tree is exact where hundreds are needed: 3 ms for 71 hosts; 12 take 100 ms."""


@dataclass(frozen=True)
class Lightest:
    """A tree, and what no tree weighs less than."""

    edges: Edges
    bound: float
    found_by: str


def lightest(weight: Floats, source: int, destinations: Sequence[int]) -> Lightest:
    """The lightest tree that is found and its bound; `weight` [n, n] is infinite where there is no link."""
    if _is_spanning(weight, destinations):
        tree = spanning(weight, source, destinations, range(len(weight)))
        return Lightest(tree, weight_of(weight, tree), "minimum arborescence (Chu-Liu/Edmonds)")
    if len(destinations) <= MAX_DESTINATIONS:
        tree = exact_tree(weight, source, list(destinations))
        return Lightest(tree, weight_of(weight, tree), "exact Steiner arborescence (Dreyfus-Wagner)")
    tree, bound = bounded_tree(weight, source, destinations)
    return Lightest(tree, min(bound, weight_of(weight, tree)), "dual ascent (Wong 1984)")


def quick_tree(weight: Floats, source: int, destinations: Sequence[int]) -> Edges:
    """A light tree, in milliseconds: the lightest where `is_quickly_exact`."""
    if _is_spanning(weight, destinations):
        return spanning(weight, source, destinations, range(len(weight)))
    if is_quickly_exact(weight, destinations):
        return exact_tree(weight, source, list(destinations))
    return closure_tree(weight, source, destinations)


def is_quickly_exact(weight: Floats, destinations: Sequence[int]) -> bool:
    """Whether `quick_tree` is the lightest: nobody is left to relay, or there are few destinations."""
    return _is_spanning(weight, destinations) or len(destinations) <= _MAX_QUICK


def _is_spanning(weight: Floats, destinations: Sequence[int]) -> bool:
    return len(destinations) == len(weight) - 1


def price_weights(topology: Topology) -> Floats:
    """[n, n] dollars a gigabyte; of equal prices the faster link is lighter by next to nothing."""
    links = topology.links
    rate = np.minimum(
        topology.bits_per_second,
        np.minimum(topology.uplink_bits_per_second[:, None], topology.downlink_bits_per_second[None, :]),
    )
    slowness = np.divide(1.0, rate, out=np.zeros_like(rate), where=links)
    most = slowness.max(initial=0.0) * max(1, len(links) - 1)
    preference = slowness * (_TIE_USD_PER_GIGABYTE / most) if most > 0 else slowness
    return np.where(links, topology.usd_per_gigabyte + preference, np.inf)


def cheapest(topology: Topology, source: int, destinations: Sequence[int]) -> Lightest:
    """The cheapest tree; its bound in dollars a gigabyte, without what the preference for fast links adds to it."""
    found = lightest(price_weights(topology), source, destinations)
    price = weight_of(topology.usd_per_gigabyte, found.edges)
    is_optimal = found.bound >= weight_of(price_weights(topology), found.edges) - _TIE_USD_PER_GIGABYTE
    bound = price if is_optimal else max(0.0, found.bound - _TIE_USD_PER_GIGABYTE)
    return Lightest(found.edges, min(price, bound), found.found_by)
