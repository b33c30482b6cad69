"""Deadlines and budgets, the bound against a linear program over flows, hosts without limits of links."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog
from topologies import links_csv, nodes_csv, of, random_topology, topologies

from pipelines.errors import DemandError
from pipelines.transfer import Demand, Objective, Topology, make_plan
from pipelines.transfer.predict import greatest_rate
from pipelines.transfer.rates.packing import Columns, fastest
from pipelines.transfer.rates.rate_bound import rate_bound
from pipelines.transfer.tables import topology_of

GIGABYTE = 10**9
SLOW_AND_CHEAP = "s>a 8e9 1, a>b 8e9 1, s>b 8e9 5"


def flow_rate(topology: Topology) -> float:
    """The optimum: capacities within all limits that let every receiver alone get the rate (Edmonds 1973)."""
    links = [(int(a), int(b)) for a, b in np.argwhere(topology.links)]
    size, count = len(topology.names), len(links)
    num_columns = 1 + count + (size - 1) * count  # the rate, the use of each link, a flow for each receiver
    upper, least, equal, right = [], [], [], []

    def row(entries: dict[int, float]) -> np.ndarray:
        out = np.zeros(num_columns)
        for column, value in entries.items():
            out[column] = value
        return out

    for host in range(size):
        upper.append(row({1 + n: 1 for n, link in enumerate(links) if link[0] == host}))
        least.append(topology.uplink_bits_per_second[host])
        upper.append(row({1 + n: 1 for n, link in enumerate(links) if link[1] == host}))
        least.append(topology.downlink_bits_per_second[host])
    for receiver in range(1, size):
        first = 1 + receiver * count
        for number in range(count):
            upper.append(row({first + number: 1, 1 + number: -1}))
            least.append(0)
        for host in range(1, size):
            into = {first + n: 1.0 for n, link in enumerate(links) if link[1] == host}
            out_of = {first + n: -1.0 for n, link in enumerate(links) if link[0] == host}
            equal.append(row(into | out_of | ({0: -1.0} if host == receiver else {})))
            right.append(0)
    scale = 1e9
    bounds = [(0, None)] + [(0, topology.bits_per_second[link] / scale) for link in links]
    bounds += [(0, None)] * (num_columns - len(bounds))
    limited = np.isfinite(least)
    found = linprog(
        row({0: -1}),
        A_ub=np.array(upper)[limited],
        b_ub=np.array(least)[limited] / scale,
        A_eq=np.array(equal),
        b_eq=right,
        bounds=bounds,
    )
    return -found.fun * scale


@settings(max_examples=40, deadline=None)
@given(topologies(6))
def test_the_packing_and_its_bound_enclose_the_optimum_of_a_program_over_flows(topology: Topology) -> None:
    everyone = list(range(1, len(topology.names)))
    packing = fastest(Columns.of(topology), 0, everyone, rate_bound(topology, 0, everyone)[0])
    optimum = flow_rate(topology)
    assert 0.98 * optimum <= packing.rate <= optimum * (1 + 1e-6)
    assert optimum <= packing.bound * (1 + 1e-6)
    assert packing.bound <= optimum / 0.98


@pytest.mark.parametrize(("size", "density", "limited_hosts"), [(16, 1.0, False), (32, 0.3, True), (64, 1.0, False)])
def test_larger_digraphs_are_filled_to_within_two_per_cent(size: int, density: float, limited_hosts) -> None:
    topology = random_topology(size, seed=size, density=density, limited_hosts=limited_hosts)
    plan = make_plan(topology, Demand("h000", topology.names[1:], GIGABYTE), Objective("time"))
    assert plan.predicted.seconds <= plan.bounds.seconds / 0.98


def test_a_deadline_is_met_at_the_least_price() -> None:
    topology = of("s:16e9: a b", SLOW_AND_CHEAP)
    demand = Demand("s", ("a", "b"), GIGABYTE)
    assert make_plan(topology, demand, Objective("price", deadline_seconds=1)).predicted.usd == pytest.approx(2)
    topology = of("s:8e9: a:4e9: b", SLOW_AND_CHEAP)  # a passes on 4 of 5 bits at 5 Gbit/s, s does the rest
    plan = make_plan(topology, demand, Objective("price", deadline_seconds=1.6))
    assert plan.predicted.seconds <= 1.6
    assert plan.predicted.usd == pytest.approx(0.8 * 2 + 0.2 * 6, rel=0.001)


def test_a_deadline_or_budget_that_cannot_be_met_says_the_best_that_can() -> None:
    topology = of("s:8e9: a:4e9: b", SLOW_AND_CHEAP)
    demand = Demand("s", ("a", "b"), GIGABYTE)
    with pytest.raises(
        DemandError, match=r"deadline of 1.00 s cannot be met: the fastest plan takes 1.33 s for 3.33 USD"
    ):
        make_plan(topology, demand, Objective("price", deadline_seconds=1))
    with pytest.raises(DemandError, match=r"budget of 1.00 USD does not suffice: the cheapest plan costs 2.00 USD"):
        make_plan(topology, demand, Objective("time", budget_usd=1))


@settings(max_examples=20, deadline=None)
@given(topologies(), st.floats(0, 1))
def test_between_the_cheapest_and_the_fastest_limits_are_kept(topology: Topology, place: float) -> None:
    demand = Demand("h000", topology.names[1:], 10**12)
    cheap, fast = (make_plan(topology, demand, Objective(least)) for least in ("price", "time"))
    deadline = fast.predicted.seconds + place * max(0.0, cheap.predicted.seconds - fast.predicted.seconds)
    plan = make_plan(topology, demand, Objective("price", deadline_seconds=deadline))
    assert plan.predicted.seconds <= deadline * (1 + 1e-9)
    assert plan.bounds.usd <= plan.predicted.usd <= fast.predicted.usd * (1 + 1e-9)
    budget = cheap.predicted.usd + place * (fast.predicted.usd - cheap.predicted.usd)
    plan = make_plan(topology, demand, Objective("time", budget_usd=budget))
    assert plan.predicted.usd <= budget * (1 + 1e-9)
    assert plan.bounds.seconds <= plan.predicted.seconds <= cheap.predicted.seconds * (1 + 1e-9)


def test_hours_of_hosts_count_towards_a_budget() -> None:
    nodes = nodes_csv("s,,8e9,,3600", "a,,8e9,,0")
    topology = topology_of(nodes)
    plan = make_plan(topology, Demand("s", ("a",), GIGABYTE), Objective("time", budget_usd=1.001))
    assert (plan.predicted.usd, plan.bounds.usd) == (pytest.approx(1), pytest.approx(1))
    with pytest.raises(DemandError, match=r"costs 1\.00 USD"):
        make_plan(topology, Demand("s", ("a",), GIGABYTE), Objective("time", budget_usd=0.5))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 50), st.integers(1, 50)), min_size=2, max_size=9), st.integers(1, 50))
def test_hosts_that_only_uplinks_and_downlinks_limit_reach_the_bound_exactly(hosts, source_uplink: int) -> None:
    lines = [f"h{number},,{up},{down}," for number, (up, down) in enumerate(hosts)]
    topology = topology_of(nodes_csv(f"s,,{source_uplink},,", *lines))
    plan = make_plan(
        topology, Demand("s", tuple(f"h{number}" for number in range(len(hosts))), 1000), Objective("time")
    )
    uplinks, downlinks = zip(*hosts, strict=True)
    fastest_possible = max(1 / source_uplink, 1 / min(downlinks), len(hosts) / (source_uplink + sum(uplinks)))
    assert plan.predicted.seconds == pytest.approx(8000 * fastest_possible)
    assert plan.bounds.seconds == pytest.approx(plan.predicted.seconds)
    assert list(plan.faults()) == []


def test_of_trees_at_one_price_those_that_are_faster_together_are_taken() -> None:
    topology = of("s a b t", "s>a 8e9 1, a>t 8e9 1, s>b 8e9 1, b>t 8e9 1")
    plan = make_plan(topology, Demand("s", ("t",), GIGABYTE), Objective("price"))
    assert plan.predicted.usd == pytest.approx(2)
    assert greatest_rate(topology, plan.trees) == pytest.approx(16e9)


@settings(max_examples=30, deadline=None)
@given(st.randoms(use_true_random=False), st.sampled_from([Objective("price"), Objective("time")]))
def test_the_order_of_lines_changes_no_plan(chance, objective: Objective) -> None:
    draw = np.random.default_rng(11)
    nodes = [f"{name},,{draw.integers(1, 9)}e9,," for name in "sabcd"]
    links = [f"{a},{b},{draw.integers(1, 5)}e9,{draw.integers(1, 4)}," for a in "sabcd" for b in "sabcd" if a != b]
    demand = Demand("s", ("a", "b", "d"), GIGABYTE)
    before = make_plan(topology_of(nodes_csv(*nodes), links_csv(*links)), demand, objective)
    chance.shuffle(nodes)
    chance.shuffle(links)
    assert make_plan(topology_of(nodes_csv(*nodes), links_csv(*links)), demand, objective) == before


def test_what_round_trips_take_of_a_deadline_and_hours_of_a_budget_is_left_for_them() -> None:
    nodes = nodes_csv("s,,8e9,,36", "a,,4e9,,36", "b,,,,36")
    links = links_csv("s,a,8e9,1,200", "a,b,8e9,1,200", "s,b,8e9,5,200")
    topology = topology_of(nodes, links)
    demand = Demand("s", ("a", "b"), GIGABYTE)
    fast, cheap = (make_plan(topology, demand, Objective(least)) for least in ("time", "price"))
    plan = make_plan(topology, demand, Objective("price", deadline_seconds=1.8))
    assert plan.predicted.seconds <= 1.8
    assert cheap.predicted.usd < plan.predicted.usd < fast.predicted.usd - 0.1
    plan = make_plan(topology, demand, Objective("time", budget_usd=2.8))
    assert plan.predicted.usd <= 2.8
    assert fast.predicted.seconds < plan.predicted.seconds < cheap.predicted.seconds - 0.1


def test_among_very_many_hosts_idle_ones_count_in_the_bound_and_do_not_hold_planning_up() -> None:
    names = [f"h{number:03d}" for number in range(300)]
    topology = topology_of(nodes_csv("s,,8e9,,", *(f"{name},,1e9,8e9," for name in names)))
    plan = make_plan(topology, Demand("s", tuple(names[:20]), GIGABYTE), Objective("time"))
    assert plan.bounds.seconds == pytest.approx(1)
    assert plan.predicted.seconds == pytest.approx(20 * 8 / (8 + 20))
    assert {host for tree in plan.trees for edge in tree.edges for host in edge} == {"s", *names[:20]}
