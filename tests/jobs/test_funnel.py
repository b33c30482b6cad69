from typing import Any

from rich.console import Console

from jobs.funnel import funnel_rows, funnel_table, run_report
from pipelines.recipes import load_recipe
from pipelines.report.funnel import sums, warnings
from schemas import Manifest

RECIPE = load_recipe("web_en").resolved()


def manifest(stage: str, accounting: dict[str, Any], rows: int, tokens: int = 0) -> Manifest:
    empty: dict[str, Any] = {"rejected": {}, "duplicates": {}, "quarantined": {}}
    return Manifest(
        corpus="web_en",
        stage=stage,
        version="v1",
        recipe=RECIPE[stage],
        fingerprint="",
        parents=(),
        schema=(),
        totals={"rows": rows, "tokens": tokens, "bytes": 1, "shards": 1},
        accounting=empty | accounting,
        validation={"success": True},
        shards_hash="",
        context_length=2048 if stage == "tokens" else None,
    )


CLEAN = manifest(
    "clean",
    {"in": 100, "kept": 60, "quarantined": {"not_json": 2}, "rejected": {"language": 30, "gopher_short_doc": 8}},
    rows=60,
)
DEDUPLICATED = manifest("deduplicated", {"in": 60, "kept": 50, "duplicates": {"exact": 4, "near": 6}}, rows=50)
TOKENS = manifest("tokens", {"in": 50, "kept": 50}, rows=7, tokens=14_000)


def test_the_funnel_goes_from_documents_found_to_tokens():
    rows = funnel_rows(run_report([CLEAN, DEDUPLICATED, TOKENS]))
    assert [(row.label, row.count, row.of_in) for row in rows] == [
        ("documents found", 100, 1.0),
        ("unreadable: not_json", 2, 0.02),
        ("rejected by language", 30, 0.3),
        ("rejected by gopher_short_doc", 8, 0.08),
        ("exact duplicates", 4, 0.04),
        ("near duplicates", 6, 0.06),
        ("documents kept", 50, 0.5),
        ("sequences of 2,048", 7, None),
        ("tokens", 14_000, None),
    ]
    assert sum(row.count for row in rows if row.leaves) + 50 == 100


def test_the_stages_reconcile_with_each_other():
    assert all(total.missing == 0 for total in sums(run_report([CLEAN, DEDUPLICATED, TOKENS])))


def test_documents_that_go_missing_between_stages_are_told():
    lost = manifest("tokens", {"in": 49, "kept": 49}, rows=7)
    said = list(warnings(run_report([CLEAN, DEDUPLICATED, lost])))
    assert any("do not reconcile, 1 documents are missing" in warning for warning in said)


def test_rules_of_the_recipe_that_rejected_nothing_are_named():
    said = list(warnings(run_report([CLEAN])))
    idle = next(warning for warning in said if "rejected nothing" in warning)
    assert "lorem_ipsum" in idle
    assert "gopher_short_doc" not in idle


def test_a_rule_that_rejects_nearly_everything_is_named():
    greedy = manifest("clean", {"in": 100, "kept": 3, "rejected": {"language": 97}}, rows=3)
    assert "language rejected 97.0% of the readable documents" in list(warnings(run_report([greedy])))


def test_a_run_without_documents_has_a_funnel():
    rows = funnel_rows(run_report([manifest("clean", {"in": 0, "kept": 0}, rows=0)]))
    assert [(row.label, row.count) for row in rows] == [("documents found", 0), ("documents kept", 0)]


def test_the_table_marks_what_leaves():
    console = Console(width=80, record=True, file=None, quiet=False)
    with console.capture() as captured:
        console.print(funnel_table(run_report([CLEAN])))
    lines = captured.get().splitlines()
    assert any("rejected by language" in line and "−30" in line and "30.0%" in line for line in lines)
