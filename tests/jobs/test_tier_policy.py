"""What a site file says of tiers, and everything that is wrong with it at once."""

import re

import pytest

from jobs.site import Site, load_site
from pipelines.catalog.tiers import Policy, Rule
from pipelines.errors import SiteError


def site_of(tmp_path, text):
    path = tmp_path / "site.toml"
    path.write_text(text)
    return load_site(str(path))


def test_without_a_policy_there_is_none():
    assert Site().tiers == Policy()


def test_rules_are_read_in_their_order_with_what_is_pinned(tmp_path):
    site = site_of(
        tmp_path,
        """
        [tier]
        pinned = ["web_en/v3"]
        [[tier.rules]]
        stage = "clean"
        older_than_days = 90
        to = "s3://archive/corpora"
        [[tier.rules]]
        corpus = "web_en"
        unread_for_days = 0.5
        keep_newest = 2
        to = "COLD"
        """,
    )
    archive = Rule("s3://archive/corpora", stage="clean", older_than_days=90)
    cold = Rule("COLD", corpus="web_en", unread_for_days=0.5, keep_newest=2)
    assert site.tiers == Policy((archive, cold), frozenset(["web_en/v3"]))


def test_every_fault_is_named_at_once(tmp_path):
    with pytest.raises(SiteError) as refused:
        site_of(
            tmp_path,
            """
            [tier]
            keep = 1
            pinned = ["v3", 7]
            [[tier.rules]]
            older_than_days = -1
            unread_for_days = true
            keep_newest = 1.5
            stage = "raw"
            corpus = ""
            [[tier.rules]]
            to = "COLD"
            age = 3
            """,
        )
    assert [fault.partition("site.toml: ")[2].partition(",")[0] for fault in refused.value.faults] == [
        "unknown key tier.keep; known are rules",
        "tier.pinned holds 'v3'",
        "tier.pinned holds 7",
        "tier.rules",
        "tier.rules",
        "tier.rules",
        "tier.rules",
        "tier.rules",
        "tier.rules",
        "tier.rules",
    ]
    of_rules = [fault.partition("tier.rules, ")[2] for fault in refused.value.faults[3:]]
    assert of_rules == [
        'rule 1: to is missing or no string, must be a tier ("GLACIER", "COLD") or the URI of another output',
        "rule 1: corpus is '', must be the name of a corpus",
        "rule 1: stage is 'raw', must be one of clean, deduplicated, tokens",
        "rule 1: older_than_days is -1, must be a number of days, 0 or more",
        "rule 1: unread_for_days is True, must be a number of days, 0 or more",
        "rule 1: keep_newest is 1.5, must be a whole number of versions, 0 or more",
        "rule 2: unknown key age; known are to, corpus, stage, older_than_days, unread_for_days, keep_newest",
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("tier = 3", "tier is 3, must be a table"),
        ("[tier]\nrules = 3", "tier.rules must be tables"),
        ("[tier]\nrules = [3]", "tier.rules must be tables"),
        ("[tier]\npinned = 'web/v3'", "tier.pinned is 'web/v3', must be a list"),
    ],
)
def test_what_is_no_table_or_list_is_told(tmp_path, text, told):
    with pytest.raises(SiteError, match=re.escape(f"site.toml: {told}")):
        site_of(tmp_path, text)
