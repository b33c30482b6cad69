"""URLs are banned as the reference bans them; lists are read as lists are written."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.text.url_examples import LISTS, made_urls, real_urls
from benchmarks.text.urls import compare
from pipelines.errors import RefusedError
from pipelines.steps import UrlFilter
from pipelines.text.urls import LIST_KINDS, REASONS, ban_lists, judge_urls, list_entries, registered_domain_and_host


def lists(**lines):
    return ban_lists({kind: list_entries(kind, lines.get(kind, ())) for kind in LIST_KINDS})


def judged(url, **lines):
    return judge_urls([url], lists(**lines)).to_pylist()[0]


def test_thousands_of_urls_are_judged_as_the_reference_judges_them():
    urls = [*real_urls(3000), *made_urls(6000, seed=1)]
    assert len(urls) > 8000
    found = compare(urls, UrlFilter(lists=(), **LISTS), LISTS, rounds=1)
    assert found["differences"] == []
    assert set(found["reasons"]) == {*REASONS, "None"}


@pytest.mark.parametrize(
    ("url", "domain", "host"),
    [
        ("https://news.bbc.co.uk:443/a", "bbc.co.uk", "news.bbc.co.uk"),
        ("news.bbc.co.uk/a", "bbc.co.uk", "news.bbc.co.uk"),
        ("http://me:secret@www.example.org", "example.org", "www.example.org"),
        ("http://a.blogspot.com/", "blogspot.com", "a.blogspot.com"),
        ("http://www.bücher.de", "bücher.de", "www.bücher.de"),
        ("http://co.uk/", "", ""),
        ("http://127.0.0.1/", "", ""),
        ("http://[::1]:80/", "", ""),
        ("http://localhost/", "", ""),
        ("", "", ""),
    ],
)
def test_the_registered_domain_is_what_stands_before_the_public_suffix(url, domain, host):
    assert registered_domain_and_host(url) == (domain, host)


def test_every_reason_is_told_and_the_first_one_decides():
    found = judged(
        "http://bad.org/soft/softer/under-neath",
        domains=["bad.org"],
        banned_words=["under"],
        soft_banned_words=["soft", "softer", "other"],
        banned_subwords=["underneath"],
    )
    assert found == {
        "rejected_by": "domain",
        "url_reasons": "domain subdomain hard_blacklisted soft_blacklisted blacklisted_subword",
        "num_soft_banned_words": 2,
    }


def test_a_host_is_banned_alone_and_a_domain_with_all_its_hosts():
    assert judged("http://a.example.org/", domains=["a.example.org"])["rejected_by"] == "subdomain"
    assert judged("http://b.example.org/", domains=["a.example.org"])["rejected_by"] is None
    assert judged("http://b.a.example.org/", domains=["example.org"])["rejected_by"] == "domain"


def test_a_word_counts_as_a_part_and_a_subword_anywhere():
    assert judged("http://middlesex.ac.uk/", banned_words=["sex"])["rejected_by"] is None
    assert judged("http://a.uk/sex-education", banned_words=["sex"])["rejected_by"] == "hard_blacklisted"
    assert judged("http://middle-sex.uk/", banned_subwords=["lesex"])["rejected_by"] == "blacklisted_subword"


@settings(max_examples=200, deadline=None)
@given(urls=st.lists(st.text(max_size=30) | st.sampled_from(made_urls(300, seed=2)), max_size=5))
def test_any_string_is_judged_and_alone_as_among_others(urls):
    ours = ban_lists({kind: list(list_entries(kind, LISTS[kind])) for kind in LIST_KINDS})
    together = judge_urls(urls, ours).to_pylist()
    assert together == [judge_urls([url], ours).to_pylist()[0] for url in urls]


def test_blank_lines_and_comments_are_no_entries():
    assert list(list_entries("domains", ["# adult\n", "\n", "  \n", " a.org \r\n"])) == ["a.org"]
    assert list(list_entries("banned_words", ["", "Two Words", "#no"])) == ["twowords"]
    assert judged("http://a.org/", banned_words=["", "# x"], domains=["\n"])["rejected_by"] is None


@pytest.mark.parametrize(
    ("kind", "line", "fault"),
    [
        ("banned_words", "***", r"line 2: '\*\*\*' has no letter a-z and no digit"),
        ("soft_banned_words", "секс", "line 2: 'секс' has no letter"),
        ("domains", "http://a.org", "line 2: 'http://a.org' is no domain: one a line, without scheme"),
        ("domains", "0.0.0.0 a.org", r"line 2: '0.0.0.0 a.org' is no domain"),
        ("urls", "a\0b", r"line 2 holds U\+0000: it is no text"),
    ],
)
def test_an_entry_that_cannot_work_is_refused_with_its_line(kind, line, fault):
    with pytest.raises(RefusedError, match=fault):
        list(list_entries(kind, ["fine", line]))


@settings(max_examples=50, deadline=None)
@given(entries=st.lists(st.sampled_from("abcdef"), max_size=8), kind=st.sampled_from(LIST_KINDS))
def test_lists_have_one_hash_exactly_when_they_hold_the_same(entries, kind):
    one, shuffled = (ban_lists({kind: some}) for some in (entries, [*reversed(entries), *entries]))
    assert one.content_hash() == shuffled.content_hash()
    assert one.content_hash() != ban_lists({kind: [*entries, "g"]}).content_hash()
