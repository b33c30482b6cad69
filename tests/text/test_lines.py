"""Lines that say nothing go; everything else stays byte for byte and in its order."""

from dataclasses import replace

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.errors import RecipeError
from pipelines.text.lines import OLMO_3, REASON, LineCleaner, LineRules, clean_lines, line_fields

PROSE = "\n".join(f"The river number {n} rises in the hills and runs slowly to the sea." for n in range(30))
LENIENT = replace(OLMO_3, max_removed_word_share=1.0)
COUNTS = [name for name, kind, _ in line_fields if kind == pa.int32()]


def cleaned(text, rules=LENIENT):
    (row,) = clean_lines([text], rules).to_pylist()
    return row


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("BREAKING NEWS FROM US", "num_uppercase_lines"),
        ("ÜBER UNS UND МЫ", "num_uppercase_lines"),
        ("20240117", "num_numeric_lines"),
        ("  42 ", "num_numeric_lines"),
        ("3 likes", "num_counter_lines"),
        ("• 1,204 Shares |", "num_counter_lines"),
        ("3.5K Views", "num_counter_lines"),
        ("1 comment", "num_counter_lines"),
        ("Introduction", "num_short_lines"),
        ("Read more...", "num_edited_lines"),
        ("Sign-in read more", "num_edited_lines"),
        ("2 items in cart", "num_edited_lines"),
    ],
)
def test_a_line_that_says_nothing_goes_and_is_counted_under_its_rule(line, value):
    row = cleaned(f"{PROSE}\n{line}\n{PROSE}")
    assert row["text"] == f"{PROSE}\n{PROSE}"
    assert {name: row[name] for name in COUNTS if row[name]} == {value: 1}


@pytest.mark.parametrize(
    "line",
    [
        "The NASA and ESA",
        "2024 01 17",
        "3 likes of the harbour, all painted in one summer.",
        "They have 12 followers",
        "Signing in is free",
        "Sign inside the box",
        "Spread more",
        "Some read more than others",
        "After the long winter of that year people began to read more",
        " two words\t",
    ],
)
def test_a_line_that_says_something_stays_as_it_is(line):
    row = cleaned(f"{PROSE}\n{line}\n")
    assert row["text"] == f"{PROSE}\n{line}\n"
    assert [row[name] for name in COUNTS] == [0] * len(COUNTS)
    assert row["removed_word_share"] == 0


@pytest.mark.parametrize(
    ("line", "left"),
    [
        ("The mill is for sale Read more...", "The mill is for sale"),
        ("Sign in to see the price", "to see the price"),
        ("You have  2 ITEMS IN CART, friend", "You have 2 , friend"),
        ("Sign-in sign in for the news read more READ MORE", "for the news"),
    ],
)
def test_a_short_line_loses_the_phrase_alone(line, left):
    row = cleaned(f"{PROSE}\n{line}")
    assert row["text"] == f"{PROSE}\n{left}"
    assert row["num_edited_lines"] == 1


def test_empty_lines_around_a_removed_one_become_one():
    assert cleaned("One line here\n\n7\n\nand another\n\n8\n")["text"] == "One line here\n\nand another"
    assert cleaned("7\n\nOne line here\n\n\n\nand another")["text"] == "One line here\n\n\n\nand another"
    assert cleaned("One line here\n7\n\n\nand another")["text"] == "One line here\n\nand another"
    assert cleaned("\n\nOne line here\n\n\n")["text"] == "\n\nOne line here\n\n\n"


def test_a_text_that_loses_more_than_one_word_in_twenty_is_rejected_and_stays_as_it_came():
    line = "nineteen words " * 9 + "here"
    kept, rejected = f"{line}\n1", f"{line[5:]}\n1\n2"
    assert cleaned(kept, OLMO_3)["rejected_by"] is None
    assert cleaned(kept, OLMO_3)["removed_word_share"] == 0.05
    assert cleaned(kept, OLMO_3)["text"] == line
    row = cleaned(rejected, OLMO_3)
    assert (row["rejected_by"], row["text"], row["num_numeric_lines"]) == (REASON, rejected, 2)


@pytest.mark.parametrize("text", ["", "\n", " \n\t\n"])
def test_a_text_without_words_has_no_share_and_passes(text):
    row = cleaned(text, OLMO_3)
    assert (row["text"], row["rejected_by"], row["removed_word_share"]) == (text, None, None)


def test_every_rule_is_a_knob():
    text = "SHOUTED LINE\n12\n3 likes\nAlone\nread more of it read more"
    off = LineRules(1.0, False, (), 0, 0, (), (), (), 1.0)
    assert cleaned(text, off)["text"] == text
    assert cleaned("9 hugs\n9 likes", replace(off, counted=("hugs",)))["text"] == "9 likes"
    assert (
        cleaned("a b click here c", replace(off, max_edited_line_words=5, cut_anywhere=("click here",)))["text"]
        == "a b c"
    )
    assert cleaned("AAb c\nAb c", replace(off, max_uppercase_share=0.3))["text"] == "Ab c"


PIECES = st.sampled_from(
    [
        "",
        " ",
        "7",
        "12 likes",
        "SHOUT",
        "word",
        "two words",
        "sign in",
        "Sign-in",
        "read more",
        "items in cart",
        "É",
        "…",
    ]
)
LINES = st.lists(PIECES, max_size=5).map(" ".join) | st.text(max_size=8)
TEXTS = st.lists(LINES, max_size=12).map("\n".join)


@settings(max_examples=400, deadline=None)
@given(text=TEXTS)
def test_a_second_pass_changes_nothing(text):
    once = cleaned(text)
    again = cleaned(once["text"])
    assert again["text"] == once["text"]
    assert [again[name] for name in COUNTS] == [0] * len(COUNTS)


@settings(max_examples=300, deadline=None)
@given(text=TEXTS)
def test_what_stays_is_in_its_order_and_nothing_is_added(text):
    words, position = text.split(), 0
    for word in cleaned(text)["text"].split():  # an edit may leave a part of a word
        position = next((place for place in range(position, len(words)) if word in words[place]), -1)
        assert position >= 0, word


@settings(max_examples=200, deadline=None)
@given(texts=st.lists(TEXTS, max_size=4))
def test_a_text_is_cleaned_alone_as_among_others(texts):
    assert clean_lines(texts).to_pylist() == [clean_lines([text]).to_pylist()[0] for text in texts]


def test_long_runs_of_blanks_cost_no_more_than_their_length():
    assert (
        LineCleaner().clean(f"see{' ' * 500_000}it\n1{',' * 200_000} likes not{' ' * 300_000}here")[1][
            "removed_word_share"
        ]
        == 0
    )


@pytest.mark.parametrize(
    ("knobs", "fault"),
    [
        ({"max_uppercase_share": 50}, "max_uppercase_share is 50, not a share, 0 to 1"),
        ({"max_removed_word_share": -0.1}, "max_removed_word_share is -0.1, not a share"),
        ({"cut_at_end": "read more"}, "cut_at_end is 'read more': give a tuple of phrases"),
        ({"counted": ("likes", " ")}, "counted is .*, none of them blank"),
    ],
)
def test_a_wrong_knob_is_refused_by_name(knobs, fault):
    with pytest.raises(RecipeError, match=fault):
        LineRules(**knobs)
