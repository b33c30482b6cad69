from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st
from twins.repetition import duplicated_characters, duplicates, measure, top_gram

WORDS = st.lists(st.sampled_from(["a", "b", "ab", "ba", "aab", "é", "𝪈", "the"]), max_size=60)


def plain_duplicated_characters(words, size):
    """The definition, word by word."""
    seen, characters, place = set(), 0, 0
    while place < len(words) - size + 1:
        gram = "".join(words[place : place + size])
        if gram in seen:
            characters += len(gram)
            place += size
        else:
            seen.add(gram)
            place += 1
    return characters


@settings(max_examples=150, deadline=None)
@given(WORDS, st.integers(1, 10))
def test_fingerprints_find_what_the_walk_finds(words, size):
    assert duplicated_characters(words, [size]) == [plain_duplicated_characters(words, size)]


def test_fingerprints_find_a_repetition_beyond_a_block_of_powers():
    words = [f"word{number}" for number in range(2000)]
    repeated = [*words, "x", *words[500:1500]]
    assert duplicated_characters(repeated, [5]) == [plain_duplicated_characters(repeated, 5)]
    assert duplicated_characters(repeated, [5])[0] == len("".join(words[500:1500]))


def test_n_grams_are_compared_without_spaces():
    assert duplicated_characters(["ab", "c", "x", "a", "bc"], [2]) == [3]


def test_the_top_gram_is_the_first_seen_of_equals_and_counts_overlaps():
    assert top_gram(["x", "y", "long", "gone", "x", "y", "long", "gone"], 2) == (("x", "y"), 2)
    assert top_gram(["a", "a", "a"], 2) == (("a", "a"), 2)
    assert top_gram(["a"], 2) == ((), 0)


@settings(max_examples=50, deadline=None)
@given(WORDS, st.integers(2, 4))
def test_the_top_gram_is_the_most_frequent(words, size):
    counts = Counter(tuple(words[place : place + size]) for place in range(len(words) - size + 1))
    assert top_gram(words, size)[1] == max(counts.values(), default=0)


def test_duplicates_are_counted_from_the_second_on():
    assert duplicates(["ab", "c", "ab", "ab", ""]) == (2, 4)


def test_shares_are_of_the_whole_text():
    values = measure("\nab\nab\n\nab\n", ["ab", "ab", "ab"])
    assert values["dup_line_frac"] == 3 / 5  # lines: "", ab, ab, ab, ""
    assert values["dup_line_char_frac"] == 4 / 11
    assert values["dup_para_frac"] == 0
    assert values["top_2_gram"] == 10 / 11


def test_paragraphs_are_those_of_the_stripped_text():
    assert measure("\n\nab\n\n\nab", ["ab", "ab"])["dup_para_frac"] == 1 / 2
