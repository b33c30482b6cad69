from dataclasses import replace
from math import inf
from typing import NamedTuple

import pyarrow as pa
import pytest
from examples import PROSE, REJECTED, SENTENCES
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.errors import RefusedError
from pipelines.text.characters import DIGITS, PUNCTUATION, SYMBOLS, TERMINAL
from pipelines.text.quality import FINEWEB, QualityRules, c4, fineweb, gopher, judge, measured_fields, repetition
from pipelines.text.spans import ALL_REASONS, WITHOUT_PLACE, matching_span


class Verdict(NamedTuple):
    text: str
    rejected_by: str | None
    values: dict[str, float]


def judge_text(text, rules=FINEWEB):
    row = judge([text], rules).to_pylist()[0]
    return Verdict(row.pop("text"), row.pop("rejected_by"), row)


RULES = [rule for family in (repetition, gopher, c4, fineweb) for rule in family.RULES]


@pytest.mark.parametrize("reason", sorted(ALL_REASONS))
def test_each_reason_is_given_in_the_references_words(reason):
    assert judge_text(REJECTED[reason]).rejected_by == reason


def test_prose_is_kept_as_it_is():
    verdict = judge_text(PROSE)
    assert verdict.rejected_by is None
    assert verdict.text == PROSE


@pytest.mark.parametrize("rule", RULES, ids=[f"{rule.reason}-{rule.threshold}" for rule in RULES])
def test_a_value_at_its_threshold_passes_and_one_beyond_fails(rule):
    value = judge_text(PROSE).values[rule.value]
    beyond = value - 1e-9 if rule.threshold.startswith("max_") else value + 1e-9
    assert judge_text(PROSE, replace(FINEWEB, **{rule.threshold: value})).rejected_by is None
    assert judge_text(PROSE, replace(FINEWEB, **{rule.threshold: beyond})).rejected_by == rule.reason


def test_a_kept_text_is_what_c4_leaves():
    noisy = PROSE.replace("sea.", "sea.[12][edit]").replace("\n", "  \r\n", 1)
    rules = replace(FINEWEB, max_mean_word_length=20)
    noisy += (
        "\n Enable JavaScript { to see this page. \nRead our Privacy Policy before you go.\nTwo words\n"
        + "x" * 1001
        + " a b c"
    )
    verdict = judge_text(noisy, rules)
    assert verdict.rejected_by is None
    assert verdict.text == PROSE
    assert verdict.values["num_dropped_lines"] == 4


def test_a_bracket_in_a_policy_still_rejects_and_one_beside_javascript_does_not():
    assert judge_text(PROSE + "\nOur privacy policy {").rejected_by == "curly_bracket"
    assert judge_text(PROSE + "\nUse javascript here {").rejected_by is None
    assert judge_text(PROSE + "\nlorem ipsum in javascript").rejected_by == "lorem_ipsum"


def test_the_first_fatal_line_gives_the_reason():
    assert judge_text(PROSE + "\nA bracket { here.\nlorem ipsum dolor").rejected_by == "curly_bracket"
    rules = replace(FINEWEB, reject_curly_bracket=False)
    assert judge_text(PROSE + "\nA bracket { here.\nlorem ipsum dolor", rules).rejected_by == "lorem_ipsum"
    assert judge_text(PROSE + "\nA bracket { here.", rules).text == PROSE + "\nA bracket { here."


def test_a_rejected_text_stays_as_it_came_and_all_values_are_measured():
    text = "  Too short.[1] \r\n"
    row = judge([text]).to_pylist()[0]
    assert row["rejected_by"] == "top_2_gram"
    assert row["text"] == text
    assert all(
        row[name] is not None
        for name, *_ in measured_fields
        if name not in {"line_punct_ratio", "short_line_ratio", "char_dup_ratio", "list_ratio"}
    )


def test_a_value_without_denominator_is_null():
    row = judge([""]).to_pylist()[0]
    assert row["rejected_by"] == "empty"
    assert row["top_2_gram"] is None
    assert row["mean_word_length"] is None
    assert row["num_words"] == 0
    assert judge([" "]).to_pylist()[0]["rejected_by"] == "gopher_short_doc"


