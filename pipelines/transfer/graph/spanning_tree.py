"""Minimum spanning trees of links that weigh the same both ways: Kruskal's and Prim's, ties by name.

The classical model of a computer network: a link's weight is T_ij = T_i + T_j + cost_ij, the time that each end takes
to process and the cost of the link between them.
"""

import heapq
from collections.abc import Iterable, Mapping

Link = tuple[str, str]
"""Its two ends, in order."""


def weights(processing: Mapping[str, float], costs: Mapping[Link, float]) -> dict[Link, float]:
    """T_i + T_j + cost_ij of each link; a node that `processing` does not name takes no time."""
    return {
        _ordered(*link): processing.get(link[0], 0) + processing.get(link[1], 0) + cost for link, cost in costs.items()
    }


def kruskal(weight: Mapping[Link, float]) -> list[Link]:
    """The links of a minimum spanning forest, ordered by name: lightest link first that joins two parts."""
    leader: dict[str, str] = {}

    def find(node: str) -> str:
        while (above := leader.setdefault(node, node)) != node:
            leader[node] = node = leader.setdefault(above, above)
        return node

    chosen = []
    for cost, a, b in sorted((cost, *_ordered(*link)) for link, cost in weight.items()):  # noqa: B007 (it orders)
        one, other = find(a), find(b)
        if one != other:
            leader[max(one, other)] = min(one, other)
            chosen.append((a, b))
    return sorted(chosen)


def prim(weight: Mapping[Link, float]) -> list[Link]:
    """The same tree, grown from the first node of each part by name."""
    around = _neighbours(weight)
    reached: set[str] = set()
    chosen = []
    for start in sorted(around):
        waiting = [(0.0, start, start, start)]
        while waiting:
            _, a, b, node = heapq.heappop(waiting)
            if node in reached:
                continue
            reached.add(node)
            chosen += [(a, b)] if a != b else []
            for cost, other in around[node]:
                heapq.heappush(waiting, (cost, *_ordered(node, other), other))
    return sorted(chosen)


def total(weight: Mapping[Link, float], tree: Iterable[Link]) -> float:
    """What the links of a tree weigh together."""
    return sum(weight[link] for link in tree)


def _neighbours(weight: Mapping[Link, float]) -> dict[str, list[tuple[float, str]]]:
    around: dict[str, list[tuple[float, str]]] = {}
    for (a, b), cost in weight.items():
        around.setdefault(a, []).append((cost, b))
        around.setdefault(b, []).append((cost, a))
    return around


def _ordered(a: str, b: str) -> Link:
    return (a, b) if a <= b else (b, a)
