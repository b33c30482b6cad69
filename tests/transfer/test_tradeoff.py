"""Price against rate, beside the same linear programs over every arborescence there is."""

from itertools import product

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog
from topologies import topologies

from pipelines.transfer.graph.trees import ordered, weight_of
from pipelines.transfer.rates.packing import Columns, Packing, fastest
from pipelines.transfer.rates.rate_bound import rate_bound
from pipelines.transfer.rates.tradeoff import Tradeoff
from pipelines.transfer.topology import Topology


def every_tree(topology: Topology) -> Columns:
    """Columns for all spanning arborescences from host 0."""
    columns = Columns.of(topology)
    size = len(topology.names)
    for parents in product(range(size), repeat=size - 1):
        above = np.array([-1, *parents])
        if all(topology.links[sender, receiver] for receiver, sender in enumerate(above) if receiver):
            reached = {0}
            for _ in range(size):
                reached |= {host for host in range(1, size) if above[host] in reached}
            if len(reached) == size:
                columns.add(ordered(above, 0, range(1, size)))
    return columns


def usd_per_gigabyte(topology: Topology, packing: Packing) -> float:
    prices = [weight_of(topology.usd_per_gigabyte, tree) for tree in packing.trees]
    return float(np.dot(packing.rates, prices) / packing.rate)


@settings(max_examples=40, deadline=None)
@given(topologies(5), st.floats(0.2, 0.95))
def test_neither_is_better_than_all_trees_allow_nor_is_a_bound_beyond_that(topology: Topology, part: float) -> None:
    everyone = list(range(1, len(topology.names)))
    all_of_them = every_tree(topology)
    matrix, used = all_of_them.matrix()
    bound = rate_bound(topology, 0, everyone)[0]
    limits, prices = all_of_them.capacities.limits[used] / bound, all_of_them.prices()
    greatest = -linprog(-np.ones(len(prices)), A_ub=matrix, b_ub=limits).fun
    columns = Columns.of(topology)
    fastest(columns, 0, everyone, bound)
    rate = part * greatest
    assume(rate * bound < columns.greatest_rate())

    least = linprog(prices, A_ub=matrix, b_ub=limits / rate, A_eq=np.ones((1, len(prices))), b_eq=[1]).fun
    packing, proven = Tradeoff(columns, 0, everyone).cheapest_at(rate * bound)
    assert packing.rate == pytest.approx(rate * bound)
    assert proven * (1 - 1e-6) <= least <= usd_per_gigabyte(topology, packing) * (1 + 1e-6)
    assert usd_per_gigabyte(topology, packing) <= least * 1.02

    allowed = min(prices) + part * (max(prices) - min(prices))
    rows = np.vstack([matrix.toarray(), prices - allowed])
    most = -linprog(-np.ones(len(prices)), A_ub=rows, b_ub=np.append(limits, 0)).fun * bound
    packing = Tradeoff(columns, 0, everyone).fastest_for(allowed, bound)
    assert usd_per_gigabyte(topology, packing) <= allowed * (1 + 1e-6)
    assert packing.rate * (1 - 1e-6) <= most <= packing.bound * (1 + 1e-6)
    assert packing.rate >= most * 0.98
