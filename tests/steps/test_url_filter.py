"""A step that looks at URLs alone: its lists are data, and what they hold is identity."""

import gzip
import pickle
from pathlib import Path

import pytest
from step_batches import batch_of

from pipelines.catalog.identity import canonical, fingerprint, resolved
from pipelines.errors import RecipeError, SiteError
from pipelines.steps import UrlFilter
from pipelines.steps.url_filter import OUR_LISTS


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/domains").write_text("# mine\nbad.org\n\n")
    (tmp_path / "mine/banned_words.txt").write_text("Wicked\n")
    return tmp_path / "mine"


def reasons(step, *urls):
    return step(batch_of(*({"url": url} for url in urls))).column("rejected_by").to_pylist()


def test_a_document_without_a_url_passes_unmeasured():
    (row,) = UrlFilter()(batch_of({"text": "a text"})).to_pylist()
    assert (row["rejected_by"], row["url_reasons"], row["num_soft_banned_words"]) == (None, None, None)


def test_what_is_measured_stays_in_columns_also_behind_an_earlier_reason():
    step = UrlFilter(lists=(), soft_banned_words=("a", "b"))
    (row,) = step(batch_of({"url": "http://x.org/a/b", "rejected_by": "earlier"})).to_pylist()
    assert (row["rejected_by"], row["url_reasons"], row["num_soft_banned_words"]) == ("earlier", "soft_blacklisted", 2)


def test_lists_come_from_us_from_folders_and_from_the_recipe(folder):
    step = UrlFilter(lists=("gambling", str(folder), f"file://{folder}"), domains=("worse.org",))
    urls = ("http://bad.org", "http://x.org/wicked", "http://bet365.com", "http://worse.org", "http://pornhub.com")
    assert reasons(step, *urls) == ["domain", "hard_blacklisted", "domain", "domain", None]


@pytest.mark.parametrize("name", OUR_LISTS)
def test_ours_are_sorted_without_repetition_and_ban_no_innocent_place(name):
    for file in Path("pipelines/steps/url_lists", name).iterdir():
        comment, *entries = file.read_text().splitlines()
        assert comment.startswith("# ")
        assert entries == sorted(set(entries))
    innocent = (
        "https://www.essex.ac.uk/",
        "https://www.scunthorpe.gov.uk/",
        "https://en.wikipedia.org/wiki/Sex",
        "https://www.nhs.uk/conditions/anal-cancer",
        "https://en.wikipedia.org/wiki/Poker",
        "https://docs.python.org/3/reference/datamodel.html#slots",
    )
    assert reasons(UrlFilter(lists=(name,)), *innocent) == [None] * len(innocent)


def test_the_threshold_of_soft_words_is_a_knob():
    url = "http://x.org/a/b/c"
    soft = {"lists": (), "soft_banned_words": ("a", "b", "c")}
    assert [reasons(UrlFilter(**soft, soft_word_threshold=n), url)[0] for n in (1, 3, 4)] == [
        "soft_blacklisted",
        "soft_blacklisted",
        None,
    ]


def test_what_lists_hold_is_identity_and_where_they_lie_is_not(folder, tmp_path):
    before = resolved(UrlFilter(lists=(str(folder),)))
    moved = folder.rename(tmp_path / "moved")
    assert resolved(UrlFilter(lists=(str(moved),))) == before
    assert str(tmp_path) not in canonical(before)
    (moved / "domains").write_text("bad.org\nworse.org\n")
    assert fingerprint(resolved(UrlFilter(lists=(str(moved),)))) != fingerprint(before)


def test_a_worker_reads_the_lists_itself_and_refuses_others(folder):
    shipped = pickle.dumps(UrlFilter(lists=(str(folder),)))
    assert b"bad.org" not in shipped
    (folder / "domains").write_text("other.org\n")
    with pytest.raises(SiteError, match="hold something else than when the recipe was read"):
        reasons(pickle.loads(shipped), "http://bad.org")  # noqa: S301 (our own bytes)
    (folder / "domains").write_text("bad.org\n")
    assert reasons(pickle.loads(shipped), "http://bad.org") == ["domain"]  # noqa: S301 (the same)


def test_a_list_that_is_no_text_is_refused_by_name(folder):
    (folder / "domains").write_bytes(gzip.compress(b"bad.org\n"))
    with pytest.raises(RecipeError, match=r"mine/domains is no text in UTF-8 .*: unpack it"):
        UrlFilter(lists=(str(folder),))
    (folder / "domains").write_bytes(b"ustar\0\0bad.org\n")
    with pytest.raises(RecipeError, match=r"mine/domains, line 1 holds U\+0000: it is no text"):
        UrlFilter(lists=(str(folder),))


def test_lists_that_are_not_there_are_refused_all_at_once(folder, tmp_path):
    with pytest.raises(RecipeError) as caught:
        UrlFilter(lists=(str(tmp_path / "nowhere"), str(folder), "adlut", "ftp://lists"))
    assert [fault.partition(" is ")[0].partition(": ")[0] for fault in caught.value.faults] == [
        f"list '{tmp_path}/nowhere'",
        "list 'adlut'",
        "list 'ftp://lists'",
    ]
    assert "none of ours (adult, gambling)" in caught.value.faults[1]


@pytest.mark.parametrize(
    ("knobs", "fault"),
    [
        ({"lists": "adult"}, r"lists is 'adult', a string: give a tuple, \('adult',\)"),
        ({"domains": "a.org"}, "domains is 'a.org', a string"),
        ({"soft_word_threshold": 0}, "soft_word_threshold is 0, must be at least 1"),
        ({"banned_words": ("***",)}, "banned_words: line 1: .* no letter"),
    ],
)
def test_a_wrong_knob_is_refused_by_name(knobs, fault):
    with pytest.raises(RecipeError, match=fault):
        UrlFilter(**knobs)
