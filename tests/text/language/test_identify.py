"""`identify` gives the fastText library's labels and its scores' bits, whatever is asked together or remembered."""

import os

import pyarrow as pa
import pytest
from hypothesis import given, settings
from language_texts import GENERATED, HOSTILE, REAL, bits, library_answer

from pipelines.errors import RefusedError
from pipelines.text.language import chunks, identify, warm
from pipelines.text.scan import columns, walk
from pipelines.text.scan.walk import ChunkTable

TEXTS = REAL + HOSTILE


def answers(texts, k):
    """Labels and bits of scores of each text."""
    table = identify(texts, k)
    best = zip(table["language"].to_pylist(), table["language_score"].to_pylist(), strict=True)
    if k == 1:
        return [([language], bits([score])) for language, score in best]
    found = [
        ([each["language"] for each in row], [each["score"] for each in row]) for row in table["languages"].to_pylist()
    ]
    assert [(labels[0], scores[0]) for labels, scores in found] == list(best)
    return [(labels, bits(scores)) for labels, scores in found]


def test_languages_of_plain_sentences():
    texts = ["The mill stands by the river.", "Die Mühle steht am Fluss.", "Le moulin est près de la rivière."]
    table = identify(texts)
    assert table["language"].to_pylist() == ["en", "de", "fr"]
    assert all(score > 0.9 for score in table["language_score"].to_pylist())
    assert table.schema.types == [pa.string(), pa.float64()]


@pytest.mark.parametrize("k", [1, 3, 176])
def test_labels_and_the_bits_of_scores_are_the_librarys(k):
    assert answers(TEXTS, k) == [library_answer(text, k) for text in TEXTS]


@settings(max_examples=300, deadline=None)
@given(GENERATED)
def test_so_they_are_for_generated_texts(text):
    assert answers([text], 5) == [library_answer(text, 5)]


def test_more_languages_than_the_model_knows_are_all_that_it_does_not_cut_off():
    assert identify(REAL, 1000).equals(identify(REAL, 176))
    (few,) = identify(["川のそばに水車小屋があり、二百年前から回り続けている。"], 176)["languages"].to_pylist()
    assert [each["language"] for each in few] == ["ja", "zh", "ru"]


@pytest.mark.parametrize("size", [1, 7])
def test_batches_do_not_matter(size):
    whole = identify(TEXTS, 3)
    parts = [identify(TEXTS[first : first + size], 3) for first in range(0, len(TEXTS), size)]
    assert pa.concat_tables(parts).combine_chunks().equals(whole.combine_chunks())


def test_nothing_that_is_remembered_matters(monkeypatch):
    whole = identify(TEXTS, 3)
    table = ChunkTable(3, 16)
    monkeypatch.setattr(walk, "chunk_table", lambda: table)
    monkeypatch.setattr(columns, "SLICE_BYTES", 64)
    assert identify(TEXTS, 3).equals(whole)
    assert table.generation > 10
    # Room for no rows at all: every chunk is read again.
    monkeypatch.setattr(chunks, "ROWS_PER_CHUNK", 1)
    monkeypatch.setattr(chunks, "MOST_ROWS", 0)
    table.empty()
    assert identify(TEXTS, 3).equals(whole)


def test_a_table_that_fills_its_rows_goes_on_without(monkeypatch):
    table = ChunkTable(1 << 12, 1 << 16)
    monkeypatch.setattr(walk, "chunk_table", lambda: table)
    monkeypatch.setattr(chunks, "ROWS_PER_CHUNK", 1)
    many = [f"{text} {number} w{number}" for number in range(1000) for text in REAL[:2]]
    assert answers(many, 1) == [library_answer(text, 1) for text in many]
    known = chunks._latest[0][2]
    assert (known.rows[: known.ends[table.num_chunks - 1]] == chunks.READ_AGAIN).any()


def test_a_string_column_of_any_type_and_a_list_are_the_same():
    expected = identify(TEXTS, 2)
    for kind in (pa.string(), pa.large_string(), pa.string_view()):
        column = pa.array(TEXTS, kind)
        assert identify(column, 2).equals(expected)
        assert identify(pa.chunked_array([column[:5], column[5:]]), 2).equals(expected)
        assert identify(column[3:], 2).equals(expected[3:])
    assert identify([], 2).schema == expected.schema
    assert identify(pa.array([], pa.string())).num_rows == 0


def test_every_text_has_an_answer_and_no_text_has_none():
    assert identify(["", " \x00", "#"])["language"].null_count == 0
    assert identify([]).num_rows == 0


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        (pa.array(["a", None]), r"texts\[1\] is null"),
        (pa.array([1, 2]), "column of int64"),
        (["a", b"b"], r"texts\[1\] is bytes"),
        ("a text", "is a str"),
        (["a\ud800"], "lone surrogate"),
        (pa.array([b"ok", b"\xff\xfe"]).view(pa.string()), r"texts\[1\] is not valid UTF-8"),
    ],
)
def test_what_is_no_text_is_refused(texts, message):
    with pytest.raises(RefusedError, match=message):
        identify(texts)


@pytest.mark.parametrize("k", [0, -1, 1.5, "3", None])
def test_a_number_of_languages_that_is_none_is_refused(k):
    with pytest.raises(RefusedError, match="k is"):
        identify(["a"], k)


def test_a_forked_worker_answers_with_what_was_loaded_before():
    warm()
    expected = identify(REAL)
    worker = os.fork()
    if worker == 0:
        os._exit(0 if identify(REAL).equals(expected) else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(worker, 0)[1]) == 0
