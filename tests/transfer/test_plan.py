import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from topologies import of, topologies

from pipelines.errors import DemandError
from pipelines.transfer import Demand, Objective, Plan, Topology, make_plan
from pipelines.transfer.demand import part_of
from pipelines.transfer.predict import greatest_rate, link_shares
from pipelines.transfer.rates.rate_bound import rate_bound

OBJECTIVES = [Objective("price"), Objective("time")]


@st.composite
def demands(draw: st.DrawFn) -> tuple[Topology, Demand]:
    topology = draw(topologies())
    source, *others = topology.names
    destinations = draw(st.lists(st.sampled_from(others), min_size=1, unique=True))
    return topology, Demand(source, tuple(destinations), draw(st.integers(1, 10**13)))


def loads(topology: Topology, plan: Plan, rate: float):
    """What each link, uplink and downlink carries, beside its limit."""
    index = topology.index
    up, down = [0.0] * len(index), [0.0] * len(index)
    for (sender, receiver), share in link_shares(plan.trees).items():
        a, b = index[sender], index[receiver]
        up[a] += share * rate
        down[b] += share * rate
        yield share * rate, topology.bits_per_second[a, b]
    yield from zip(up, topology.uplink_bits_per_second, strict=True)
    yield from zip(down, topology.downlink_bits_per_second, strict=True)


@settings(max_examples=80, deadline=None)
@given(demands(), st.sampled_from(OBJECTIVES))
def test_every_plan_can_be_carried_out_and_keeps_every_limit(asked: tuple[Topology, Demand], objective) -> None:
    topology, demand = asked
    plan = make_plan(topology, demand, objective)
    assert list(plan.faults()) == []
    rate = 8 * demand.num_bytes / plan.predicted.seconds
    assert all(load <= limit * (1 + 1e-9) for load, limit in loads(topology, plan, rate))
    assert plan.predicted.seconds >= plan.bounds.seconds > 0
    assert plan.predicted.usd >= plan.bounds.usd > 0
    assert Plan.from_json(plan.to_json()) == plan


@settings(max_examples=50, deadline=None)
@given(demands())
def test_no_plan_is_faster_than_the_fastest_or_cheaper_than_the_cheapest(asked: tuple[Topology, Demand]) -> None:
    price, time = (make_plan(*asked, objective) for objective in OBJECTIVES)
    assert time.predicted.seconds <= price.predicted.seconds * (1 + 1e-9) / 0.98
    assert price.predicted.usd <= time.predicted.usd * (1 + 1e-9)
    assert price.predicted.usd == pytest.approx(price.bounds.usd)
    assert price.bounds.usd == pytest.approx(time.bounds.usd)


@settings(max_examples=50, deadline=None)
@given(demands())
def test_the_time_is_within_two_per_cent_of_a_proven_bound_where_all_are_destinations(asked) -> None:
    topology, demand = asked
    demand = Demand(demand.source, topology.names[1:], demand.num_bytes)
    plan = make_plan(topology, demand, Objective("time"))
    assert plan.predicted.seconds <= plan.bounds.seconds / 0.98


def test_a_copy_to_two_children_takes_the_uplink_twice() -> None:
    topology = of("s:10: a b", "s>a 100 1, s>b 100 1")
    plan = make_plan(topology, Demand("s", ("a", "b"), 10), Objective("time"))
    assert greatest_rate(topology, plan.trees) == pytest.approx(5)
    assert plan.predicted.seconds == pytest.approx(16)


def test_bytes_prices_and_hours_are_converted() -> None:
    topology = of("s a", "s>a 8e9 0.5")
    plan = make_plan(topology, Demand("s", ("a",), 3 * 10**9), Objective("price"))
    assert (plan.predicted.seconds, plan.predicted.usd) == (3, 1.5)
    assert plan.predicted.bytes_per_link == {("s", "a"): 3 * 10**9}


