from itertools import pairwise

from topologies import of

from pipelines.transfer import Demand
from pipelines.transfer.frontier import frontier


def test_each_plan_is_slower_and_cheaper_than_the_one_before() -> None:
    topology = of("s:8e9: a:4e9: b", "s>a 8e9 1, a>b 8e9 1, s>b 8e9 5")
    plans = frontier(topology, Demand("s", ("a", "b"), 10**9))
    assert len(plans) == 6
    for before, after in pairwise(plans):
        assert before.predicted.seconds < after.predicted.seconds
        assert before.predicted.usd > after.predicted.usd


def test_where_the_fastest_is_the_cheapest_there_is_one_plan() -> None:
    assert len(frontier(of("s a", "s>a 8 1"), Demand("s", ("a",), 10))) == 1
