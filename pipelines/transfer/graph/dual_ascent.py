"""Trees to many destinations with relays: a heuristic, and a lower bound that tells how good it is.

Wong's dual ascent (Mathematical Programming 28, 1984): what enters a set that holds a destination and not the source
must be paid once; such sets' dues are raised, each to the lightest link that enters, until the source reaches every
destination over links that are paid for. The dues add up to a bound, the paid links to a small digraph with good trees.
"""

import heapq
from collections.abc import Sequence

import numpy as np

from pipelines.transfer.graph.arrays import Bools, Floats
from pipelines.transfer.graph.shortest import path_links, shortest_paths
from pipelines.transfer.graph.trees import Edges, pruned, spanning, weight_of

_MAX_PASSES = 4
"""Over all hosts, leaving one out or taking one in, while that makes the tree lighter."""


def bounded_tree(weight: Floats, source: int, destinations: Sequence[int]) -> tuple[Edges, float]:
    """A light tree, and what no tree can weigh less than. Every destination must be reachable."""
    bound, paid = dual_ascent(weight, source, destinations)
    restricted = np.where(paid, weight, np.inf)
    hosts = [int(host) for host in np.flatnonzero(_closure(paid.T, _only(len(weight), source)))]
    trees = [spanning(restricted, source, destinations, hosts), closure_tree(weight, source, destinations)]
    tree = min(trees, key=lambda edges: weight_of(weight, edges))
    return _improved(weight, source, destinations, tree), bound


def closure_tree(weight: Floats, source: int, destinations: Sequence[int]) -> Edges:
    """The minimum arborescence over shortest paths between source and destinations: the fast heuristic."""
    length, before = shortest_paths(weight)
    over_paths = spanning(length, source, destinations, [source, *destinations])
    links = [link for sender, receiver in over_paths for link in path_links(before, sender, receiver)]
    return pruned(weight, source, destinations, links)


def dual_ascent(weight: Floats, source: int, destinations: Sequence[int]) -> tuple[float, Bools]:
    """The bound, and [n, n] which links are paid for."""
    due = weight.copy()
    np.fill_diagonal(due, np.inf)
    bound = 0.0
    waiting = [(1, destination) for destination in sorted(destinations)]
    sets = {destination: _only(len(weight), destination) for destination in destinations}
    while waiting:
        _, destination = heapq.heappop(waiting)
        inside = sets[destination] = _closure(due <= 0, sets[destination])
        if inside[source]:
            continue
        entering = np.ix_(~inside, inside)
        step = due[entering].min()
        due[entering] -= step
        bound += float(step)
        heapq.heappush(waiting, (int(inside.sum()), destination))
    return bound, due <= 0


def _only(size: int, host: int) -> Bools:
    alone = np.zeros(size, dtype=bool)
    alone[host] = True
    return alone


def _closure(leads: Bools, inside: Bools) -> Bools:
    """`inside` and every host from which links that are True in `leads` [sender, receiver] lead there."""
    reached = inside.copy()
    frontier = inside
    while frontier.any():
        frontier = leads[:, frontier].any(axis=1) & ~reached
        reached |= frontier
    return reached


def _improved(weight: Floats, source: int, destinations: Sequence[int], tree: Edges) -> Edges:
    """Leave a relay out or take a host in as long as the tree becomes lighter."""
    fixed = {source, *destinations}
    least = weight_of(weight, tree)
    for _ in range(_MAX_PASSES):
        before = least
        for host in range(len(weight)):
            relays = {end for edge in tree for end in edge} ^ {host}
            if host in fixed:
                continue
            try:
                other = spanning(weight, source, destinations, sorted(fixed | relays))
            except ValueError:  # without this relay something cannot be reached
                continue
            if (value := weight_of(weight, other)) < least * (1 - 1e-12):
                tree, least = other, value
        if least == before:
            break
    return tree