def test_the_file_holds_what_other_programs_read() -> None:
    plan = make_plan(of("s a", "s>a 80 1"), Demand("s", ("a",), 10), Objective("price"))
    value = json.loads(plan.to_json())
    assert list(value) == ["source", "destinations", "bytes", "trees", "predicted", "bounds"]
    assert value["trees"] == [{"share": 1.0, "edges": [["s", "a"]]}]
    assert value["predicted"] == {"seconds": 1.0, "usd": 1e-8, "bytes_per_link": [["s", "a", 10]]}
    assert set(value["bounds"]) == {"seconds", "usd", "found_by"}


def test_a_file_that_is_no_plan_says_why() -> None:
    plan = make_plan(of("s a b", "s>a 8 1, a>b 8 1"), Demand("s", ("b",), 10), Objective("price"))
    value = json.loads(plan.to_json())
    value["trees"] = [{"share": 0.5, "edges": [["a", "b"], ["s", "a"], ["s", "a"]]}, {"share": 0, "edges": []}]
    with pytest.raises(DemandError) as refused:
        Plan.from_json(json.dumps(value))
    told = "\n".join(refused.value.faults)
    for fault in (
        "sum to 0.5",
        "a sends to b before",
        "a receives twice",
        "its share is 0",
        "tree 1: b is not reached",
    ):
        assert fault in told
    for text in ("", "{}", "[]", '{"source": 1}'):
        with pytest.raises(DemandError, match="not a plan"):
            Plan.from_json(text)


def test_every_fault_of_a_demand_is_told_at_once() -> None:
    topology = of("s a b lost", "s>a 8 1, a>b 8 1")
    demand = Demand("s", ("b", "b", "s", "x", "lost"), 0)
    with pytest.raises(DemandError) as refused:
        make_plan(topology, demand, Objective("time", deadline_seconds=1, budget_usd=-1))
    told = "\n".join(refused.value.faults)
    for fault in ("x: the topology has no", "b is named twice", "s is the source", "lost cannot be reached from s"):
        assert fault in told
    for fault in ("0 bytes", "a deadline and a budget", "a budget of -1"):
        assert fault in told


@pytest.mark.parametrize(("nodes", "links"), [("s a", "a>s 8 1"), ("s:0: a", "s>a 8 1")])
def test_a_source_that_cannot_send_is_refused(nodes: str, links: str) -> None:
    with pytest.raises(DemandError, match="s has no uplink"):
        make_plan(of(nodes, links), Demand("s", ("a",), 1), Objective("time"))


def test_a_link_that_nothing_limits_is_refused_whoever_made_the_topology() -> None:
    topology = of("s a b", "s>a 8 1, a>b 8 1")
    free = replace(topology, bits_per_second=np.where(topology.bits_per_second > 0, np.inf, 0))
    with pytest.raises(DemandError, match="a to b has no rate") as refused:
        make_plan(free, Demand("s", ("b",), 1), Objective("time"))
    assert len(refused.value.faults) == 2


def test_hosts_only_keeps_relays_out() -> None:
    topology = of("s r a", "s>a 8 9, s>r 8 1, r>a 8 1")
    free, bound = (Demand("s", ("a",), 10**9, hosts_only=only) for only in (False, True))
    assert make_plan(topology, free, Objective("price")).predicted.usd == pytest.approx(2)
    assert make_plan(topology, bound, Objective("price")).predicted.usd == pytest.approx(9)
    with pytest.raises(DemandError, match="a cannot be reached from s by way of source and destinations alone"):
        make_plan(of("s r a", "s>r 8 1, r>a 8 1"), bound, Objective("price"))


@settings(max_examples=60, deadline=None)
@given(demands())
def test_no_receiver_alone_gets_more_than_the_bound_says(asked: tuple[Topology, Demand]) -> None:
    topology, demand = asked
    part = part_of(topology, demand)
    source, *destinations = (part.index[name] for name in (demand.source, *demand.destinations))
    bound, _ = rate_bound(part, source, destinations)
    plan = make_plan(topology, demand, Objective("time"))
    assert greatest_rate(topology, plan.trees) <= bound * (1 + 1e-9)
