"""Documents' chunks → their vectors → their best labels.

The scan splits where Python's `str.isspace` does, fastText at seven bytes only (NUL is one of them, U+00A0 is not). So
a chunk between gaps of the shared spaces is a token, and its rows are remembered; chunks that other spaces join are
read again, as the library reads them, and so is a chunk that holds NUL. Rows are added in float32 one by one in the
library's order: a sum per token would save nothing and lose the bits.
"""

import math

import numpy as np
import numpy.typing as npt

from pipelines.text.language.chunks import LINE_END, MOST_ROWS, READ_AGAIN, Chunks, known_chunks
from pipelines.text.language.model import Model, load_model
from pipelines.text.language.softmax import Labels, Scores, best_labels
from pipelines.text.language.tokens import (
    DIMENSIONS,
    Room,
    Rows,
    Vector,
    add_row,
    add_rows,
    add_token,
    ends_line,
    room_for,
)
from pipelines.text.scan.compiled import kernel, leaf
from pipelines.text.scan.memory import Bytes
from pipelines.text.scan.walk import Scan

Places = npt.NDArray[np.int64]

_LINE_END, _READ_AGAIN = -1, -2
"""Instead of a number of rows."""


def best_of(scan: Scan, k: int) -> tuple[Labels, Scores]:
    """The best k labels (numbers; -1: no more) and their scores, each [documents, k]. Hold the scan's `LOCK`."""
    model, _ = load_model()
    labels = np.empty((scan.num_documents, k), np.int32)
    scores = np.empty((scan.num_documents, k), np.float32)
    places = scan.offsets, scan.first, scan.chunk, scan.start, scan.end
    room = room_for(int(np.diff(scan.offsets).max()))
    score_documents(scan.bytes, *places, known_chunks(scan, model), model, room, labels, scores)
    return labels, scores


@kernel
def score_documents(
    text: Bytes,
    offsets: Places,
    first: Places,
    chunk: npt.NDArray[np.int32],
    start: Places,
    end: Places,
    chunks: Chunks,
    model: Model,
    room: Room,
    labels: Labels,
    scores: Scores,
) -> None:
    """The best labels (-1: no more) and their scores of each document, into arrays of [documents, k]."""
    k = labels.shape[1]
    hidden = np.empty(DIMENSIONS, np.float32)
    best, log_scores = np.empty(k + 1, np.int32), np.empty(k + 1, np.float32)
    for document in range(len(offsets) - 1):
        own = slice(first[document], first[document + 1])
        whole = offsets[document], offsets[document + 1]
        hidden[:] = 0
        added = _add_document(text, whole, chunk[own], start[own], end[own], chunks, model, room, hidden)
        add_row(model.input, 0, hidden)  # the end of the line
        share = np.float32(1.0 / (added + 1))
        for dimension in range(DIMENSIONS):
            hidden[dimension] *= share
        held = best_labels(hidden, model, k, best, log_scores)
        for place in range(k):
            labels[document, place] = best[place] if place < held else -1
            scores[document, place] = math.exp(log_scores[place]) if place < held else 0


@leaf
def _add_document(
    text: Bytes,
    whole: tuple[int, int],
    chunk: npt.NDArray[np.int32],
    start: Places,
    end: Places,
    chunks: Chunks,
    model: Model,
    room: Room,
    hidden: Vector,
) -> int:
    """Adds the rows of a document's chunks up to the end of the line; how many."""
    number = len(chunk)
    if number == 0:
        return _add_run(text, whole[0], whole[1], model, room, hidden)[0]
    added = waiting = place = 0
    run_start = start[0] if _is_shared(text, whole[0], start[0]) else whole[0]
    while place < number:
        last = place
        while last + 1 < number and not _is_shared(text, end[last], start[last + 1]):
            last += 1
        run_end = end[last] if last + 1 < number or _is_shared(text, end[last], whole[1]) else whole[1]
        remembered = run_start == start[place] and run_end == end[place]
        more = _append(chunks, chunk[place], room.rows, waiting) if remembered else _READ_AGAIN
        waiting += max(more, 0)
        if more == _READ_AGAIN or waiting > len(room.rows) - MOST_ROWS:
            add_rows(model.input, room.rows, waiting, hidden)
            added += waiting
            waiting = 0
        line_ends = more == _LINE_END
        if more == _READ_AGAIN:
            more, line_ends = _add_run(text, run_start, run_end, model, room, hidden)
            added += more
        if line_ends:
            break
        place = last + 1
        run_start = start[min(place, number - 1)]
    add_rows(model.input, room.rows, waiting, hidden)
    return added + waiting


@leaf
def _append(chunks: Chunks, chunk: int, rows: Rows, size: int) -> int:
    """Appends a chunk's rows at rows[size]; how many, or one of the marks.

    Rows are gathered before they are added, the first four without asking whether there are so many: a loop for each
    chunk, whose length cannot be foreseen, took 17 ns, the two passes take 10.
    """
    known = chunks.rows
    first = np.int64(chunks.ends[chunk - 1]) if chunk > 0 else 0
    behind = np.int64(chunks.ends[chunk])
    if known[first] >= READ_AGAIN and behind > first:
        return _LINE_END if known[first] == LINE_END else _READ_AGAIN
    for place in range(4):
        rows[size + place] = known[first + place]
    for place in range(4, behind - first):
        rows[size + place] = known[first + place]
    return int(behind - first)


@leaf
def _add_run(text: Bytes, start: int, end: int, model: Model, room: Room, hidden: Vector) -> tuple[int, bool]:
    """Adds text[start:end], split where the library splits it; how many rows, and whether the line ended."""
    added = 0
    place = start
    while place < end:
        token = place
        while place < end and not _splits(text[place]):
            place += 1
        if ends_line(text, token, place):
            return added, True
        if place > token:
            added += add_token(text, token, place, model, room, hidden)
        place += 1
    return added, False


@leaf
def _is_shared(text: Bytes, start: int, end: int) -> bool:
    """Whether the library, too, splits at each byte of a gap between chunks."""
    for place in range(start, end):  # noqa: SIM110 (a kernel knows no generators)
        if not _splits(text[place]):
            return False
    return True


@leaf
def _splits(byte: int) -> bool:
    return byte == ord(" ") or ord("\t") <= byte <= ord("\r") or byte == 0
