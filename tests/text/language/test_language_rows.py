"""A token's rows are those of a plain Python reading of fastText's rules."""

from functools import cache

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from language_texts import HOSTILE, REAL

from pipelines.text.language.chunks import READ_AGAIN, empty_chunks, remember
from pipelines.text.language.model import load_model
from pipelines.text.language.tokens import ABSENT, BUCKETS, add_token, room_for
from pipelines.text.scan.columns import column_of
from pipelines.text.scan.compiled import kernel
from pipelines.text.scan.strings import text_of
from pipelines.text.scan.walk import ChunkTable


def fnv(content):
    state = 2166136261
    for byte in content:
        signed = byte - 256 if byte > 127 else byte
        state = (state ^ (signed % 2**32)) * 16777619 % 2**32
    return state


@cache
def words():
    table = load_model()[0].words
    return {text_of(table, number): number for number in range(table.counts[0])}


def twin(token):
    """Rows of a token: its word's, then from left to right those of its n-grams of 2 to 4 characters."""
    model, _ = load_model()
    if token.startswith("__label__"):
        return []
    wrapped = f"<{token}>"
    ngrams = [wrapped[i : i + n] for i in range(len(wrapped)) for n in (2, 3, 4) if i + n <= len(wrapped)]
    rows = [int(model.bucket_rows[fnv(ngram.encode()) % BUCKETS]) for ngram in ngrams]
    word = words().get(token)
    return ([] if word is None else [word]) + [row for row in rows if row != ABSENT]


def rows_of(token):
    scan = ChunkTable(8, 1 << 12).scan(column_of([token.encode()]))
    chunks = empty_chunks(8)
    remember(chunks, scan.table.strings, load_model()[0])
    return chunks.rows[: chunks.ends[0]].tolist()


TOKENS = st.text(st.characters(codec="utf-8"), min_size=1, max_size=20).filter(
    lambda token: token.split() == [token] and "\0" not in token and token != "</s>"
)


@settings(max_examples=150, deadline=None)
@given(TOKENS | st.sampled_from([word for text in REAL for word in text.split()]) | st.sampled_from([*words()][1:]))
def test_the_rows_of_a_token_are_those_of_its_twin(token):
    assert rows_of(token) == twin(token)


def test_special_chunks_are_marked_and_labels_have_no_rows():
    assert rows_of("</s>") == rows_of("a\0b") == rows_of("x" * 257) == [READ_AGAIN]
    assert rows_of("__label__en") == rows_of("__label__") == []


@kernel
def added(content, length, model, room, hidden):
    """Kernels that only kernels call cannot be called from here."""
    return add_token(content, 0, length, model, room, hidden)


def test_a_token_of_any_length_adds_the_same_rows_in_their_order():
    model, _ = load_model()
    for token in ["the", "字", "é" * 700, "ab" * 3000, *filter(None, "".join(HOSTILE).split())]:
        if "\0" in token or token == "</s>":
            continue
        content = column_of([token.encode()]).bytes
        hidden, expected = np.zeros((2, 16), np.float32)
        rows = twin(token)
        assert added(content, len(token.encode()), model, room_for(len(content)), hidden) == len(rows)
        for row in rows:
            expected += model.input[row]
        assert hidden.tobytes() == expected.tobytes()
