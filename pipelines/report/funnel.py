"""Where the documents went, whether the counts reconcile, and what deserves a look."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pipelines.report.model import RunReport, StageReport

_MOST_RULES = 8
"""Rules with a step of their own in the funnel; the others share one. The table below it has all of them."""

NEARLY_ALL = 0.95
"""A rule that rejects more than this share of what was readable is more likely wrong than right."""


@dataclass(frozen=True)
class Step:
    """One bar: documents that are still there (`level`), or that leave here (`loss`)."""

    kind: str
    """`level`, `quarantined`, `rejected` or `duplicates`."""
    label: str
    count: int
    start: float
    """Left end of the bar as a share of all documents."""
    width: float
    of_in: float
    """Share of all documents."""


@dataclass(frozen=True)
class Sum:
    """`total = Σ parts`, and what is missing for that to be true."""

    of: str
    total: int
    parts: tuple[tuple[str, int], ...]

    @property
    def missing(self) -> int:
        """Zero when it reconciles."""
        return self.total - sum(count for _, count in self.parts)


def steps(report: RunReport) -> list[Step]:
    """The bars from all documents found to all documents kept."""
    if not report.stages:
        return []
    found = max(1, report.stages[0].accounting["in"])
    left = report.stages[0].accounting["in"]
    bars = [_level("documents found", left, found)]
    for stage in report.stages:
        for kind, label, count in _losses(stage):
            left -= count
            bars.append(Step(kind, label, count, max(0, left) / found, count / found, count / found))
        if _left(stage):
            left = stage.accounting["kept"]
            bars.append(_level(f"kept in {stage.name}", left, found))
    return bars


def sums(report: RunReport) -> list[Sum]:
    """The sum of each stage that lets documents go, what is handed from stage to stage, and the whole run's."""
    each = [_sum(stage) for stage in report.stages]
    handed = [
        Sum(f"{before.name} → {stage.name}", before.accounting["kept"], (("read", stage.accounting["in"]),))
        for before, stage in zip(report.stages, report.stages[1:], strict=False)
        if before.accounting["kept"] != stage.accounting["in"]
    ]
    if not report.stages:
        return []
    whole: dict[str, int] = {"kept": report.stages[-1].accounting["kept"]}
    for stage in report.stages:
        for kind, _, count in _losses(stage):
            whole[kind] = whole.get(kind, 0) + count
    return [Sum("the run", report.stages[0].accounting["in"], tuple(whole.items())), *each, *handed]


def warnings(report: RunReport) -> Iterator[str]:
    """What a person should look at before believing the numbers."""
    for total in sums(report):
        if total.missing:
            yield f"{total.of}: the counts do not reconcile, {total.missing:,} documents are missing"
    for stage in report.stages:
        if stage.validation and not stage.validation.get("success"):
            yield f"{stage.name}: its validation suite failed"
    readable = num_readable(report)
    for rejection in report.rejections:
        if readable and rejection.count > NEARLY_ALL * readable:
            yield f"{rejection.reason} rejected {rejection.count / readable:.1%} of the readable documents"
    idle = [rejection.reason for rejection in report.rejections if not rejection.count]
    if idle:
        yield f"{len(idle)} {'rule' if len(idle) == 1 else 'rules'} rejected nothing: {', '.join(idle)}"


def num_readable(report: RunReport) -> int:
    """Documents that the rules could look at."""
    if not report.stages:
        return 0
    accounting = report.stages[0].accounting
    return int(accounting["in"] - sum(accounting["quarantined"].values()))


def _level(label: str, count: int, found: int) -> Step:
    return Step("level", label, count, 0.0, count / found, count / found)


def _losses(stage: StageReport) -> Iterator[tuple[str, str, int]]:
    """Kind, label and count of each way out of a stage, the largest first within a kind."""
    quarantined = sum(stage.accounting["quarantined"].values())
    if quarantined:
        yield "quarantined", "could not be read", quarantined
    ordered = _largest_first(stage.accounting["rejected"])
    yield from (("rejected", reason, count) for reason, count in ordered[:_MOST_RULES])
    if others := ordered[_MOST_RULES:]:
        label = others[0][0] if len(others) == 1 else f"{len(others)} other rules"
        yield "rejected", label, sum(count for _, count in others)
    for kind, count in sorted(stage.accounting["duplicates"].items()):
        if count:
            yield "duplicates", f"{kind} duplicates", count


def _largest_first(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    return sorted(((name, count) for name, count in counts.items() if count), key=lambda item: (-item[1], item[0]))


def _left(stage: StageReport) -> bool:
    return any(sum(stage.accounting[kind].values()) for kind in ("quarantined", "rejected", "duplicates"))


def _sum(stage: StageReport) -> Sum:
    counts = {kind: sum(stage.accounting[kind].values()) for kind in ("quarantined", "rejected", "duplicates")}
    parts = {"kept": stage.accounting["kept"]} | {kind: count for kind, count in counts.items() if count}
    return Sum(stage.name, stage.accounting["in"], tuple(parts.items()))
