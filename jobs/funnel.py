"""Where the documents of a run went, as a table for the terminal: from the manifests, nothing is counted again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rich.table import Table

from pipelines.report import Rejection, RunReport, StageReport
from pipelines.report.rules import rule_lines
from schemas import Manifest


@dataclass(frozen=True)
class Row:
    """One line of the funnel."""

    label: str
    count: int
    of_in: float | None
    """Share of all documents; None where something else than documents is counted."""
    leaves: bool
    """Whether these documents leave here."""


def run_report(manifests: Sequence[Manifest]) -> RunReport:
    """What the manifests of a run say, in the order of the stages: its counts, without an example or a histogram.

    Every rule of the recipe is in it, also one that rejected nothing.
    """
    stages = tuple(_stage(manifest) for manifest in manifests)
    counts = {line.reason: 0 for line in rule_lines(manifests[0].recipe)}
    for stage in stages:
        for reason, count in stage.accounting["rejected"].items():
            counts[reason] = counts.get(reason, 0) + count
    first = manifests[0]
    return RunReport(
        corpus=first.corpus,
        version=first.version,
        output="",
        inputs=(),
        inputs_hash="",
        recipe={},
        stages=stages,
        rejections=tuple(Rejection(reason, count) for reason, count in counts.items()),
        context_length=manifests[-1].context_length,
    )


def funnel_rows(report: RunReport) -> list[Row]:
    """Every way in, through and out: in → not readable → each rule → each kind of duplicate → kept → rows, tokens."""
    rows: list[Row] = []
    num_in = report.stages[0].accounting["in"]
    rows.append(_row("documents found", num_in, num_in))
    for stage in report.stages:
        for kind, words in _WORDS.items():
            rows += [
                _row(words.format(reason), count, num_in, leaves=True)
                for reason, count in _in_order(kind, stage.accounting[kind])
            ]
    rows.append(_row("documents kept", report.stages[-1].accounting["kept"], num_in))
    if report.context_length:
        totals = report.stages[-1].totals
        rows.append(Row(f"sequences of {report.context_length:,}", totals["rows"], None, leaves=False))
        rows.append(Row("tokens", totals["tokens"], None, leaves=False))
    return rows


def funnel_table(report: RunReport) -> Table:
    """The rows as a table."""
    table = Table(title=f"{report.corpus} {report.version}", title_justify="left", show_edge=False)
    table.add_column("documents")
    table.add_column("count", justify="right")
    table.add_column("of all", justify="right")
    for row in funnel_rows(report):
        share = "" if row.of_in is None else f"{row.of_in:.1%}"
        count = f"−{row.count:,}" if row.leaves else f"{row.count:,}"
        table.add_row(("  " if row.leaves else "") + row.label, count, share, style=None if row.leaves else "bold")
    return table


_WORDS = {"quarantined": "unreadable: {}", "rejected": "rejected by {}", "duplicates": "{} duplicates"}


def _row(label: str, count: int, num_in: int, *, leaves: bool = False) -> Row:
    return Row(label, count, count / num_in if num_in else 0.0, leaves)


def _in_order(kind: str, counts: Mapping[str, int]) -> list[tuple[str, int]]:
    """The largest first; duplicates as they are looked for: exact, then near."""
    rows = sorted((name, count) for name, count in counts.items() if count)
    return rows if kind == "duplicates" else sorted(rows, key=lambda row: -row[1])


def _stage(manifest: Manifest) -> StageReport:
    return StageReport(
        name=manifest.stage,
        version=manifest.version,
        uri="",
        manifest_hash="",
        fingerprint=manifest.fingerprint,
        accounting=manifest.accounting,
        totals=manifest.totals,
        validation=manifest.validation,
        extra=manifest.extra,
    )
