"""How long planning takes and how near its plans are to the bounds; arborescences beside networkx.

    python -m benchmarks.transfer.plan [--rounds 5] [--hosts 6 16 32 64] [--complete 400 1000] [--mesh 1000]
                                       [--networkx 100]

Process seconds, the best of the rounds. `of bound`: the plan's rate (bits a second, without round trips) over the
greatest possible for time, the least possible dollars over the plan's for price; 1 is the optimum. networkx and ours
find arborescences of one complete digraph in turns, in one process.
"""

import argparse
import time
from collections.abc import Callable
from typing import Any

import networkx as nx
import numpy as np

from jobs.topologies import open_topology
from pipelines.storage import Stores
from pipelines.transfer import Demand, Objective, Plan, Topology, make_plan
from pipelines.transfer.graph.arborescence import minimum_arborescence, weight_of
from pipelines.transfer.predict import greatest_rate
from pipelines.transfer.units import rate_within

NUM_BYTES = 10**12


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--hosts", type=int, nargs="+", default=[6, 16, 32, 64])
    parser.add_argument("--complete", type=int, nargs="+", default=[400, 1000])
    parser.add_argument("--mesh", type=int, default=1000)
    parser.add_argument("--networkx", type=int, default=100)
    arguments = parser.parse_args()
    arborescences(arguments.complete, arguments.networkx, arguments.rounds)
    regions(arguments.rounds)
    for size in arguments.hosts:
        for density in (0.3, 1.0):
            for limited_hosts in (False, True):
                report(random_hosts(size, density, limited_hosts), "time", arguments.rounds, f"{density:.0%} of links")
    report(mesh(arguments.mesh + 1), "time", 1, "no limits of links")


def best_of(rounds: int, work: Callable[[], Any]) -> tuple[float, Any]:
    """Process seconds of the fastest round, and what the last gave."""
    seconds, result = [], None
    for _ in range(rounds):
        started = time.process_time()
        result = work()
        seconds.append(time.process_time() - started)
    return min(seconds), result


def arborescences(sizes: list[int], beside: int, rounds: int) -> None:
    draw = np.random.default_rng(1)
    for size in sizes:
        weight = draw.uniform(1, 100, (size, size))
        seconds, _ = best_of(rounds, lambda weight=weight: minimum_arborescence(weight, 0))
        print(f"arborescence of a complete digraph of {size}: {seconds:.4f} s")
    weight = draw.uniform(1, 100, (beside, beside))
    np.fill_diagonal(weight, np.inf)
    weight[:, 0] = np.inf
    graph = nx.DiGraph()
    graph.add_weighted_edges_from((a, b, weight[a, b]) for a in range(beside) for b in range(1, beside) if a != b)
    pairs = [
        (
            best_of(1, lambda: nx.minimum_spanning_arborescence(graph)),
            best_of(1, lambda: minimum_arborescence(weight, 0)),
        )
        for _ in range(min(rounds, 3))
    ]
    (theirs, tree), (ours, parents) = min(pair[0] for pair in pairs), min(pair[1] for pair in pairs)
    assert np.isclose(tree.size("weight"), weight_of(weight, parents))
    print(f"of {beside} beside networkx: {theirs:.4f} s and {ours:.4f} s, ratio {theirs / ours:.0f}")


def regions(rounds: int) -> None:
    topology = open_topology("cloud_regions", Stores())
    order = np.random.default_rng(7).permutation(len(topology.names))
    for num_destinations in (3, 7, 12, 20, 70):
        names = [topology.names[host] for host in order]
        part = names[1 : num_destinations + 1]
        for least in ("price", "time"):
            report(topology, least, rounds, "cloud regions", names[0], tuple(part))


def report(
    topology: Topology, least: Any, rounds: int, what: str, source: str | None = None, to: tuple[str, ...] | None = None
) -> None:
    source = source or topology.names[0]
    demand = Demand(source, to or tuple(name for name in topology.names if name != source), NUM_BYTES)
    seconds, plan = best_of(rounds, lambda: make_plan(topology, demand, Objective(least)))
    print(
        f"{least} to {len(demand.destinations)} of {len(topology.names)}, {what}: {seconds:.3f} s, "
        f"{nearness(topology, plan, least):.4f} of bound, {len(plan.trees)} trees"
    )


def nearness(topology: Topology, plan: Plan, least: str) -> float:
    """The plan's rate over the greatest possible, or the least possible price over the plan's."""
    if least == "price":
        return plan.bounds.usd / plan.predicted.usd
    return greatest_rate(topology, plan.trees) / rate_within(plan.num_bytes, plan.bounds.seconds)


def random_hosts(size: int, density: float, limited_hosts: bool) -> Topology:
    """Links of 0.1 to 10 Gbit/s, a chain among them so that every host is reached."""
    draw = np.random.default_rng(size)
    rates = draw.uniform(1e8, 1e10, (size, size)) * (draw.random((size, size)) < density)
    rates[np.arange(size - 1), np.arange(1, size)] = 1e9
    np.fill_diagonal(rates, 0)
    return _hosts(rates, draw if limited_hosts else None)


def mesh(size: int) -> Topology:
    """Hosts of 1 to 20 Gbit/s that all reach each other."""
    return _hosts(np.where(np.eye(size), 0, np.inf), np.random.default_rng(size))


def _hosts(rates: Any, draw: np.random.Generator | None) -> Topology:
    size = len(rates)
    nothing = np.zeros((size, size))
    no_limit = np.full(size, np.inf)
    return Topology(
        names=tuple(f"host-{number:04d}" for number in range(size)),
        sites=("",) * size,
        uplink_bits_per_second=draw.uniform(1e9, 2e10, size) if draw else no_limit,
        downlink_bits_per_second=draw.uniform(5e9, 4e10, size) if draw else no_limit,
        usd_per_hour=np.zeros(size),
        bits_per_second=rates,
        usd_per_gigabyte=nothing,
        round_trip_milliseconds=nothing,
    )


if __name__ == "__main__":
    main()
