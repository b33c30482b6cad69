"""The lightest tree from a source to a few destinations; other hosts relay where it pays. Exact.

Dreyfus-Wagner over subsets of destinations in the form of Erickson, Monma and Veinott (1987): best[D, v] is the weight
of the lightest tree from v to all of D, either split at v in two or continued along a shortest path. 3^k sums of length
n for k destinations, all subsets of a size at once; 12 destinations among 71 hosts are 265,720 splits.
"""

from functools import cache

import numpy as np

from pipelines.transfer.graph.arrays import Floats, Ints
from pipelines.transfer.graph.shortest import path_links, shortest_paths
from pipelines.transfer.graph.trees import Edge, pruned

MAX_DESTINATIONS = 12
"""Beyond it the tables grow threefold with each destination."""
_BLOCK = 1 << 22
"""Numbers in a temporary array: 32 MB."""


def exact_tree(weight: Floats, source: int, destinations: list[int]) -> tuple[Edge, ...]:
    """Links of the lightest tree, senders before receivers; ValueError when a destination cannot be reached."""
    length, before = shortest_paths(weight)
    if not np.isfinite(length[source, destinations]).all():
        raise ValueError("a destination cannot be reached")
    split, best = _tables(length, destinations)
    links: list[Edge] = []
    waiting = [(len(best) - 1, source)]
    while waiting:
        subset, host = waiting.pop()
        if subset & (subset - 1) == 0:
            links += path_links(before, host, destinations[subset.bit_length() - 1])
            continue
        middle = int((length[host] + split[subset]).argmin())
        links += path_links(before, host, middle)
        part = _best_part(subset, middle, best)
        waiting += [(part, middle), (subset ^ part, middle)]
    return pruned(weight, source, destinations, links)


def _tables(length: Floats, destinations: list[int]) -> tuple[Floats, Floats]:
    """split[D, v], the tree begins with two branches at v, and best[D, v], [2^k, n] each."""
    num_subsets = 1 << len(destinations)
    best = np.full((num_subsets, len(length)), np.inf)
    split = best.copy()
    for bit, destination in enumerate(destinations):
        best[1 << bit] = length[:, destination]
    for subsets, parts in _splits(len(destinations)):
        split[subsets] = _least_sums(subsets, parts, best)
        step = max(1, _BLOCK // length.size)
        for at in range(0, len(subsets), step):
            some = subsets[at : at + step]
            best[some] = (split[some][:, None, :] + length).min(axis=2)
    return split, best


def _least_sums(subsets: Ints, parts: Ints, best: Floats) -> Floats:
    """For each of m subsets, [m, n], the least of best[part] + best[rest] over its `parts` [m, p]."""
    out = np.empty((len(subsets), best.shape[1]))
    step = max(1, _BLOCK // (parts.shape[1] * best.shape[1]))
    for at in range(0, len(subsets), step):
        some = parts[at : at + step]
        rest = subsets[at : at + step, None] ^ some
        out[at : at + step] = (best[some] + best[rest]).min(axis=1)
    return out


@cache
def _splits(num_destinations: int) -> list[tuple[Ints, Ints]]:
    """For each size from 2 on: its m subsets, [m], and the parts of each that hold its lowest member, [m, p]."""
    subsets = np.arange(1 << num_destinations)
    sizes = np.bitwise_count(subsets)
    of_sizes = [subsets[sizes == size] for size in range(2, num_destinations + 1)]
    return [(some, np.stack([_parts(int(subset)) for subset in some])) for some in of_sizes]


def _parts(subset: int) -> Ints:
    """The true parts of a subset that hold its lowest member, so that each split is tried once."""
    lowest = subset & -subset
    others = [1 << bit for bit in range(subset.bit_length()) if subset >> bit & 1 and 1 << bit != lowest]
    parts = np.array([lowest])
    for bit in others:
        parts = np.concatenate([parts, parts | bit])
    return parts[:-1]


def _best_part(subset: int, middle: int, best: Floats) -> int:
    parts = _parts(subset)
    return int(parts[(best[parts, middle] + best[subset ^ parts, middle]).argmin()])
