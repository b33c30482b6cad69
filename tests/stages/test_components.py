"""Connected components in DataFrames agree with a union-find on one machine."""

import random

import pytest
from pyspark.sql import SparkSession

from pipelines.stages.components import connected_components


def smallest_of_component(edges: list[tuple[int, int]]) -> dict[int, int]:
    """Node → smallest node of its component, by union-find; nodes that are their own root left out."""
    parent: dict[int, int] = {}

    def root(node: int) -> int:
        while parent.setdefault(node, node) != node:
            node = parent[node]
        return node

    for a, b in edges:
        low, high = sorted((root(a), root(b)))
        parent[high] = low
    return {node: root(node) for node in parent if root(node) != node}


def found(spark: SparkSession, edges: list[tuple[int, int]]) -> dict[int, int]:
    frame = spark.createDataFrame(edges, "a bigint, b bigint")
    return {row["node"]: row["root"] for row in connected_components(frame).collect()}


def test_random_graphs_a_long_chain_and_a_star_have_the_components_of_a_union_find(spark: SparkSession) -> None:
    chooser = random.Random(7)
    sparse = [(chooser.randrange(1000, 1300), chooser.randrange(1000, 1300)) for _ in range(220)]
    chain = [(node, node + 1) for node in range(24)]
    chooser.shuffle(chain)
    star = [(2000, 2000 + leaf) for leaf in range(1, 40)]
    upside_down = [(3000 - leaf, 3000) for leaf in range(1, 20)]
    edges = sparse + chain + star + upside_down + [(5000, 5000)]
    expected = {node: root for node, root in smallest_of_component(edges).items() if node != root}
    assert found(spark, edges) == expected
    assert len(set(expected.values())) > 10


@pytest.mark.parametrize("edges", [[], [(1, 1)]])
def test_no_edges_give_no_components(spark: SparkSession, edges: list[tuple[int, int]]) -> None:
    assert found(spark, edges) == {}
