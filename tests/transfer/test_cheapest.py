from itertools import chain, combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from topologies import of, topologies

from pipelines.transfer.cheapest import cheapest, lightest
from pipelines.transfer.graph.arborescence import minimum_arborescence
from pipelines.transfer.graph.dual_ascent import bounded_tree
from pipelines.transfer.graph.steiner import exact_tree
from pipelines.transfer.graph.trees import weight_of


def brute_force(weight: np.ndarray, source: int, destinations: list[int]) -> float:
    """The lightest minimum arborescence over every set of relays."""
    relays = [host for host in range(len(weight)) if host != source and host not in destinations]
    best = np.inf
    for some in chain.from_iterable(combinations(relays, number) for number in range(len(relays) + 1)):
        hosts = [source, *destinations, *some]
        part = weight[np.ix_(hosts, hosts)]
        try:
            parents = minimum_arborescence(part, 0)
        except ValueError:
            continue
        best = min(best, float(part[parents[1:], np.arange(1, len(hosts))].sum()))
    return best


@st.composite
def questions(draw: st.DrawFn) -> tuple[np.ndarray, list[int]]:
    topology = draw(topologies(8))
    weight = np.where(topology.links, topology.usd_per_gigabyte, np.inf)
    others = list(range(1, len(weight)))
    return weight, draw(st.lists(st.sampled_from(others), min_size=1, max_size=5, unique=True))


@settings(max_examples=80, deadline=None)
@given(questions())
def test_the_exact_tree_weighs_what_trying_every_set_of_relays_finds(question: tuple[np.ndarray, list[int]]) -> None:
    weight, destinations = question
    tree = exact_tree(weight, 0, destinations)
    assert weight_of(weight, tree) == pytest.approx(brute_force(weight, 0, destinations))
    assert set(destinations) <= {receiver for _, receiver in tree}


@settings(max_examples=80, deadline=None)
@given(questions())
def test_the_heuristic_is_a_tree_between_its_bound_and_not_far_from_it(question: tuple[np.ndarray, list[int]]) -> None:
    weight, destinations = question
    tree, bound = bounded_tree(weight, 0, destinations)
    best = brute_force(weight, 0, destinations)
    assert bound <= best + 1e-9
    assert best - 1e-9 <= weight_of(weight, tree) <= 1.5 * best
    receivers = [receiver for _, receiver in tree]
    assert len(set(receivers)) == len(receivers)
    assert set(destinations) <= set(receivers)


def test_a_relay_is_used_where_it_pays_and_only_there() -> None:
    topology = of("s r a b", "s>a 1 10, s>b 1 10, s>r 1 10, r>a 1 1, r>b 1 1")
    assert cheapest(topology, 3, [0, 1]).bound == 12
    assert cheapest(topology, 3, [0]).edges == ((3, 0),)


def test_of_equal_prices_the_faster_way_is_taken() -> None:
    topology = of("a m z", "a>z 100 1, a>m 1 1, z>m 100 1")
    found = cheapest(topology, 0, [1, 2])
    assert found.edges == ((0, 2), (2, 1))
    assert found.bound == 2


def test_more_destinations_than_exact_trees_take_have_a_bound() -> None:
    weight = np.random.default_rng(5).integers(1, 30, (25, 25)).astype(float)
    np.fill_diagonal(weight, np.inf)
    found = lightest(weight, 0, list(range(1, 16)))
    assert found.found_by == "dual ascent (Wong 1984)"
    assert 0.9 * weight_of(weight, found.edges) <= found.bound <= weight_of(weight, found.edges)
