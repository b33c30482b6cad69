"""What resiliparse would lose or spoil comes through, a page for each; what it rightly drops stays dropped."""

import pytest
from resiliparse.extract.html2text import extract_plain_text

from pipelines.text.extract import HtmlTooLarge, resiliparse_text, trafilatura_text

PROSE = " ".join(["The river rises in the hills and runs to the sea past mills and meadows."] * 6)


def between(html, wrap="<main>{}</main>", extract=resiliparse_text):
    """What the extractor makes of `html` between two paragraphs."""
    page = wrap.format(f"<p>{PROSE}</p>{html}<p>{PROSE}</p>")
    text = extract(f"<!DOCTYPE html><html><body>{page}</body></html>")
    before, middle, after = text.split(PROSE)
    assert (before, after) == ("", "")
    return middle.strip("\n")


@pytest.mark.parametrize(
    "table",
    [
        "<table><tr><th>Name<th>Length<tr><td>Nile<td>6650</table>",
        "<table><tr><th><p>Name</p></th><th><p>Length</p></th></tr><tr><td><p>Nile</p></td><td><p>6650</p></td></tr></table>",
        "<TABLE><TR><TH><P>Name<TH><P>Length<TR><TD><P>Nile<TD><P>6650</TABLE>",
        (
            "<table><tr><th scope=col> <p class=x>Name</p> </th><th><p>Length</p></th></tr>"
            "<tr><td><p><b>Ni</b>le</p></td><td><p>6<i>65</i>0</p></td></tr></table>"
        ),
    ],
)
def test_a_row_is_a_line_and_its_cells_are_two_tabs_apart(table):
    assert [line.rstrip() for line in between(table).split("\n")] == ["Name\t\tLength", "Nile\t\t6650"]


def test_a_cell_of_several_paragraphs_keeps_them():
    assert between("<table><tr><td><p>one</p><p>two</p></td><td>x</td></tr></table>").startswith("one\n\ntwo")


CODE = "def flow(x):\n    if x:\n        return 1\n\n    return 2"


@pytest.mark.parametrize(
    "block",
    [
        f"<pre><code>{CODE}</code></pre>",
        f"<div class=highlight><pre>{CODE.replace('return', '<span class=k>return</span>')}</pre></div>",
        f"<pre>{CODE.replace(chr(10), '<br>')}</pre>",
        "<pre>"
        + "\n".join(f"<span class=lineno>{n} </span>{line}" for n, line in enumerate(CODE.split("\n")))
        + "</pre>",
        (
            "<table class=highlighttable><tr><td class=linenos><pre>1\n2\n3\n4\n5</pre></td>"
            f"<td class=code><pre>{CODE}</pre></td></tr></table>"
        ),
        f"<table><tr><td class='gutter'><pre>1\n2\n3\n4\n5</pre></td><td><pre>{CODE}</pre></td></tr></table>",
    ],
)
def test_code_keeps_its_indentation_and_loses_the_numbers_beside_it(block):
    assert between(block) == CODE


@pytest.mark.parametrize("wrap", ["{}", "<div>{}</div>", "<main>{}</main>", "<main><article>{}</article></main>"])
def test_a_list_of_content_stays_however_near_it_is_to_the_body(wrap):
    first = "an item of some length about the river, with"
    items = f"<ul><li>{first} <a href=x>a link</a></li><li><p>two</p><ul><li>within</li></ul></li></ul>"
    assert between(items, wrap).split() == ["•", *first.split(), "a", "link", "•", "two", "•", "within"]


@pytest.mark.parametrize("wrap", ["{}", "<div>{}</div>", "<header>{}</header>"])
def test_a_list_of_links_near_the_body_goes_as_navigation(wrap):
    menu = wrap.format("<ul><li><a href=/>Home</a></li><li><a href=/shop>Shop of ours</a></li></ul>")
    assert between("", menu + "{}") == between("", "{}" + menu) == ""


@pytest.mark.parametrize("frame", ["nav", "header", "footer"])
def test_a_list_in_the_frame_of_the_page_goes_though_it_has_no_links(frame):
    assert between("", f"<{frame}><ul><li>Open every day but on Mondays</li></ul></{frame}>{{}}") == ""


