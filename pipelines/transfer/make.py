"""`make_plan`: topology + demand + objective → plan. Pure: no file, no socket, no clock."""

from pipelines.errors import DemandError
from pipelines.transfer.demand import Demand, Objective, check
from pipelines.transfer.plan import Plan
from pipelines.transfer.question import MAX_PROGRAM_HOSTS, Bound, Question, Shares
from pipelines.transfer.rates.mutual import mutual_broadcast
from pipelines.transfer.rates.packing import Columns, fastest
from pipelines.transfer.rates.tradeoff import Tradeoff
from pipelines.transfer.topology import Topology
from pipelines.transfer.units import price_within, rate_within

_MAX_CORRECTIONS = 4
"""Of a deadline by what latencies take of it, of a budget by what hours do."""
_FURTHER, _ROUNDING = 1.1, 1e-9
"""A correction goes a little further than it has to: less for links is slower, and slower is more hours."""
_LEAST_HELP = 0.001
"""Share of the bytes below which another tree at the same price is not worth its connections."""
_PROGRAM = "linear program over trees, its dual prices"


def make_plan(topology: Topology, demand: Demand, objective: Objective) -> Plan:
    """The plan that is best by the objective.

    DemandError with every fault of the demand; for a deadline or a budget that is too small, with the best that can be.
    """
    check(topology, demand, objective)
    question = Question.of(topology, demand)
    if objective.deadline_seconds is not None:
        return cheapest_within(question, objective.deadline_seconds)
    if objective.budget_usd is not None:
        return fastest_within(question, objective.budget_usd)
    return (
        cheapest_plan(question) if objective.least == "price" else fastest_plan(question, Columns.of(question.topology))
    )


def fastest_plan(question: Question, columns: Columns) -> Plan:
    """The plan of the greatest rate; the trees found on the way are left in `columns`."""
    topology = question.topology
    if not topology.has_limited_links and len(question.destinations) == len(topology.names) - 1:
        return question.plan(_mutual(question))
    packing = fastest(columns, question.source, question.destinations, question.rate[0])
    return question.plan(packing.shares(), (packing.bound, _PROGRAM) if packing.bound < question.rate[0] else None)


def cheapest_plan(question: Question) -> Plan:
    """The plan of the least price; of several at that price all that make it faster together."""
    plan = question.plan([(1.0, question.cheapest.edges)])
    if len(question.topology.names) > MAX_PROGRAM_HOSTS:
        return plan
    columns = Columns.of(question.topology)
    columns.add(question.cheapest.edges)
    price = columns.prices()[0]
    packing = Tradeoff(columns, question.source, question.destinations).fastest_for(price, question.rate[0])
    other = question.plan(packing.shares(_LEAST_HELP))
    is_as_cheap = other.predicted.usd <= plan.predicted.usd * (1 + 1e-9)
    return other if is_as_cheap and other.predicted.seconds < plan.predicted.seconds else plan


def cheapest_within(question: Question, deadline_seconds: float) -> Plan:
    """The cheapest plan that takes so many seconds or less; DemandError with the fastest when none does."""
    best = cheapest_plan(question)
    if best.predicted.seconds <= deadline_seconds:
        return best
    columns = Columns.of(question.topology)
    best = fastest_plan(question, columns)
    if best.predicted.seconds > deadline_seconds:
        raise DemandError(
            f"a deadline of {deadline_seconds:,.2f} s cannot be met: the fastest plan takes "
            f"{best.predicted.seconds:,.2f} s for {best.predicted.usd:,.2f} USD, and none less than "
            f"{best.bounds.seconds:,.2f} s; allow more time, or more hosts to relay"
        )
    if not columns.trees:
        return best
    columns.add(question.cheapest.edges)
    tradeoff = Tradeoff(columns, question.source, question.destinations)
    sending, bound = deadline_seconds, 0.0
    for _ in range(_MAX_CORRECTIONS):
        rate = min(rate_within(question.demand.num_bytes, sending), columns.greatest_rate())
        packing, least = tradeoff.cheapest_at(rate)
        if not packing.trees:
            break
        bound = bound or least
        plan = question.plan(packing.shares(), price=(bound, _PROGRAM))
        late = plan.predicted.seconds - deadline_seconds
        if late <= 0:
            return min(plan, best, key=lambda one: one.predicted.usd)
        sending -= late * _FURTHER + sending * _ROUNDING
    return best


def fastest_within(question: Question, budget_usd: float) -> Plan:
    """The fastest plan that costs so many dollars or less; DemandError with the cheapest when none does."""
    columns = Columns.of(question.topology)
    best = fastest_plan(question, columns)
    if best.predicted.usd <= budget_usd:
        return best
    best = cheapest_plan(question)
    if best.predicted.usd > budget_usd:
        raise DemandError(
            f"a budget of {budget_usd:,.2f} USD does not suffice: the cheapest plan costs "
            f"{best.predicted.usd:,.2f} USD and takes {best.predicted.seconds:,.2f} s, and none costs less than "
            f"{best.bounds.usd:,.2f} USD"
        )
    if not columns.trees:
        return best
    columns.add(question.cheapest.edges)
    tradeoff = Tradeoff(columns, question.source, question.destinations)
    for_links = budget_usd
    for _ in range(_MAX_CORRECTIONS):
        price = price_within(question.demand.num_bytes, for_links)
        if price < min(columns.prices()):
            break
        packing = tradeoff.fastest_for(price, question.rate[0])
        bound: Bound = packing.bound, _PROGRAM
        plan = question.plan(packing.shares(), bound)
        over = plan.predicted.usd - budget_usd
        if over <= 0:
            return min(plan, best, key=lambda one: one.predicted.seconds)
        for_links -= over * _FURTHER + for_links * _ROUNDING
    return best


def _mutual(question: Question) -> Shares:
    """Trees among hosts that only uplinks and downlinks limit, by construction."""
    topology = question.topology
    limits = topology.uplink_bits_per_second, topology.downlink_bits_per_second
    streams = mutual_broadcast(*limits, question.source, question.destinations)
    total = sum(stream for stream, _ in streams)
    return [(stream / total, tree) for stream, tree in streams]
