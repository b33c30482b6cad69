import networkx as nx
from hypothesis import given
from hypothesis import strategies as st

from pipelines.transfer.graph.spanning_tree import kruskal, prim, total, weights

EXAMPLE = {("1", "2"): 5.0, ("2", "3"): 3.0, ("2", "4"): 4.0, ("3", "4"): 1.0, ("4", "5"): 2.0}
PAIRS = [(a, b) for a in "abcdefg" for b in "abcdefg" if a < b]
GRAPHS = st.dictionaries(st.sampled_from(PAIRS), st.integers(0, 5).map(float), min_size=1)


def test_the_worked_example_has_four_links_that_weigh_11() -> None:
    for tree in (kruskal(EXAMPLE), prim(EXAMPLE)):
        assert tree == [("1", "2"), ("2", "3"), ("3", "4"), ("4", "5")]
        assert total(EXAMPLE, tree) == 11


def test_a_link_weighs_both_ends_and_its_cost() -> None:
    assert weights({"a": 2, "b": 3}, {("b", "a"): 10, ("b", "c"): 1}) == {("a", "b"): 15, ("b", "c"): 4}


@given(GRAPHS)
def test_both_find_one_tree_that_weighs_what_networkx_finds(weight: dict[tuple[str, str], float]) -> None:
    graph = nx.Graph()
    graph.add_weighted_edges_from((a, b, cost) for (a, b), cost in weight.items())
    expected = nx.minimum_spanning_tree(graph)
    tree = kruskal(weight)
    assert tree == prim(weight)
    assert len(tree) == expected.number_of_edges()
    assert total(weight, tree) == expected.size("weight")


@given(GRAPHS, st.randoms(use_true_random=False))
def test_ties_are_broken_by_name_whatever_the_order(weight: dict[tuple[str, str], float], chance) -> None:
    links = list(weight.items())
    chance.shuffle(links)
    assert kruskal(dict(links)) == kruskal(weight)
    assert prim(dict(links)) == prim(weight)
