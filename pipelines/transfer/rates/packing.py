"""Trees with rates that fill a topology: the greatest broadcast rate, by column generation.

The linear program has a column for each tree and a row for each limit. HiGHS solves it over the trees found so far; its
dual prices say where it is tight, and the lightest tree at those prices is the next column. A few trees are found for
each solution: after each, what it fills is made dearer (Garg and Koenemann, SIAM J. Comput. 37, 2007), which keeps them
apart. Any prices bound any packing: a bit a second of every tree costs at least the lightest tree, and all limits
together cost a known sum. With the lightest tree exact, the bound meets the packing: both are the optimum.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_array

from pipelines.transfer.cheapest import is_quickly_exact, quick_tree
from pipelines.transfer.graph.arrays import Floats, Ints
from pipelines.transfer.graph.trees import Edges, weight_of
from pipelines.transfer.rates.capacities import Capacities, Load
from pipelines.transfer.topology import Topology

GOOD_ENOUGH = 0.99
"""Of the bound: stop there."""
_MAX_ROUNDS = 60
LEAST_TREES_A_ROUND = 16
"""And as many as hosts: 64 fully linked hosts reach 0.996 with 128 trees in two rounds; 12 trees a round need 60."""
_STEP = 8.0
"""How much dearer what a tree fills becomes. 0.5 needs twice the trees, 30 finds the same."""
_INERTIA = 0.3
"""Share of the former prices in the next: bare dual prices jump from corner to corner."""
_NOISE = 1e-7
"""HiGHS keeps constraints to this."""
LEAST_SHARE = 1e-6
"""A tree with less of the bytes is not worth a connection."""


@dataclass
class Columns:
    """The trees found so far, each once."""

    capacities: Capacities
    trees: dict[Edges, int] = field(default_factory=dict)
    loads: list[Load] = field(default_factory=list)

    @classmethod
    def of(cls, topology: Topology) -> "Columns":
        """None yet."""
        return cls(Capacities(topology))

    def prices(self) -> Floats:
        """[trees] dollars a gigabyte."""
        usd = self.capacities.topology.usd_per_gigabyte
        return np.array([weight_of(usd, tree) for tree in self.trees])

    def greatest_rate(self) -> float:
        """Of all trees together, bits a second."""
        largest = float(max(self.capacities.greatest_rate(load) for load in self.loads))
        rates, _ = _solved(self, self.capacities.limits / largest)
        return float(rates.sum()) * largest * (1 - _NOISE)

    def add(self, edges: Edges) -> Load:
        """Take a tree in; what it takes."""
        if edges not in self.trees:
            self.trees[edges] = len(self.loads)
            self.loads.append(self.capacities.load(edges))
        return self.loads[self.trees[edges]]

    def only(self, numbers: Ints) -> "Columns":
        """Some of them."""
        trees = list(self.trees)
        fewer = Columns(self.capacities)
        for number in numbers:
            fewer.add(trees[number])
        return fewer

    def matrix(self) -> tuple[csr_array, Ints]:
        """Rows of the limits that any tree takes of, [rows, trees], and which limits those are."""
        rows = np.concatenate([taken for taken, _ in self.loads])
        times = np.concatenate([times for _, times in self.loads])
        columns = np.repeat(np.arange(len(self.loads)), [len(taken) for taken, _ in self.loads])
        used, place = np.unique(rows, return_inverse=True)
        return csr_array((times, (place, columns)), shape=(len(used), len(self.loads))), used


@dataclass(frozen=True)
class Packing:
    """Trees and the rate of each, bits a second, and what no packing can exceed together."""

    trees: Sequence[Edges]
    rates: Floats
    bound: float

    @property
    def rate(self) -> float:
        """Of all trees together."""
        return float(self.rates.sum())

    def shares(self, least: float = LEAST_SHARE) -> list[tuple[float, Edges]]:
        """The trees that carry at least this share, with shares that sum to 1."""
        kept = self.rates >= least * self.rate
        total = self.rates[kept].sum()
        return [
            (float(rate / total), tree) for tree, rate, keep in zip(self.trees, self.rates, kept, strict=True) if keep
        ]


def fastest(columns: Columns, source: int, destinations: Sequence[int], bound: float) -> Packing:
    """The packing of the greatest rate; `bound` is a rate known not to be exceedable, to begin with.

    The trees found are added to `columns`.
    """
    capacities = columns.capacities
    scale = bound
    limits = capacities.limits / scale
    num_trees = max(LEAST_TREES_A_ROUND, len(capacities.topology.names))
    least = 1.0  # the bound in units of `scale`
    prices = start = np.where(np.isfinite(limits), 1 / limits, 0.0)
    rates = np.zeros(0)
    for _ in range(_MAX_ROUNDS):
        for _ in range(num_trees):
            weight = capacities.weights(prices)
            tree = quick_tree(weight, source, destinations)
            if is_quickly_exact(weight, destinations):
                least = min(least, worth(limits, prices) / weight_of(weight, tree))
            taken, times = columns.add(tree)
            fill = times / limits[taken]
            prices = prices.copy()
            prices[taken] *= 1 + _STEP * fill / fill.max()
        rates, duals = _solved(columns, limits)
        if rates.sum() >= GOOD_ENOUGH * least:
            break
        start = _INERTIA * start / worth(limits, start) + (1 - _INERTIA) * duals
        prices = start
    trees, rates = _thinned(columns, rates, limits, GOOD_ENOUGH * min(float(rates.sum()), least))
    return Packing(trees, rates * scale, least * scale)


def _thinned(columns: Columns, rates: Floats, limits: Floats, floor: float) -> tuple[list[Edges], Floats]:
    """The fewest of the largest trees whose best rates still reach `floor`, by bisection, and those rates."""
    largest = np.argsort(-rates, kind="stable")
    enough, too_few = int((rates > 0).sum()), 0
    kept, best = columns.only(largest[:enough]), rates[largest[:enough]]
    while enough - too_few > 1:
        middle = (enough + too_few) // 2
        fewer = columns.only(largest[:middle])
        some, _ = _solved(fewer, limits)
        if some.sum() >= floor:
            enough, kept, best = middle, fewer, some
        else:
            too_few = middle
    return list(kept.trees), best


def worth(limits: Floats, prices: Floats) -> float:
    """What all limits together cost."""
    priced = prices > 0
    return float((limits[priced] * prices[priced]).sum())


def _solved(columns: Columns, limits: Floats) -> tuple[Floats, Floats]:
    """The best rates of the trees found so far, and the price of each limit, which together cost 1."""
    matrix, used = columns.matrix()
    solution = linprog(-np.ones(len(columns.loads)), A_ub=matrix, b_ub=limits[used], method="highs")
    prices = np.zeros(len(limits))
    prices[used] = np.maximum(-solution.ineqlin.marginals, 0)
    return np.maximum(solution.x, 0), prices / max(worth(limits, prices), 1e-300)
