import pytest

from pipelines.text.spans import matching_span


@pytest.mark.parametrize(
    ("reason", "text", "shown"),
    [
        ("dup_line_frac", "a\nb\na\n", (4, 5)),
        ("dup_para_frac", "one\ntwo\n\nx\n\none\ntwo", (12, 19)),
        ("char_dup_ratio", "line\nother\nline", (11, 15)),
        ("top_2_gram", "so it is, as it is now", (13, 18)),
        ("duplicated_5_n_grams", "a b c d e f a b c d e", (12, 21)),
        ("gopher_too_many_hashes", "a #b #c", (2, 3)),
        ("gopher_too_many_ellipsis", "wait… then...", (4, 5)),
        ("gopher_too_many_bullets", "x\n  • item one\n", (4, 14)),
        ("gopher_too_many_end_ellipsis", "x\r\nand so...  \r\n", (3, 12)),
        ("gopher_below_alpha_threshold", "one 22 three", (4, 6)),
        ("gopher_above_avg_threshold", "a extraordinarily b", (2, 17)),
        ("lorem_ipsum", "two words\nHere is Lorem Ipsum again", (18, 29)),
        ("curly_bracket", "use javascript { here\nthe set { a }", (30, 31)),
        ("line_punct_ratio", "Ends well.\nends badly", (11, 21)),
        ("short_line_ratio", "x" * 31 + "\nshort", (32, 37)),
    ],
)
def test_the_place_that_shows_the_rule(reason, text, shown):
    assert matching_span(text, reason) == shown


@pytest.mark.parametrize("reason", ["empty", "gopher_short_doc", "too_few_sentences", "unknown", "top_9_gram"])
def test_a_reason_without_a_place_has_none(reason):
    assert matching_span("a b", reason) is None


def test_a_place_that_cannot_be_found_is_not_guessed():
    assert matching_span("extraIS_ALPHAordinarily IS_ALPHA", "gopher_above_avg_threshold") is None
    assert matching_span("", "curly_bracket") is None
