from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.errors import TokenizerError
from pipelines.tokens import pack
from pipelines.tokens.best_fit import best_fit_decreasing
from pipelines.tokens.pack import BestFit, ConcatenateAndSplit, RowLayout, append_end_of_text

END = 0
PACKINGS = [ConcatenateAndSplit(), BestFit(window_sequences=1), BestFit(window_sequences=3), BestFit()]
DOCUMENTS = st.lists(st.integers(0, 23), max_size=40)  # lengths, without the end of text


@pytest.fixture(autouse=True)
def _blocks_of_sixteen_ids(monkeypatch):
    """Small inputs must cross block edges too."""
    monkeypatch.setattr(pack, "_BLOCK_TOKENS", 16)


def numbered(lengths):
    """Documents of these lengths whose ids count up, so that every id says where it came from; each ended."""
    offsets = np.concatenate(([0], np.cumsum(lengths))).astype(np.int64)
    return append_end_of_text(np.arange(1, offsets[-1] + 1, dtype=np.uint32), offsets, END)


def in_batches(documents, size):
    ids, offsets = documents
    for first in range(0, len(offsets) - 1, size):
        part = offsets[first : first + size + 1]
        yield ids[part[0] : part[-1]], part - part[0]


def rows_of(blocks):
    """Every row as (its ids without padding, its starts, its padding)."""
    rows = []
    for block in blocks:
        assert block.start_offsets[0] == 0
        assert block.start_offsets[-1] == len(block.start_values)
        for i, num_tokens in enumerate(block.num_tokens.tolist()):
            starts = block.start_values[block.start_offsets[i] : block.start_offsets[i + 1]].tolist()
            row = block.token_ids[i].tolist()
            rows.append((row[:num_tokens], starts, row[num_tokens:]))
    return rows


def pieces_of(rows):
    return [row[a:b] for row, starts, _ in rows for a, b in pairwise([*starts, len(row)])]


def documents_of(documents):
    ids, offsets = documents
    return [ids[a:b].tolist() for a, b in pairwise(offsets)]


@pytest.mark.parametrize("packing", PACKINGS, ids=repr)
@settings(max_examples=60, deadline=None)
@given(lengths=DOCUMENTS, context_length=st.integers(1, 12))
def test_every_id_is_in_exactly_one_row_and_rows_do_not_depend_on_batches(packing, lengths, context_length):
    documents, layout = numbered(lengths), RowLayout(context_length, END)
    whole = rows_of(packing(in_batches(documents, 1000), layout))
    assert sorted(i for row, _, _ in whole for i in row) == sorted(documents[0].tolist())
    for row, starts, padding in whole:
        assert starts[0] == 0
        assert starts == sorted(set(starts))
        assert starts[-1] < len(row)
        assert padding == [END] * (context_length - len(row))
    for size in (1, 7):
        assert rows_of(packing(in_batches(documents, size), layout)) == whole


@settings(max_examples=100, deadline=None)
@given(lengths=DOCUMENTS, context_length=st.integers(1, 12))
def test_rows_end_to_end_are_the_stream_and_only_the_last_is_padded(lengths, context_length):
    documents = numbered(lengths)
    rows = rows_of(ConcatenateAndSplit()(in_batches(documents, 5), RowLayout(context_length, END)))
    assert [i for row, _, _ in rows for i in row] == documents[0].tolist()
    assert all(len(row) == context_length for row, _, _ in rows[:-1])
    begins = {*documents[1][:-1].tolist(), *range(0, len(documents[0]), context_length)}
    assert [i * context_length + at for i, (_, starts, _) in enumerate(rows) for at in starts] == sorted(begins)


@settings(max_examples=100, deadline=None)
@given(lengths=DOCUMENTS, context_length=st.integers(1, 12), window=st.integers(1, 5))
def test_best_fit_cuts_only_documents_longer_than_a_row(lengths, context_length, window):
    documents = numbered(lengths)
    rows = rows_of(BestFit(window)(in_batches(documents, 5), RowLayout(context_length, END)))
    expected = [
        document[at : at + context_length]
        for document in documents_of(documents)
        for at in range(0, len(document), context_length)
    ]
    assert sorted(pieces_of(rows)) == sorted(expected)


