"""Documents of token ids → training rows of `context_length` ids, streaming, in numpy, losing nothing.

Input is batches `(ids uint32[], offsets int64[n + 1])` of documents that end with the end-of-text id
(`append_end_of_text`). Rows depend on the documents and their order only, not on how they were batched.

`ConcatenateAndSplit` cuts a document at every row's end: no padding, and the reader gets every token in order.
`BestFit` cuts only documents longer than a row: choose it where documents are short and must stay whole.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from pipelines.errors import TokenizerError
from pipelines.tokens.best_fit import best_fit_decreasing
from pipelines.tokens.encoders import FlatIds

_BLOCK_TOKENS = 1 << 20  # ids in one block of rows, at least a row: 4 MB, large enough that numpy's calls cost nothing


@dataclass(frozen=True)
class RowLayout:
    """What a row is made of, the same for every packing."""

    context_length: int
    """Ids in a row."""
    end_of_text_id: int
    """What pads a row behind its `num_tokens` ids."""
    dtype: str = "uint32"
    """uint16 or uint32: `Tokenizer.dtype`."""

    def __post_init__(self) -> None:
        """Refuse sizes that no row can have, all at once."""
        faults = []
        if self.context_length < 1:
            faults.append(f"context_length is {self.context_length}: a row holds at least one id")
        if self.dtype not in ("uint16", "uint32"):
            faults.append(f"dtype is {self.dtype!r}: ids are stored as uint16 or uint32")
        elif not 0 <= self.end_of_text_id <= np.iinfo(self.dtype).max:
            faults.append(f"end_of_text_id {self.end_of_text_id} does not fit {self.dtype}")
        if faults:
            raise TokenizerError(*faults)


@dataclass(frozen=True, eq=False)
class Sequences:
    """A block of rows, in order."""

    token_ids: NDArray[Any]
    """uint16 or uint32 [n, context_length]; behind `num_tokens` padding with the end-of-text id."""
    start_values: NDArray[np.int32]
    """Positions in its row where a document starts or goes on, ascending; the first of a row is 0."""
    start_offsets: NDArray[np.int64]
    """[n + 1]: row `i` has `start_values[start_offsets[i]:start_offsets[i + 1]]`."""
    num_tokens: NDArray[np.int32]
    """[n]: ids of the row that are not padding, at least 1."""


@dataclass(frozen=True)
class ConcatenateAndSplit:
    """The stream of ids cut every `context_length`: only the very last row is padded (Brown et al. 2020, GPT-3)."""

    def __call__(self, batches: Iterable[FlatIds], layout: RowLayout) -> Iterator[Sequences]:
        """Blocks of about a million ids; memory is one batch and one block."""
        block_tokens = max(1, _BLOCK_TOKENS // layout.context_length) * layout.context_length
        held_ids: list[NDArray[np.uint32]] = []
        held_starts: list[NDArray[np.int64]] = []
        num_held = 0
        for ids, offsets in map(_normalized, batches):
            held_ids.append(ids)
            held_starts.append(offsets[:-1] + num_held)
            num_held += len(ids)
            if num_held < block_tokens:
                continue
            stream, starts = np.concatenate(held_ids), np.concatenate(held_starts)
            end = num_held - num_held % block_tokens
            for at in range(0, end, block_tokens):
                first, last = np.searchsorted(starts, (at, at + block_tokens))
                yield _cut(stream[at : at + block_tokens], starts[first:last] - at, layout)
            held_ids, held_starts = [stream[end:].copy()], [starts[np.searchsorted(starts, end) :] - end]
            num_held -= end
        if num_held:
            yield _cut(np.concatenate(held_ids), np.concatenate(held_starts), layout)


@dataclass(frozen=True)
class BestFit:
    """Best-fit decreasing within windows; rows, and pieces in a row, keep the order of the stream."""

    window_sequences: int = 1024
    """Ids in a window, in rows; it is held in about 17 bytes an id.

    Of log-normal document lengths (median 490) in rows of 2048, 256, 1024 and 4096 pad 0.34 %, 0.08 % and 0.03 %.
    """

    def __post_init__(self) -> None:
        """Refuse a window without rows."""
        if self.window_sequences < 1:
            raise TokenizerError(f"window_sequences is {self.window_sequences}: take 1 or more; 1024 pads little")

    def __call__(self, batches: Iterable[FlatIds], layout: RowLayout) -> Iterator[Sequences]:
        """A block per window; a row is padded where no piece of its window fitted any more."""
        for ids, lengths in _windows(batches, layout.context_length, self.window_sequences * layout.context_length):
            yield _laid_out(ids, lengths, best_fit_decreasing(lengths, layout.context_length), layout)


Packing: TypeAlias = ConcatenateAndSplit | BestFit
"""How documents become rows: `packing(batches, layout)`."""


def append_end_of_text(ids: NDArray[np.uint32], offsets: NDArray[np.int64], end_of_text_id: int) -> FlatIds:
    """The same documents with `end_of_text_id` behind each, an empty one too."""
    ended = offsets - offsets[0] + np.arange(len(offsets), dtype=np.int64)
    result = np.full(int(ended[-1]), end_of_text_id, np.uint32)
    is_text = np.ones(len(result), np.bool_)
    is_text[ended[1:] - 1] = False
    result[is_text] = ids[offsets[0] : offsets[-1]]
    return result, ended


def _normalized(batch: FlatIds) -> FlatIds:
    """A batch whose offsets begin at 0 and whose documents each have ids: an empty document starts nowhere."""
    ids, offsets = batch
    held = offsets[np.concatenate(([True], offsets[1:] > offsets[:-1]))]
    return ids[offsets[0] : offsets[-1]], (held - offsets[0]).astype(np.int64, copy=False)


def _windows(
    batches: Iterable[FlatIds], context_length: int, window_tokens: int
) -> Iterator[tuple[NDArray[np.uint32], NDArray[np.int64]]]:
    """`(ids, piece lengths)`: as many whole pieces, in order, as have at most `window_tokens` ids."""
    held_ids: list[NDArray[np.uint32]] = []
    held_lengths: list[NDArray[np.int64]] = []
    num_held = 0
    for ids, offsets in map(_normalized, batches):
        held_ids.append(ids)
        held_lengths.append(_piece_lengths(np.diff(offsets), context_length))
        num_held += len(ids)
        if num_held <= window_tokens:
            continue
        stream, lengths = np.concatenate(held_ids), np.concatenate(held_lengths)
        ends = np.cumsum(lengths)
        begin = piece = 0
        while num_held - begin > window_tokens:
            next_piece = int(np.searchsorted(ends, begin + window_tokens, side="right"))
            end = int(ends[next_piece - 1])
            yield stream[begin:end], lengths[piece:next_piece]
            begin, piece = end, next_piece
        held_ids, held_lengths, num_held = [stream[begin:].copy()], [lengths[piece:]], num_held - begin
    if num_held:
        yield np.concatenate(held_ids), np.concatenate(held_lengths)


def _piece_lengths(lengths: NDArray[np.int64], context_length: int) -> NDArray[np.int64]:
    """Each document's length as full rows and what remains: 5 and 12 at 5 → 5, 5, 5, 2."""
    num_pieces = -(-lengths // context_length)
    pieces = np.full(int(num_pieces.sum()), context_length, np.int64)
    last = np.cumsum(num_pieces) - 1
    pieces[last] = lengths - (num_pieces - 1) * context_length
    return pieces


def _laid_out(
    ids: NDArray[np.uint32], lengths: NDArray[np.int64], row_of: NDArray[np.int64], layout: RowLayout
) -> Sequences:
    """Copy pieces into their rows: rows in the order of their first piece, pieces of a row in stream order."""
    first_piece = np.unique(row_of, return_index=True)[1]
    rank = np.empty(len(first_piece), np.int64)
    rank[np.argsort(first_piece)] = np.arange(len(first_piece))
    order = np.argsort(rank[row_of], kind="stable")  # piece numbers as they lie in the rows, end to end
    row, length = rank[row_of][order], lengths[order]
    begins = np.cumsum(length) - length  # of each piece among the ids of all rows
    piece_offsets = np.searchsorted(row, np.arange(len(rank) + 1)).astype(np.int64)
    row_begins = begins[piece_offsets[:-1]]
    num_tokens = np.diff(row_begins, append=len(ids))
    source = (np.cumsum(lengths) - lengths)[order]
    start_values = begins - row_begins[row]
    target = row * layout.context_length + start_values
    stored = _stored(ids, layout)
    flat = np.full(len(rank) * layout.context_length, layout.end_of_text_id, layout.dtype)
    for size, to, at in zip(length.tolist(), target.tolist(), source.tolist(), strict=True):
        flat[to : to + size] = stored[at : at + size]
    token_ids = flat.reshape(len(rank), layout.context_length)
    return Sequences(token_ids, start_values.astype(np.int32), piece_offsets, num_tokens.astype(np.int32))


def _cut(stream: NDArray[np.uint32], starts: NDArray[np.int64], layout: RowLayout) -> Sequences:
    """Rows of a stream in which documents start at `starts`; the last is padded when the stream ends inside it."""
    length = layout.context_length
    num_rows = -(-len(stream) // length)
    token_ids = np.full(num_rows * length, layout.end_of_text_id, layout.dtype)
    token_ids[: len(stream)] = _stored(stream, layout)
    row_edges = np.arange(num_rows + 1, dtype=np.int64) * length
    all_starts = np.union1d(starts, row_edges[:-1])
    return Sequences(
        token_ids=token_ids.reshape(num_rows, length),
        start_values=(all_starts % length).astype(np.int32),
        start_offsets=np.searchsorted(all_starts, row_edges).astype(np.int64),
        num_tokens=np.minimum(length, len(stream) - row_edges[:-1]).astype(np.int32),
    )


def _stored(ids: NDArray[np.uint32], layout: RowLayout) -> NDArray[Any]:
    """`ids` in the layout's type; TokenizerError for one that does not fit, which would wrap to another token."""
    limit = int(np.iinfo(layout.dtype).max)
    if len(ids) and int(ids.max()) > limit:
        raise TokenizerError(f"id {ids.max()} does not fit {layout.dtype} (largest {limit}): use the tokenizer's dtype")
    return ids.astype(layout.dtype)
