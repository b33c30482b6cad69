"""A plan as tables for the terminal: each host with its parents and finish time, and the totals beside the bounds."""

from collections.abc import Sequence

from rich.table import Table

from pipelines.transfer import Plan, Topology
from pipelines.transfer.plan import Prediction
from pipelines.transfer.predict import finish_seconds

_SHOWN_PARENTS = 3
_SHOWN_HOSTS = 100
"""More are in the file; a terminal keeps some thousand lines."""


def parents(plan: Plan) -> dict[str, dict[str, float]]:
    """Each receiving host with the share of the bytes it gets from each sender, the largest first."""
    shares: dict[str, dict[str, float]] = {}
    for tree in plan.trees:
        for sender, receiver in tree.edges:
            senders = shares.setdefault(receiver, {})
            senders[sender] = senders.get(sender, 0.0) + tree.share
    return {
        host: dict(sorted(senders.items(), key=lambda item: (-item[1], item[0])))
        for host, senders in sorted(shares.items())
    }


def hosts_table(topology: Topology, plan: Plan) -> Table:
    """A line for each host that receives."""
    table = Table("host", "receives from", "share", "seconds", "", box=None, pad_edge=False)
    finish = finish_seconds(topology, plan.source, plan.trees, plan.num_bytes)
    found = parents(plan)
    for host in list(found)[:_SHOWN_HOSTS]:
        senders = found[host]
        names = list(senders)[:_SHOWN_PARENTS]
        more = f" and {len(senders) - len(names)} more" if len(senders) > len(names) else ""
        whom = ", ".join(f"{name} {senders[name]:.0%}" if len(senders) > 1 else name for name in names) + more
        role = "" if host in plan.destinations else "relay"
        table.add_row(host, whom, f"{sum(senders.values()):.0%}", f"{finish[host]:,.1f}", role)
    if len(found) > _SHOWN_HOSTS:
        table.add_row("…", f"{len(found) - _SHOWN_HOSTS:,} hosts more")
    return table


def totals_table(plan: Plan, star: Prediction | None) -> Table:
    """Seconds and dollars: of the plan, possible at all, and of a star from the source."""
    table = Table("", "seconds", "of bound", "USD", "of bound", box=None, pad_edge=False)
    for column in table.columns[1:]:
        column.justify = "right"
    num_trees = f"{len(plan.trees)} tree" + ("s" if len(plan.trees) != 1 else "")
    for label, predicted in ((f"plan, {num_trees}", plan.predicted), ("star from the source", star)):
        if predicted is None:
            table.add_row(label, "no link to some destination")
        else:
            seconds, usd = predicted.seconds, predicted.usd
            table.add_row(label, *_beside(seconds, plan.bounds.seconds), *_beside(usd, plan.bounds.usd))
    table.add_row("no plan can be below", f"{plan.bounds.seconds:,.2f}", "", f"{plan.bounds.usd:,.2f}", "")
    table.caption = f"seconds: {plan.bounds.seconds_found_by}; USD: {plan.bounds.usd_found_by}"
    table.caption_justify = "left"
    return table


def frontier_table(plans: Sequence[Plan]) -> Table:
    """Seconds and dollars from the fastest plan to the cheapest."""
    table = Table("cheapest in", "USD", "trees", box=None, pad_edge=False)
    for plan in plans:
        table.add_row(f"{plan.predicted.seconds:,.2f} s", f"{plan.predicted.usd:,.2f}", str(len(plan.trees)))
    return table


def _beside(value: float, bound: float) -> tuple[str, str]:
    return f"{value:,.2f}", f"{value / bound:.3f}" if bound > 0 else "—"
