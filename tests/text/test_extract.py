"""HTML to main text: what stays, and that no page can cost more than its limits."""

import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.text.extract import HtmlLimits, HtmlTooLarge, check, open_elements, resiliparse_text, trafilatura_text

SENTENCES = "The river rises in the hills and runs to the sea past mills and meadows. " * 6
PAGE = f"""<!DOCTYPE html><html><head><title>T</title><script>var a = "<div>";</script></head><body>
<nav><ul><li><a href="/">Home</a></li><li><a href="/shop">Shop</a></li></ul></nav>
<article><h1>On rivers</h1><p>{SENTENCES}</p>
<pre>def flow():
    return 1</pre>
<table><tr><td>Nile</td><td>6650</td></tr><tr><td>Rhine</td><td>1233</td></tr></table>
<p>An ending with an image <img src="x.png" alt="of a boat">.</p></article>
<footer>Copyright nobody</footer></body></html>"""

BOMBS = {
    "nested div": ("<div>" * 100_000, "html_too_deep"),
    "nested b": ("<b>" * 100_000, "html_too_deep"),
    "nested table cells": ("<table><tr><td>" * 60_000, "html_too_deep"),
    "div behind false closes": ("<div></x>" * 90_000, "html_too_deep"),
    "divs after many closes": ("</div>" * 50_000 + "<div>" * 50_000, "html_too_deep"),
    "drawn elements outside a drawing": ("<path>" * 100_000, "html_too_deep"),
    "odd names": ("<x;>" * 100_000, "html_too_deep"),
    "a million open paragraphs": ("<p>x" * 1_000_000, "html_too_many_tags"),
    "fifty megabytes of one tag": ("<br>" * 12_500_000, "html_too_large"),
    "fifty megabytes of one name": ("<" + "a" * 50_000_000, "html_too_large"),
    "many attributes": ("<p " + " ".join(f"a{i}" for i in range(100_000)) + ">", "html_too_many_tags"),
    "many options": ("<select>" + "<option>x</option>" * 90_000, "html_too_many_tags"),
}


@pytest.mark.parametrize("extractor", [resiliparse_text, trafilatura_text])
def test_the_main_text_stays_and_the_frame_of_the_page_goes(extractor):
    text = extractor(PAGE)
    assert "past mills and meadows." in text
    assert "def flow():\n    return 1" in text
    assert "Nile" in text
    assert "6650" in text
    assert not any(word in text for word in ("Shop", "Copyright", "var a", "of a boat"))


def test_resiliparse_keeps_paragraphs_and_cells_apart():
    assert resiliparse_text(PAGE).startswith("On rivers\n\nThe river")
    assert "Nile\t\t6650\nRhine\t\t1233" in resiliparse_text(PAGE)


@pytest.mark.parametrize("extractor", [resiliparse_text, trafilatura_text])
@pytest.mark.parametrize("html", ["", " ", "<", "<html></html>", "no markup at all", "<!-- only -->", "\ufeff<p>"])
def test_pages_without_content_give_a_text_and_no_error(extractor, html):
    assert isinstance(extractor(html), str)


def test_trafilatura_gives_a_page_the_same_text_however_often_it_was_seen():
    first = trafilatura_text(PAGE)
    assert [trafilatura_text(PAGE) for _ in range(5)] == [first] * 5


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_bomb_is_refused_by_name_before_it_is_parsed(bomb):
    body, reason = BOMBS[bomb]
    with pytest.raises(HtmlTooLarge, match="limit") as caught:
        check(f"<html><body>{body}")
    assert caught.value.reason == reason


@pytest.mark.parametrize("name", ["div", "b", "font", "table", "ul><li", "b><p", "a href=x><div"])
def test_the_deepest_page_within_the_limits_does_not_crash_an_extractor(name):
    # In a process of its own: a crash of the C parser would end this one. Ten times the limit, so there is a margin.
    program = (
        "import sys; from pipelines.text.extract import *\n"
        f"html = '<html><body>' + '<{name}>' * 5120 + 'text'\n"
        "limits = HtmlLimits(max_depth=1_000_000)\n"
        "resiliparse_text(html, limits); trafilatura_text(html, limits)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False, timeout=120).returncode == 0


@pytest.mark.parametrize(
    "html",
    [
        "<ul>" + "<li>one" * 5000 + "</ul>",
        "<table>" + "<tr><td>a<td>b" * 5000 + "</table>",
        "<svg>" + '<path d="M 0 0"/>' * 5000 + "</svg>",
        "<div><p>text</p></div>" * 5000,
        "<p>" * 5000,
        '<img src="data:image/png;base64,' + "iVBOR/w0KGgo " * 10_000 + '">',
        "<script>" + "for(i=0;i<n;i++){a<b}" * 5000 + "</script>",
    ],
)
def test_long_flat_pages_are_within_the_limits(html):
    check(f"<html><body>{html}</body></html>")


def test_depth_counts_containers_that_are_open_at_once():
    assert open_elements(["div", "div", "/div", "section", "p", "p", "br"]) == (2, 0)
    assert open_elements(["/div", "/div", "DIV", "div"]) == (2, 0)
    assert open_elements(["table", "tr", "td", "/td", "td", "x;"]) == (1, 3)


@settings(max_examples=50, deadline=None)
@given(depth=st.integers(1, 60), limit=st.integers(1, 60))
def test_a_page_is_refused_exactly_when_it_is_deeper_than_the_limit(depth, limit):
    html = "<div>" * depth + "</div>" * depth
    if depth > limit:
        with pytest.raises(HtmlTooLarge) as caught:
            check(html, HtmlLimits(max_depth=limit))
        assert caught.value.reason == "html_too_deep"
    else:
        check(html, HtmlLimits(max_depth=limit))


def test_bytes_are_counted_in_utf_8():
    with pytest.raises(HtmlTooLarge, match="html_too_large: 12 is above the limit of 11"):
        check("éééééé", HtmlLimits(max_bytes=11))
