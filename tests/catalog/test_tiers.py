"""Which datasets a policy wants elsewhere follows from what lies where, the policy and the time alone."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.catalog.layout import Place
from pipelines.catalog.tiers import Held, Policy, Rule, plan_moves
from pipelines.errors import RefusedError

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
COLD = Rule("COLD")


def held(version="v1", stage="clean", corpus="web", age_days=100.0, last_read=None, tier="HOT"):
    place = Place("hdfs://nn/corpora", corpus, stage, version)
    return Held(place, 3, 1000, NOW - timedelta(days=age_days), last_read, tier)


def moved(datasets, *rules, pinned=()):
    return [
        (move.held.place.version, move.rule.to) for move in plan_moves(datasets, Policy(rules, frozenset(pinned)), NOW)
    ]


def test_without_rules_nothing_moves():
    assert moved([held()]) == []


@pytest.mark.parametrize(("age_days", "moves"), [(29.99, False), (30, True)])
def test_a_dataset_moves_when_it_is_old_enough(age_days, moves):
    assert bool(moved([held(age_days=age_days)], Rule("COLD", older_than_days=30))) is moves


@pytest.mark.parametrize(
    ("last_read", "age_days", "moves"),
    [(date(2026, 11, 9), 100, False), (date(2026, 11, 8), 100, True), (None, 100, True), (None, 13, False)],
)
def test_a_day_of_reading_keeps_it_and_before_any_the_day_it_was_published(last_read, age_days, moves):
    assert bool(moved([held(last_read=last_read, age_days=age_days)], Rule("COLD", unread_for_days=14))) is moves


def test_a_trace_that_came_with_a_copy_is_no_older_than_the_dataset_there():
    assert moved([held(last_read=date(2026, 1, 1), age_days=3)], Rule("COLD", unread_for_days=14)) == []


def test_rules_of_a_corpus_and_a_stage_are_of_these_alone():
    datasets = [held("a"), held("b", stage="tokens"), held("c", corpus="other")]
    assert moved(datasets, Rule("COLD", corpus="web", stage="clean")) == [("a", "COLD")]
    assert moved(datasets, Rule("COLD", stage="clean")) == [("c", "COLD"), ("a", "COLD")]


def test_the_newest_versions_of_each_corpus_and_stage_stay():
    datasets = [held(f"v{n}") for n in (1, 2, 9, 10)] + [held("trial"), held("v1", stage="tokens")]
    assert moved(datasets, Rule("COLD", keep_newest=2)) == [("trial", "COLD"), ("v1", "COLD"), ("v2", "COLD")]


def test_a_pinned_version_never_moves_in_any_stage():
    datasets = [held("v1"), held("v1", stage="tokens"), held("v2"), held("v1", corpus="other")]
    assert moved(datasets, COLD, pinned=["web/v1"]) == [("v1", "COLD"), ("v2", "COLD")]


def test_the_first_rule_that_holds_decides():
    rules = (Rule("s3://archive", older_than_days=90), Rule("COLD", older_than_days=30))
    assert moved([held("a", age_days=95), held("b", age_days=35), held("c", age_days=5)], *rules) == [
        ("a", "s3://archive"),
        ("b", "COLD"),
    ]


def test_what_is_there_already_stays():
    assert moved([held(tier="COLD")], COLD) == []
    assert moved([held(tier="COLD")], COLD, Rule("s3://archive")) == []


def test_every_rule_that_asks_for_what_cannot_be_is_told_at_once():
    here = Rule("hdfs://nn/corpora/", stage="tokens")
    with pytest.raises(RefusedError) as refused:
        moved([held(tier=""), held(stage="tokens")], COLD.__class__("COLD", stage="clean"), here)
    assert refused.value.faults == (
        "hdfs://nn/corpora/web/clean/v1: its store has no tier 'COLD': name the URI of another output",
        "hdfs://nn/corpora/web/tokens/v1: the rule's to = 'hdfs://nn/corpora/' is where it lies: name another output",
    )


@given(st.permutations([held(f"v{n}", stage=stage) for n in range(1, 5) for stage in ("clean", "tokens")]))
def test_the_order_in_which_datasets_are_found_changes_nothing(datasets):
    rules = (Rule("COLD", stage="clean", keep_newest=1), Rule("s3://archive", keep_newest=3))
    assert moved(datasets, *rules) == [("v1", "COLD"), ("v2", "COLD"), ("v3", "COLD"), ("v1", "s3://archive")]


@given(days=st.integers(0, 400), more=st.integers(0, 400))
def test_what_moved_yesterday_moves_today(days, more):
    rule = Rule("COLD", older_than_days=30, unread_for_days=60)
    if moved([held(age_days=days)], rule):
        assert moved([held(age_days=days + more)], rule)
