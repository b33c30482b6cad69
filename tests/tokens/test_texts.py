from itertools import accumulate

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.errors import TokenizerError
from pipelines.tokens import Tokenizer, texts
from pipelines.tokens.texts import batches_of

KINDS = [pa.string(), pa.large_string(), pa.string_view(), pa.dictionary(pa.int32(), pa.string())]
TEXTS = st.lists(st.text(max_size=12), max_size=20)


@pytest.fixture(autouse=True)
def _batches_of_ten_bytes(monkeypatch):
    """Small inputs must cross batch edges too."""
    monkeypatch.setattr(texts, "BATCH_BYTES", 10)


def strings_at(data: bytes, *ends: int) -> pa.Array:
    """A string array over bytes that nobody has looked at."""
    offsets = pa.array([0, *ends], pa.int32()).buffers()[1]
    return pa.Array.from_buffers(pa.string(), len(ends), [None, offsets, pa.py_buffer(data)])


@pytest.mark.parametrize("kind", KINDS, ids=str)
@settings(max_examples=40, deadline=None)
@given(TEXTS, TEXTS)
def test_batches_are_all_texts_in_order_and_bounded_but_for_one_text(kind, first, second):
    arrays = [pa.array(part, pa.string()).cast(kind) for part in (first, second)]
    batches = list(batches_of(pa.chunked_array(arrays)))
    assert [text for batch in batches for text in batch] == first + second
    for batch in batches:
        assert len("".join(batch[:-1]).encode()) < 10 + len(batch[0].encode())
        assert batch


@settings(max_examples=40, deadline=None)
@given(TEXTS)
def test_a_batch_ends_where_its_bytes_cross_a_multiple_of_the_bound(strings):
    sizes = [len(batch) for batch in batches_of(pa.array(strings, pa.string()))]
    buckets = [end // 10 for end in accumulate(len(text.encode()) for text in strings)]
    assert sizes == [buckets.count(bucket) for bucket in dict.fromkeys(buckets)]


def test_ids_do_not_depend_on_batches(trained_json, monkeypatch):
    tokenizer = Tokenizer.from_json(trained_json)
    strings = ["a few words", "", "more of them", "é" * 30, "end"] * 3
    in_small_batches = tokenizer.encode(pa.array(strings))
    assert tokenizer.encode(strings).equals(in_small_batches)
    monkeypatch.setattr(texts, "BATCH_BYTES", 1 << 20)
    assert tokenizer.encode(pa.array(strings)).equals(in_small_batches)


@pytest.mark.parametrize(
    ("refused", "message"),
    [
        (pa.chunked_array([["a" * 30, "b"], ["c", None]]), "text 3 is null"),
        (pa.array(["a", None, "b"], pa.string_view()), "text 1 is null"),
        (strings_at(b"good" * 5 + b"\xff\xfe", 10, 20, 22), "text 2 is not UTF-8"),
        (["a" * 30, "fine", "\ud800"], "text 2 is no Unicode text"),
        (["a" * 30, b"bytes"], "text 1 is b'bytes'"),
    ],
)
def test_what_is_no_text_is_refused_by_its_position_among_all_texts(refused, message):
    with pytest.raises(TokenizerError, match=message):
        list(batches_of(refused))