def test_many_lists_near_the_body_are_all_kept():
    words = between("<ul><li>word one</li></ul>" * 300, "{}").split()
    assert words == ["•", "word", "one"] * 300


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("10<sup>6</sup>", "10^6"),
        ("10<sup class=x> -3 </sup>", "10^ -3"),
        ("<i>x</i><sup>2</sup>", "x^2"),
        ("(a+b)<sup>2</sup>", "(a+b)^2"),
        ("H<sub>2</sub>O", "H2O"),
        ("the 2<sup>nd</sup>", "the 2nd"),
        ("a word<sup>1</sup>", "a word1"),
        ("in 1990<sup><a href=#n>1</a></sup>", "in 19901"),
    ],
)
def test_a_power_is_told_from_its_base_and_a_footnote_is_none(html, text):
    assert between(f"<p>{html}</p>").rstrip() == text


@pytest.mark.parametrize("character", ["—", "€", "…", "字", "→", "ก", "&mdash;", "&#8364;", "&hellip;"])
def test_one_character_between_two_tags_is_no_icon(character):
    text = between(f"<p>a <b>{character}</b> b</p>")
    assert text == between(f"<p>a {character} b</p>")
    assert len(text) == 5


@pytest.mark.parametrize("icon", ["\ue001", "&#xe001;", "¶", "&para;", "↩", "&#8617;"])
def test_an_icon_an_anchor_and_the_way_back_from_a_footnote_go(icon):
    assert between(f"<p>a <i>{icon}</i>b</p>").split() == ["a", "b"]


def test_the_settings_are_those_of_dolma_3_and_dclm():
    html = (
        "<p>text <a href=/where>link</a> <img alt=boat></p><noscript>enable</noscript><form><input value=typed></form>"
    )
    assert between(html).split() == ["text", "link"]
    figure = "<h2>Head</h2><ol><li>one</li><li>two</li></ol><blockquote>quoted</blockquote>"
    assert between(figure) == "Head\n\n  1. one\n  2. two\nquoted"


def test_a_page_without_what_is_mended_comes_out_as_of_resiliparse_itself():
    main = f"<article><h1>River</h1><p>{PROSE}</p><div>More <b>of it</b></div></article>"
    page = f"<html><body><nav>Menu</nav>{main}</body></html>"
    assert resiliparse_text(page) == extract_plain_text(
        page, main_content=True, preserve_formatting=True, alt_texts=False
    )


BODIES = [
    "<!--" + "x" * 9_000_000,
    "<p>a</p><script>" + "var a = 1;" * 900_000,
    "<p>" + "&amp;amp;" * 1_000_000,
    "<td><p>" + "<b></b>" * 90_000,
    "10<sup>6</sup>" * 20_000,
    "<math><mi>x</mi></math>" * 10_000,
    "<math>" + "<mfrac>" * 400 + "<mi>x</mi>" * 50_000,
    "<ul><li>some words</li></ul>" * 30_000,
    "<script type='math/tex'>x</script>" * 20_000,
    "<img alt='\\frac{'>" * 100_000,
    ">" + " " * 9_000_000,
]


@pytest.mark.parametrize("body", BODIES, ids=lambda body: body[:20].strip())
def test_a_page_of_one_thing_within_the_limits_is_extracted(body):
    assert isinstance(resiliparse_text(f"<html><body>{body}"), str)


@pytest.mark.parametrize("body", [*BODIES[:3], BODIES[-1]], ids=lambda body: body[:20].strip())
def test_so_it_is_by_the_other_extractor(body):
    assert isinstance(trafilatura_text(f"<html><body>{body[:2_000_000]}"), str)


@pytest.mark.parametrize("block", ["<ul><li>some words</li></ul>", "<TABLE><tr><td>some</TABLE>"])
def test_many_lists_and_tables_are_refused_where_they_would_take_minutes(block):
    with pytest.raises(HtmlTooLarge, match="html_too_many_tags: 8,001 is above the limit of 8,000"):
        trafilatura_text(block * 8_001)
