"""One spelling: what is folded, what goes, what stays."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.text.normalize import normalize

BREAKS = "\n\r\x0b\x0c\x1c\x85\u2028\u2029"
AWKWARD = st.text(alphabet=BREAKS + "ab \t\xa0\u3000\u2001\u200b\u200d\xad\ufeffe\u0301é\ud800\x00ﬁ\u0f71\u0f72")


@settings(max_examples=300, deadline=None)
@given(text=AWKWARD | st.text())
def test_a_second_pass_changes_nothing(text):
    once = normalize(text)
    assert normalize(once) == once


@settings(max_examples=300, deadline=None)
@given(text=AWKWARD)
def test_the_result_is_encodable_and_its_lines_are_clean(text):
    result = normalize(text)
    result.encode("utf-8")
    lines = result.split("\n")
    assert lines == result.splitlines() or result == ""
    assert all(line == line.rstrip() for line in lines)
    assert "\n\n\n" not in result


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\r\nb\rc", "a\nb\nc"),
        ("a\u2028b\u2029c\x85d\x0ce\x0bf", "a\nb\n\nc\nd\ne\nf"),
        ("a\xa0b\u3000c\u2009d", "a b c d"),
        ("a  \t\nb\xa0\n", "a\nb"),
        ("a\n\n\n \n\nb", "a\n\nb"),
        ("  \n\n a \n", "a"),
        ("e\u0301", "é"),
        ("e\xad\u0301", "é"),
        ("co\xadop\u200b\ufeff\u202e\x00\x07", "coop"),
        ("bad \ud800 surrogate", "bad  surrogate"),
    ],
)
def test_equal_looking_texts_become_equal(text, expected):
    assert normalize(text) == expected


@pytest.mark.parametrize(
    "text", ["می\u200cخواهم", "👩\u200d💻", "def f():\n\treturn  1", "    x\n  y".strip(), "ﬁ x² ＡＢ"]
)
def test_what_carries_meaning_stays(text):
    assert normalize(text) == text


def test_a_long_run_of_blanks_costs_linear_time():
    # Quadratic work on two million characters would take minutes: the test would be stopped, not be slow.
    assert normalize("a" + " " * 2_000_000 + "b\n" + "\t" * 1_000_000) == "a" + " " * 2_000_000 + "b"
