"""Bytes become text, or the row says why not."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from step_batches import GOOD, PAGE, batch_of, texts_of

from pipelines.steps import Extract, Normalize
from pipelines.steps.extract import media_type_and_charset
from pipelines.text.extract import HtmlLimits


def extracted(content, content_type, step=Extract()):  # noqa: B008 (a frozen value)
    (row,) = step(batch_of({"content": content, "content_type": content_type})).to_pylist()
    assert row["content"] is None
    return row


def test_plain_bytes_are_decoded_by_their_declared_charset():
    assert extracted("łódź".encode("iso-8859-2"), "text/plain; charset=ISO-8859-2")["text"] == "łódź"
    assert extracted("Füße".encode(), None)["text"] == "Füße"
    assert extracted(b"<p>stays</p>", "text/plain")["text"] == "<p>stays</p>"


@pytest.mark.parametrize("extractor", ["resiliparse", "trafilatura"])
@pytest.mark.parametrize("content_type", ["text/html", "Text/HTML; charset=utf-8", "application/xhtml+xml"])
def test_of_a_page_the_main_text_stays(extractor, content_type):
    row = extracted(PAGE.encode(), content_type, Extract(extractor))
    assert row["text"].split() == GOOD.split()
    assert (row["rejected_by"], row["quarantined_by"]) == (None, None)


def test_a_page_is_decoded_by_the_charset_it_names_itself():
    page = PAGE.replace("utf-8", "iso-8859-2").replace("lighthouse", "łódź").encode("iso-8859-2")
    assert "łódź" in extracted(page, "text/html")["text"]


@pytest.mark.parametrize(
    ("content", "reason", "detail"),
    [
        (b"bin\x00ary", "nul_character", "U+0000"),
        (b"\xff\xfe\x00", "undecodable", "declare the right charset"),
    ],
)
def test_what_is_no_text_is_quarantined_with_what_was_found(content, reason, detail):
    row = extracted(content, "text/plain; charset=utf-8")
    assert (row["text"], row["quarantined_by"], row["rejected_by"]) == (None, reason, None)
    assert detail in row["quarantine_detail"]


def test_a_page_over_the_limits_is_quarantined_with_value_and_limit():
    row = extracted(b"<p>" * 30, "text/html", Extract(limits=HtmlLimits(max_tags=20)))
    assert (row["text"], row["quarantined_by"]) == (None, "html_too_many_tags")
    assert row["quarantine_detail"].startswith("html_too_many_tags: 30 is above the limit of 20")


@pytest.mark.parametrize("content", [b"<html><body> </body></html>", b"", b"<html><script>x()</script></html>"])
def test_a_page_without_main_text_is_rejected_not_quarantined(content):
    row = extracted(content, "text/html")
    assert (row["rejected_by"], row["quarantined_by"]) == ("no_main_text", None)


def test_a_text_that_is_there_passes_and_blank_ones_are_rejected():
    rows = Extract()(texts_of("a text", " \n")).to_pylist()
    assert [row["text"] for row in rows] == ["a text", " \n"]
    assert [row["rejected_by"] for row in rows] == [None, "no_main_text"]


@pytest.mark.parametrize(
    ("declared", "found"),
    [
        (None, ("text/plain", None)),
        ("text/html; charset=utf-8", ("text/html", "utf-8")),
        ('text/html; Charset="UTF-8"', ("text/html", "UTF-8")),
        ("text/html;charset=x\r\nother: header", ("text/html", "x  other: header")),
        ("nonsense", ("text/plain", None)),
        ("text/html; charset*=utf-8''latin1", ("text/html", None)),
    ],
)
def test_a_declared_type_is_taken_apart(declared, found):
    assert media_type_and_charset(declared) == found


PIECES = st.sampled_from(["text/html", ";", " charset", "=", "*", "0", "*=", "utf-8", "'", '"', "\\", "%80", "''", "é"])


@settings(max_examples=200, deadline=None)
@example(declared="; charset*=utf-8''latin1")
@given(declared=st.text(max_size=20) | st.lists(PIECES, max_size=10).map("".join))
def test_a_declared_type_may_be_anything(declared):
    media_type, charset = media_type_and_charset("text/html;" + declared)
    assert "/" in media_type
    assert charset is None or isinstance(charset, str)


def test_normalizing_writes_one_spelling():
    rows = Normalize()(texts_of("Fu\u0308ße\r\n\r\n\r\nthe\u00a0end ", None)).column("text").to_pylist()
    assert rows == ["Füße\n\nthe end", None]
