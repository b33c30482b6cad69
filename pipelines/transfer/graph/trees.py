"""Trees as tuples of links, senders before receivers."""

from collections.abc import Iterable, Sequence

import numpy as np

from pipelines.transfer.graph.arborescence import Parents, minimum_arborescence
from pipelines.transfer.graph.arrays import Floats

Edge = tuple[int, int]
"""Sender, receiver."""
Edges = tuple[Edge, ...]


def ordered(parents: Parents, root: int, destinations: Iterable[int]) -> Edges:
    """The links that lead from the root to the destinations, senders before receivers, the rest left out."""
    depth = {root: 0}
    for destination in destinations:
        way = [destination]
        while way[-1] not in depth:
            way.append(int(parents[way[-1]]))
        for host in reversed(way[:-1]):
            depth[host] = depth[int(parents[host])] + 1
    hosts = sorted((host for host in depth if host != root), key=lambda host: (depth[host], host))
    return tuple((int(parents[host]), host) for host in hosts)


def pruned(weight: Floats, root: int, destinations: Sequence[int], links: Iterable[Edge]) -> Edges:
    """The lightest tree to the destinations found among the hosts that some links touch: never heavier than they."""
    hosts = sorted({root, *destinations, *(host for link in links for host in link)})
    return spanning(weight, root, destinations, hosts)


def spanning(weight: Floats, root: int, destinations: Sequence[int], hosts: Sequence[int]) -> Edges:
    """The minimum arborescence over these hosts, relays that lead nowhere left out."""
    chosen = np.asarray(hosts)
    parents = minimum_arborescence(weight[np.ix_(chosen, chosen)], hosts.index(root))
    everyone = np.full(len(weight), -1)
    everyone[chosen] = np.where(parents >= 0, chosen[parents], -1)
    return ordered(everyone, root, destinations)


def weight_of(weight: Floats, edges: Edges) -> float:
    """What the links weigh together."""
    return float(sum(weight[edge] for edge in edges))
