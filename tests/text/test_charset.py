"""Bytes to text: the order of attempts, strictness, and labels as they are found on the web."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.text.charset import Undecodable, decode

# Long enough for the detector to be sure.
RUSSIAN = "Съешь же ещё этих мягких французских булок, да выпей чаю. Широкая электрификация южных губерний. " * 4


def test_a_byte_order_mark_beats_the_declared_charset_and_is_not_part_of_the_text():
    assert decode(b"\xef\xbb\xbfna\xc3\xafve", "latin-1", html=False) == "naïve"
    assert decode("\ufeffnaïve".encode("utf-16-le"), "utf-8", html=False) == "naïve"
    assert decode("\ufeffnaïve".encode("utf-16-be"), None, html=False) == "naïve"


@pytest.mark.parametrize("label", ["latin-1", "ISO-8859-1", " latin1 ", '"us-ascii"', "windows-1252"])
def test_latin_labels_mean_windows_1252_as_in_browsers(label):
    assert decode(b"\x93quoted\x94 \x80 5", label, html=False) == "“quoted” € 5"


@pytest.mark.parametrize(
    ("label", "codec", "text"),
    [
        ("gb2312", "gb18030", "漢字㐀"),
        ("euc-kr", "cp949", "뷁"),
        ("shift_jis", "cp932", "①髙"),
        ("tis-620", "cp874", "ก…"),
        ("big5", "big5hkscs", "啫"),
    ],
)
def test_narrow_names_are_read_with_the_superset_that_browsers_use(label, codec, text):
    assert decode(text.encode(codec), label, html=False) == text


def test_the_declared_charset_beats_the_one_in_the_markup():
    page = '<meta charset="windows-1251">é'.encode()
    assert decode(page, "utf-8", html=True).endswith("é")


@pytest.mark.parametrize(
    "meta",
    [
        b"<meta charset=windows-1251>",
        b"<META content='text/html; charset=windows-1251' http-equiv=Content-Type>",
    ],
)
def test_the_markup_says_the_charset_when_nothing_is_declared(meta):
    assert decode(meta + "Привет".encode("cp1251"), None, html=True).endswith("Привет")


def test_the_markup_is_not_asked_when_the_content_is_no_html():
    assert decode('<meta charset="windows-1251">é'.encode(), None, html=False).endswith("é")


def test_a_charset_far_into_the_page_is_not_believed():
    page = b" " * 2000 + b"<meta charset=windows-1251>" + "é".encode()
    assert decode(page, None, html=True).endswith("é")


def test_a_markup_that_claims_utf_16_is_utf_8():
    assert decode('<meta charset="utf-16">éé!'.encode(), None, html=True).endswith("éé!")


def test_a_wrong_declaration_is_passed_over_because_decoding_is_strict():
    assert decode("Straße 東京".encode(), "euc-jp", html=False) == "Straße 東京"


def test_undeclared_bytes_are_detected():
    assert decode(RUSSIAN.encode("koi8-r"), None, html=False) == RUSSIAN


def test_bytes_that_are_no_text_are_undecodable_with_the_attempts_in_the_message():
    with pytest.raises(Undecodable, match="utf-8") as caught:
        decode(b"\xc3\x28\xff\xff\x81\x8d", "utf-8", html=False)
    assert caught.value.reason == "undecodable"


def test_text_with_a_nul_character_is_refused():
    with pytest.raises(Undecodable, match=r"U\+0000") as caught:
        decode("plain".encode("utf-16-le"), None, html=False)
    assert caught.value.reason == "nul_character"


@pytest.mark.parametrize("label", ["", "none", "hex", "rot13", "utf-7", "\x00", "utf‑8", "hz-gb-2312", "x" * 10_000])
def test_unknown_labels_are_passed_over(label):
    assert decode(b"plain", label, html=True) == "plain"


@settings(max_examples=150, deadline=None)
@given(content=st.binary(max_size=60), declared=st.none() | st.text(max_size=12), html=st.booleans())
def test_any_bytes_with_any_label_give_text_or_undecodable(content, declared, html):
    try:
        result = decode(content, declared, html=html)
    except Undecodable as error:
        result = error.reason
    assert "\x00" not in result
    result.encode("utf-8")