def test_a_text_that_the_reference_divides_by_zero_on_is_too_short():
    # C4 leaves five lines without words of a text that had some.
    broken = "\n".join(["IS_ALPHA" + " IS_ALPHA" * number for number in range(2, 7)] + PROSE.split())
    rules = replace(FINEWEB, max_list_ratio=inf, min_line_punct_ratio=0, max_short_line_ratio=1)
    assert judge_text(broken, rules).rejected_by == "gopher_short_doc"
    assert judge_text(broken, rules).values["num_words"] > 90


def test_columns_are_as_declared():
    table = judge(pa.chunked_array([[PROSE], [""]], pa.large_string()))
    assert table.column_names == ["text", "rejected_by", *(name for name, *_ in measured_fields)]
    assert [table.schema.field(name).type for name, *_ in measured_fields] == [
        kind for _, kind, _, _ in measured_fields
    ]
    assert all(hasattr(FINEWEB, threshold) for *_, threshold in measured_fields if threshold)
    assert judge([]).num_rows == 0


@pytest.mark.parametrize(
    "texts",
    [
        pa.array([PROSE], pa.string()),
        pa.array([PROSE], pa.large_string()),
        pa.array([PROSE], pa.string_view()),
        [PROSE],
    ],
)
def test_every_kind_of_string_column_gives_the_same(texts):
    assert judge(texts).equals(judge([PROSE]))


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        ([PROSE, None], r"texts\[1\] is null"),
        (pa.array(["a", None]), r"texts\[1\] is null"),
        ([1], r"texts\[0\] is int"),
        (pa.array([1]), "column of int64"),
        (pa.array([b"a"]), "column of binary"),
        ("one text", "texts is a str"),
        (["a", "\ud800"], r"texts\[1\] holds a lone surrogate at character 0"),
    ],
)
def test_what_is_no_text_is_refused(texts, message):
    with pytest.raises(RefusedError, match=message):
        judge(texts)


def test_symbols_are_no_words_of_their_own():
    rules = replace(FINEWEB, min_num_non_symbol_words=judge_text(PROSE).values["num_non_symbol_words"] + 1)
    assert judge_text(PROSE.replace(".", " – . »"), rules).rejected_by == "gopher_short_doc"


def test_a_line_of_thirty_characters_is_short_and_one_of_thirty_one_is_not():
    assert judge_text(f"{'a ' * 14}bc\n{'a ' * 14}bcd").values["short_line_ratio"] == 1 / 2


def test_the_published_thresholds_are_the_default():
    assert QualityRules() == FINEWEB
    assert (FINEWEB.max_top_2_gram, FINEWEB.min_line_punct_ratio, FINEWEB.max_char_dup_ratio) == (0.2, 0.12, 0.01)


def test_the_sets_have_the_references_sizes():
    assert (len(TERMINAL), len(SYMBOLS), len(PUNCTUATION), len(DIGITS)) == (159, 129, 281, 770)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.sampled_from([*SENTENCES, "{", "a\x0bb", "IS_ALPHA", "\u2028", "…", "...", "# #", "- x", "١", "\x85"]),
        max_size=12,
    ),
    st.sampled_from(["\n", " ", "\n\n", ""]),
)
def test_order_and_neighbours_change_nothing_and_spans_lie_inside(parts, gap):
    text = gap.join(parts)
    alone = judge_text(text)
    assert str(judge([PROSE, text, PROSE]).slice(1, 1).to_pylist()[0]["rejected_by"]) == str(alone.rejected_by)
    for reason in ALL_REASONS:
        span = matching_span(text, reason)
        assert span is None or 0 <= span[0] < span[1] <= len(text)


@pytest.mark.parametrize("reason", sorted(set(REJECTED) - WITHOUT_PLACE))
def test_a_reason_with_a_place_shows_one(reason):
    assert matching_span(REJECTED[reason], reason) is not None
