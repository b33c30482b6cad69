"""Bytes to text: the order of attempts, strictness, and labels as they are found on the web."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.text.charset import measure, ours
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


SENTENCES = {
    "cp1252": "Um café à São Paulo, où l’été dure ; über Straßen und Brücken, señor, på søndag – för öl, così è più.",
    "cp1250": "Zażółć gęślą jaźń, powiedział stary kowal i wyszedł z domu, żeby zobaczyć, czy śnieg już stopniał.",
    "cp1253": "Ο γέρος ψαράς κάθισε στην ακρογιαλιά και κοίταζε τη θάλασσα ώσπου βράδιασε.",
    "cp1255": "הדייג הזקן ישב על החוף והביט בים עד שירד הערב, ואז חזר לביתו הקטן.",
    "koi8-u": "Старий рибалка сидів на березі й дивився на море, доки її човен не зник; він пішов додому.",
    "cp932": "老いた漁師は浜辺に座り、日が暮れるまで海を眺めていた。それから家に帰った。",
    "euc_jp": "老いた漁師は浜辺に座り、日が暮れるまで海を眺めていた。それから家に帰った。",
    "iso2022_jp": "老いた漁師は浜辺に座り、日が暮れるまで海を眺めていた。",
    "cp949": "늙은 어부는 바닷가에 앉아 해가 질 때까지 바다를 바라보다가 작은 집으로 돌아갔다.",
    "iso2022_kr": "늙은 어부는 바닷가에 앉아 해가 질 때까지 바다를 바라보았다.",
    "gb18030": "老渔夫坐在海边,一直望着大海,直到天黑,然后回到他的小屋里。",
    "big5hkscs": "老漁夫坐在海邊,一直望著大海,直到天黑,然後回到他的小屋裡。",
}


@pytest.mark.parametrize("codec", SENTENCES)
def test_undeclared_bytes_in_a_charset_of_the_web_become_their_text(codec):
    assert decode(SENTENCES[codec].encode(codec), None, html=False) == SENTENCES[codec]


def test_real_sentences_in_legacy_charsets_are_seldom_wrong():
    counts, _ = measure(ours)
    texts = sum((found for (kind, _), found in counts.items() if kind == "text"), Counter())
    sentences = sum((found for (kind, _), found in counts.items() if kind == "sentence"), Counter())
    assert texts == {"right": texts.total()}
    assert sentences["right"] >= 0.94 * sentences.total()
    assert sentences["wrong"] <= 0.06 * sentences.total()


@pytest.mark.parametrize("label", ["iso-8859-1", "windows-1251", "koi8-r", "utf-16", "shift_jis", "gbk", "euc-kr"])
@pytest.mark.parametrize("html", [False, True])
def test_a_body_that_is_clearly_utf_8_is_that_whatever_it_is_declared_to_be(label, html):
    text = f'<meta charset="{label}">Straße, café, señor, naïve – “東京”'
    assert decode(text.encode(), None if html else label, html=html) == text


def test_one_wide_character_is_enough_against_a_charset_of_single_bytes_but_not_of_pairs():
    assert decode("it’s".encode(), "iso-8859-1", html=False) == "it’s"
    pairs = "娄卢".encode("gb18030")  # UTF-8 as well, by accident
    assert decode(pairs, "gb2312", html=False) == "娄卢"
    assert decode(pairs, None, html=False) == pairs.decode()


def test_ascii_declared_as_utf_16_is_ascii_and_utf_16_is_what_it_says():
    assert decode(b"<p>plain</p>", "utf-16", html=True) == "<p>plain</p>"
    for text in ("<p>東京</p>", "<p>plain</p>"):
        assert decode(text.encode("utf-16-le"), "utf-16le", html=True) == text


def test_half_width_katakana_in_iso_2022_jp():
    assert decode("ｶﾀｶﾅ".encode("iso2022_jp_ext"), "iso-2022-jp", html=False) == "ｶﾀｶﾅ"


def test_a_colour_code_of_a_terminal_begins_no_other_charset():
    assert decode(b"\x1b[31mred\x1b[0m", None, html=False) == "\x1b[31mred\x1b[0m"


def test_declared_koi8_r_keeps_its_boxes():
    assert decode("┌─┐ ящик ╔═╗".encode("koi8-r"), "koi8-r", html=False) == "┌─┐ ящик ╔═╗"


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
