import pytest

from pipelines.report import Example, Pair
from pipelines.report.excerpts import differing, excerpt, shortened, visible


def document(text):
    return Example("00", "source", 0, text)


def test_the_place_is_the_marked_piece_and_what_is_cut_is_counted():
    text = "a" * 1000 + "NEEDLE" + "b" * 1000
    found = excerpt(text, (1000, 1006))
    before, match, after = found.pieces
    assert match == "NEEDLE"
    assert found.cut_before + len(before) == 1000
    assert found.cut_after + len(after) == 1000


def test_a_long_place_keeps_both_ends():
    (_, match, _) = excerpt("<" + "x" * 100_000 + ">", (0, 100_002)).pieces
    assert match.startswith("<")
    assert match.endswith(">")
    assert "99,642 characters" in match


@pytest.mark.parametrize("span", [None, (3, 3), (-1, 2), (2, 99)])
def test_without_a_place_in_the_text_its_beginning_is_shown(span):
    found = excerpt("short text", span)
    assert found.pieces == ("short text",)
    assert found.cut_after == 0


def test_unseen_characters_are_written_out_and_newlines_stay():
    assert visible("a\u202eb\x00\n\tc\u200b") == "a‹U+202E›b‹U+0000›\n\tc‹U+200B›"


def test_a_field_is_one_short_line():
    assert shortened("a\nb\r\n c", 50) == "a b c"
    assert len(shortened("x" * 10_000, 60)) <= 63


def test_the_words_that_differ_are_marked_in_both_texts():
    pair = Pair(document("the old grey cat sat"), document("the old black cat sat down"))
    removed, kept = differing(pair)
    assert removed.pieces == ("the old ", "grey", " cat sat")
    assert kept.pieces == ("the old ", "black", " cat sat", " down", "")


def test_a_pair_is_shown_from_just_before_its_first_difference():
    same = "word " * 1000
    removed, kept = differing(Pair(document(same + "one end"), document(same + "another end")))
    assert removed.cut_before == kept.cut_before > 4000
    assert removed.pieces[1] == "one"
    assert kept.pieces[1] == "another"


def test_the_same_text_twice_has_no_marks():
    removed, kept = differing(Pair(document("same " * 300), document("same " * 300)))
    assert removed == kept
    assert len(removed.pieces) == 1
