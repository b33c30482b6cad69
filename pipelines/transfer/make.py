"""`make_plan`: topology + demand + objective → plan. Pure: no file, no socket, no clock."""

from collections.abc import Iterable, Sequence

from pipelines.transfer.capacities import Capacities
from pipelines.transfer.cheapest import Lightest, cheapest
from pipelines.transfer.demand import Demand, Objective, check, part_of
from pipelines.transfer.mutual import mutual_broadcast
from pipelines.transfer.packing import fastest
from pipelines.transfer.plan import Bounds, Plan, Tree
from pipelines.transfer.predict import predict
from pipelines.transfer.rate_bound import rate_bound
from pipelines.transfer.topology import Topology
from pipelines.transfer.trees import Edges
from pipelines.transfer.units import seconds_to_send, usd_of_hours, usd_to_send


def make_plan(topology: Topology, demand: Demand, objective: Objective) -> Plan:
    """The plan that is best by the objective; DemandError with every fault, or with the best that can be."""
    check(topology, demand, objective)
    part = part_of(topology, demand)
    source, *destinations = (part.index[name] for name in (demand.source, *demand.destinations))
    price = cheapest(part, source, destinations)
    rate = rate_bound(part, source, destinations)
    if objective.least == "price":
        return planned(part, demand, [(1.0, price.edges)], price, rate)
    trees, rate = fastest_trees(part, source, destinations, rate)
    return planned(part, demand, trees, price, rate)


def fastest_trees(
    topology: Topology, source: int, destinations: list[int], rate: tuple[float, str]
) -> tuple[list[tuple[float, Edges]], tuple[float, str]]:
    """Shares and trees of the greatest rate, and the better of two bounds: `rate` or what the packing proves."""
    if not topology.has_limited_links and len(destinations) == len(topology.names) - 1:
        limits = topology.uplink_bits_per_second, topology.downlink_bits_per_second
        streams = mutual_broadcast(*limits, source, destinations)
        total = sum(stream for stream, _ in streams)
        return [(stream / total, tree) for stream, tree in streams], rate
    packing = fastest(Capacities(topology), source, destinations, rate[0])
    if packing.bound < rate[0] * (1 - 1e-9):
        rate = packing.bound, "dual prices of the packing of trees (linear program)"
    return packing.shares(), rate


def planned(
    topology: Topology,
    demand: Demand,
    trees: Iterable[tuple[float, Edges]],
    price: Lightest,
    rate: tuple[float, str],
) -> Plan:
    """The plan of these shares and trees, with its prediction and its bounds."""
    named = named_trees(topology, trees)
    seconds = seconds_to_send(demand.num_bytes, rate[0])
    hosts = (topology.index[name] for name in (demand.source, *demand.destinations))
    per_hour = float(sum(topology.usd_per_hour[host] for host in hosts))
    usd = usd_to_send(demand.num_bytes, price.bound) + usd_of_hours(seconds, per_hour)
    predicted = predict(topology, demand.source, named, demand.num_bytes)
    bounds = Bounds(min(seconds, predicted.seconds), rate[1], min(usd, predicted.usd), price.found_by)
    return Plan(demand.source, demand.destinations, demand.num_bytes, tuple(named), predicted, bounds)


def named_trees(topology: Topology, trees: Iterable[tuple[float, Edges]]) -> Sequence[Tree]:
    """Trees of indices as trees of names, the largest share first."""
    names = topology.names
    named = [Tree(share, tuple((names[a], names[b]) for a, b in edges)) for share, edges in trees]
    return sorted(named, key=lambda tree: (-tree.share, tree.edges))
