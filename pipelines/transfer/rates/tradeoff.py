"""Price against time: the cheapest packing of a given rate, the fastest of a given price; columns as in `packing`.

Both are linear programs over trees. Their dual prices charge a link for its limits beside what it costs in dollars; a
tree that is lighter than the program thinks possible is the next column. The same prices bound every packing.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_array, vstack

from pipelines.transfer.cheapest import is_quickly_exact, quick_tree
from pipelines.transfer.graph.arrays import Floats
from pipelines.transfer.graph.trees import weight_of
from pipelines.transfer.rates.capacities import Capacities
from pipelines.transfer.rates.packing import LEAST_TREES_A_ROUND, Columns, Packing, worth

_CLOSE = 1e-2
"""Of the bound: stop there."""
_MAX_ROUNDS = 8
_STEP = 8.0
"""How much dearer what a tree fills becomes before the next of a round."""


@dataclass(frozen=True)
class Tradeoff:
    """One demand on one topology, and the trees found for it so far."""

    columns: Columns
    source: int
    destinations: Sequence[int]

    @property
    def _capacities(self) -> Capacities:
        return self.columns.capacities

    def cheapest_at(self, rate: float) -> tuple[Packing, float]:
        """The cheapest packing of this rate, bits a second, and what none of it can be below, dollars a gigabyte.

        The trees found so far must be able to reach the rate.
        """
        limits = self._capacities.limits / rate
        usd = self._capacities.topology.usd_per_gigabyte
        bound = 0.0
        shares = np.zeros(0)
        for _ in range(_MAX_ROUNDS):
            price = self.columns.prices()
            matrix, used = self.columns.matrix()
            every = np.ones((1, len(price)))
            found = linprog(price, A_ub=matrix, b_ub=limits[used], A_eq=every, b_eq=[1.0], method="highs")
            if found.x is None:
                break
            shares = np.maximum(found.x, 0)
            tolls = np.zeros(len(limits))
            tolls[used] = np.maximum(-found.ineqlin.marginals, 0)
            lightest = self._grow(usd, tolls, limits)
            bound = max(bound, lightest - worth(limits, tolls))
            if found.fun <= bound * (1 + _CLOSE) or len(self.columns.loads) == len(price):
                break
        trees = list(self.columns.trees)[: len(shares)]
        return Packing(trees, shares * rate, rate), bound

    def fastest_for(self, usd_per_gigabyte: float, bound: float) -> Packing:
        """The packing of the greatest rate among those of this price or less, and a bound of its rate."""
        limits = self._capacities.limits / bound
        usd = self._capacities.topology.usd_per_gigabyte
        least = 1.0
        rates = np.zeros(0)
        for _ in range(_MAX_ROUNDS):
            over = self.columns.prices() - usd_per_gigabyte
            matrix, used = self.columns.matrix()
            rows = vstack([matrix, csr_array(over[None, :])])
            found = linprog(-np.ones(len(over)), A_ub=rows, b_ub=np.append(limits[used], 0.0), method="highs")
            rates = np.maximum(found.x, 0)
            duals = np.maximum(-found.ineqlin.marginals, 0)
            tolls = np.zeros(len(limits))
            tolls[used] = duals[:-1]
            lightest = self._grow(usd * duals[-1], tolls, limits) - usd_per_gigabyte * duals[-1]
            if lightest > 0:
                least = min(least, worth(limits, tolls) / lightest)
            if rates.sum() >= least * (1 - _CLOSE) or len(self.columns.loads) == len(over):
                break
        return Packing(list(self.columns.trees)[: len(rates)], rates * bound, least * bound)

    def _grow(self, usd: Floats, tolls: Floats, limits: Floats) -> float:
        """Add trees that are light at these dollars and tolls; what the lightest of all weighs, 0 if unknown."""
        lightest = 0.0
        usable = np.where(np.isfinite(limits), limits, 1.0)
        prices = tolls + np.where(np.isfinite(limits), 1e-9 / usable, 0.0)
        for number in range(max(LEAST_TREES_A_ROUND, len(self._capacities.topology.names))):
            weight = usd + self._capacities.weights(tolls if number == 0 else prices)
            tree = quick_tree(weight, self.source, self.destinations)
            if number == 0 and is_quickly_exact(weight, self.destinations):
                lightest = weight_of(weight, tree)
            taken, times = self.columns.add(tree)
            fill = times / limits[taken]
            prices[taken] *= 1 + _STEP * fill / fill.max(initial=1e-300)
        return lightest
