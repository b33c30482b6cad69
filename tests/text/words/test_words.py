"""The twin's words are spaCy's, and so are the product's."""

import re

import pytest
import spacy
from hypothesis import given, settings
from hypothesis import strategies as st
from twins.words import BREAKS_SPACY, English, count_sentences
from twins.words import words as twin_words

from pipelines.text.words import words

PIPELINE = spacy.blank("en")
PIPELINE.add_pipe("sentencizer")
CASES = sorted(case for case in PIPELINE.tokenizer.rules if case.strip())
PIECES = st.one_of(
    st.sampled_from(CASES),
    st.sampled_from(
        ["hello", "see:(", "e.g.", "'", "’s", "http://a.b.com/x?y=1", "3.14", "10km", "don't", "U.S.", "(a", ")"]
    ),
    st.sampled_from([".", "...", "!", "?)", '."', "।", "#", "-", "--", "[1]", "/", "*", "x_y", "a@b.org", "C++", "$5"]),
    st.text(max_size=6),
)
GAPS = st.sampled_from([" ", " ", " ", "", "  ", "\n", " \n", "\t", "\xa0", "\u2003", "\x85", "\r\n"])
HOSTILE = st.lists(st.tuples(PIECES, GAPS), max_size=12).map(lambda parts: "".join(a + b for a, b in parts))
CHUNKS_THAT_MEET = st.lists(st.sampled_from(CASES), min_size=2, max_size=4).flatmap(
    lambda cases: st.sampled_from(
        [
            f"hello{cases[0]} {cases[1]} {cases[-1]}",
            " ".join(cases[0]) + " " + cases[1] + " (",
            f"see{cases[0]} {cases[0][-1]} {cases[1]}.",
        ]
    )
)
MEMORY = English()


def spacy_words(text):
    return [token.text for token in PIPELINE.tokenizer(text) if token.text.strip()]


@settings(max_examples=150, deadline=None)
@given(HOSTILE | CHUNKS_THAT_MEET)
def test_remembered_words_are_spacys_words(text):
    if BREAKS_SPACY not in text:
        assert words(text) == twin_words(text) == spacy_words(text)


@settings(max_examples=100, deadline=None)
@given(HOSTILE)
def test_sentences_are_as_many_as_the_sentencizer_sees(text):
    if BREAKS_SPACY not in text:
        assert count_sentences(text) == len(list(PIPELINE(text).sents))


def test_a_special_case_across_a_space_hides_the_one_inside_a_word():
    alone, met = words("hello:("), words("hello:( (")
    assert alone == ["hello", ":("]
    assert met == spacy_words("hello:( (") == ["hello", ":", "(", "("]


def test_only_a_space_joins_chunks():
    for gap in ("\n", "  ", "\t", "\xa0"):
        assert words(f"hello:({gap}(") == ["hello", ":(", "("]


def test_the_line_where_chunks_meet_is_read_alone():
    assert words("fine:(\nhello:( (\nfine:(") == ["fine", ":(", "hello", ":", "(", "(", "fine", ":("]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("one IS_ALPHA two", ["one", "two"]),
        ("one IS_ALPHA xIS_ALPHAy", ["one", "xy"]),
        ("only xIS_ALPHAy", ["only", "xIS_ALPHAy"]),
        ("IS_IS_ALPHAALPHA IS_ALPHA end", ["end"]),
        ("IS_ALPHA", []),
        ("IS_ALPHA. IS_AAAHA AIS_ALPHA", [".", "IS_AAAHA", "A"]),
        ("AIS_ALPHAIS_x", ["AIS_ALPHAIS_x"]),
    ],
)
def test_the_token_that_breaks_spacy_is_deleted_from_the_text(text, expected):
    assert words(text) == twin_words(text) == expected
    assert words("one two") == ["one", "two"]


def test_a_memory_that_is_emptied_all_the_time_gives_the_same_words():
    forgetful = English(max_remembered_characters=0)
    texts = ["The dog's bone.", "hello:( (", "The dog's 3.14 km.", "hello:("]
    assert [forgetful.words(text) for text in texts] == [MEMORY.words(text) for text in texts]
    forgetful.words("a new text")
    assert set(forgetful._words) == {"a", "new", "text"}
    assert forgetful._volatile == {}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", 0),
        (" ", 1),
        ("No end", 1),
        ("One. Two", 2),
        ("One. ) Two", 2),
        ("One.  )", 2),  # the second space is a token, and starts a sentence
        ("One. )", 1),
        ("One... two?! three", 2),  # "..." is one token, and ends no sentence,
        ("एक। दो", 2),
    ],
)
def test_sentences_of_examples(text, expected):
    assert count_sentences(text) == expected


def test_words_hold_no_whitespace():
    assert words("\u2003 a \x85\n") == ["a"]
    assert not any(re.search(r"\s", word) for word in words("a\x1cb c\u3000d e\u2029"))