def test_best_fit_takes_the_fullest_row_that_holds_a_piece_and_keeps_the_streams_order():
    """Longest first: 6 | 5 | 4 joins 6 (4 left over 5) | 3 joins 5 | 2 joins 5+3. The rows' first pieces: 0 and 1."""
    rows = rows_of(BestFit()([numbered([1, 4, 2, 5, 3])], RowLayout(10, END)))
    assert [[len(piece) for piece in pieces_of([row])] for row in rows] == [[2, 5, 3], [6, 4]]


def brute_force_best_fit(lengths, capacity):
    """Try every row for every piece, longest piece first."""
    spaces, row_of = [], [0] * len(lengths)
    for piece in sorted(range(len(lengths)), key=lambda i: -lengths[i]):
        fitting = [row for row, space in enumerate(spaces) if space >= lengths[piece]]
        tightest = min((spaces[row] for row in fitting), default=capacity)
        if not fitting:
            spaces.append(capacity)
        row_of[piece] = tightest
        spaces[spaces.index(tightest)] -= lengths[piece]
    return row_of, sorted(spaces)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(1, 20), min_size=1, max_size=60))
def test_best_fit_fills_rows_as_trying_every_row_does(lengths):
    row_of = best_fit_decreasing(np.array(lengths, np.int64), 20)
    filled = np.bincount(row_of, weights=lengths)
    assert sorted((20 - filled).tolist()) == brute_force_best_fit(lengths, 20)[1]


def test_best_fit_pads_less_than_a_thousandth_of_real_document_lengths():
    lengths = np.exp(np.random.default_rng(5).normal(5, 1, 5000)).astype(np.int64) + 1
    rows = rows_of(BestFit()([numbered(lengths)], RowLayout(1024, END)))
    padding = sum(len(padding) for _, _, padding in rows)
    assert padding < 0.001 * lengths.sum() + 1024


def test_an_end_of_text_follows_every_document_also_an_empty_one():
    ids, offsets = append_end_of_text(np.array([9, 9, 5, 6, 7], np.uint32), np.array([2, 4, 4, 5], np.int64), 1)
    assert ids.tolist() == [5, 6, 1, 1, 7, 1]
    assert offsets.tolist() == [0, 3, 4, 6]
    assert append_end_of_text(np.array([], np.uint32), np.array([0], np.int64), 1)[0].tolist() == []


@pytest.mark.parametrize("packing", PACKINGS, ids=repr)
def test_no_documents_make_no_rows(packing):
    nothing = (np.array([], np.uint32), np.array([0], np.int64))
    empty = (np.array([], np.uint32), np.array([0, 0, 0], np.int64))
    assert rows_of(packing([], RowLayout(4, END))) == []
    assert rows_of(packing([nothing, empty, nothing], RowLayout(4, END))) == []


@pytest.mark.parametrize("packing", PACKINGS, ids=repr)
def test_ids_are_stored_in_the_layouts_type_and_never_wrap(packing):
    fits = (np.array([65535, END], np.uint32), np.array([0, 2], np.int64))
    assert next(packing([fits], RowLayout(4, END, "uint16"))).token_ids.tolist() == [[65535, END, END, END]]
    wraps = (np.array([65536, END], np.uint32), np.array([0, 2], np.int64))
    assert next(packing([wraps], RowLayout(4, END))).token_ids.dtype == np.uint32
    with pytest.raises(TokenizerError, match="65536 does not fit uint16"):
        next(packing([wraps], RowLayout(4, END, "uint16")))


@pytest.mark.parametrize("packing", [ConcatenateAndSplit(), BestFit(window_sequences=4)], ids=repr)
def test_packing_takes_in_no_more_than_it_needs_for_its_next_block(packing):
    taken = []

    def stream():
        for _ in range(1000):
            taken.append(1)
            yield numbered([3])

    next(packing(stream(), RowLayout(4, END)))
    assert len(taken) <= 5


def test_all_wrong_sizes_are_refused_at_once():
    with pytest.raises(TokenizerError) as refused:
        RowLayout(context_length=0, end_of_text_id=65536, dtype="uint16")
    assert refused.value.faults == (
        "context_length is 0: a row holds at least one id",
        "end_of_text_id 65536 does not fit uint16",
    )
    with pytest.raises(TokenizerError, match="dtype is 'int8'"):
        RowLayout(4, END, "int8")
    with pytest.raises(TokenizerError, match="window_sequences is 0"):
        BestFit(0)
