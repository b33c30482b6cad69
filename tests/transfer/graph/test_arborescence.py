import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.transfer.graph.arborescence import minimum_arborescence, weight_of


@st.composite
def digraphs(draw: st.DrawFn) -> np.ndarray:
    """Weights from few values, so that ties and nested cycles are common; the first host reaches every other."""
    size = draw(st.integers(1, 9))
    chance = np.random.default_rng(draw(st.integers(0, 100_000)))
    weight = chance.integers(0, draw(st.sampled_from([2, 5, 100])), (size, size)).astype(float)
    weight[chance.random((size, size)) > draw(st.sampled_from([0.3, 0.7, 1.0]))] = np.inf
    weight[np.arange(size - 1), np.arange(1, size)] = 100.0
    np.fill_diagonal(weight, np.inf)
    return weight


def networkx_weight(weight: np.ndarray, root: int) -> float:
    """By its heaviest branching: its minimum_spanning_arborescence finds none in some digraphs that have one."""
    graph = nx.DiGraph()
    graph.add_nodes_from(range(len(weight)))
    links = zip(*np.nonzero(np.isfinite(weight)), strict=True)
    graph.add_weighted_edges_from((int(a), int(b), 10_000 - weight[a, b]) for a, b in links if b != root)
    branching = nx.maximum_branching(graph)
    assert branching.number_of_edges() == len(weight) - 1
    return sum(float(weight[link]) for link in branching.edges)


@settings(max_examples=100, deadline=None)
@given(digraphs())
def test_it_spans_from_the_root_and_weighs_what_networkx_finds(weight: np.ndarray) -> None:
    parents = minimum_arborescence(weight, 0)
    assert parents[0] == -1
    for host in range(len(weight)):
        steps = 0
        while host:
            host, steps = int(parents[host]), steps + 1  # noqa: PLW2901 (up to the root)
            assert steps < len(weight)
    assert weight_of(weight, parents) == networkx_weight(weight, 0)


def test_the_weights_are_left_as_they_are() -> None:
    weight = np.asfortranarray(np.ones((4, 4)))
    minimum_arborescence(weight, 0)
    assert (weight == 1).all()


def test_the_root_is_an_argument() -> None:
    weight = np.random.default_rng(3).uniform(1, 9, (30, 30))
    for root in (0, 7, 29):
        parents = minimum_arborescence(weight, root)
        assert np.flatnonzero(parents < 0).tolist() == [root]
        np.fill_diagonal(weight, np.inf)
        assert weight_of(weight, parents) == pytest.approx(networkx_weight(weight, root))


def test_of_equal_links_the_first_sender_is_taken() -> None:
    assert minimum_arborescence(np.ones((4, 4)), 0).tolist() == [-1, 0, 0, 0]


def test_a_host_that_cannot_be_reached_is_told() -> None:
    weight = np.full((3, 3), np.inf)
    weight[0, 1] = 1
    with pytest.raises(ValueError, match="node 2 cannot be reached from 0"):
        minimum_arborescence(weight, 0)
