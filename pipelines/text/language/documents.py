"""Documents' chunks → their vectors → their best labels.

The scan splits where Python's `str.isspace` does, fastText at seven bytes only (NUL is one of them, U+00A0 is not). So
a chunk between gaps of the shared spaces is a token, and its rows are remembered; chunks that other spaces join are
read again, as the library reads them, and so is a chunk that holds NUL. Rows are added in float32 one by one in the
library's order: a sum per token would save nothing and lose the bits.
"""

import math

import numpy as np
import numpy.typing as npt

from pipelines.text.language.chunks import MOST_ROWS, READ_AGAIN, Chunks, known_chunks
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
from pipelines.text.scan.compiled import inner, kernel
from pipelines.text.scan.memory import Bytes
from pipelines.text.scan.walk import Scan

Places = npt.NDArray[np.int64]


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


@kernel
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
    added = place = 0
    joined = not _is_shared(text, whole[0], start[0])
    while place < number:
        if not joined:
            place, found = _gather(text, whole[1], chunk, start, end, chunks.ends, chunks.rows, room.rows, place)
            add_rows(model.input, room.rows, found, hidden)
            added += found
            if place == number or found > len(room.rows) - MOST_ROWS:
                continue
        run_start = whole[0] if joined else start[place]
        joined = False
        place += 1
        while place < number and not _is_shared(text, end[place - 1], start[place]):
            place += 1
        run_end = end[place - 1]
        if place == number and not _is_shared(text, run_end, whole[1]):
            run_end = whole[1]
        found, line_ends = _add_run(text, run_start, run_end, model, room, hidden)
        added += found
        if line_ends:
            break
    return added


@kernel
def _gather(
    text: Bytes,
    finish: int,
    chunk: npt.NDArray[np.int32],
    start: Places,
    end: Places,
    ends: npt.NDArray[np.int32],
    known: Rows,
    rows: Rows,
    place: int,
) -> tuple[int, int]:
    """Gathers the rows of chunks from `place` on, while they are tokens and known and there is room.

    Returns the chunk before which it stopped, and how many rows. Each chunk's first four rows are taken without asking
    whether there are so many: a loop whose length cannot be foreseen took 17 ns a chunk, this and adding them take 10.
    """
    size = 0
    while place < len(chunk) and size <= len(rows) - MOST_ROWS:
        following = start[place + 1] if place + 1 < len(chunk) else finish
        if not _is_shared(text, end[place], following):
            break
        number = np.int64(chunk[place])
        first = np.int64(ends[number - 1]) if number > 0 else 0
        count = np.int64(ends[number]) - first
        if known[first] == READ_AGAIN and count > 0:
            break
        for row in range(4):
            rows[size + row] = known[first + row]
        for row in range(4, count):
            rows[size + row] = known[first + row]
        size += int(count)
        place += 1
    return place, size


@kernel
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


@inner
def _is_shared(text: Bytes, start: int, end: int) -> bool:
    """Whether the library, too, splits at each byte of a gap between chunks."""
    for place in range(start, end):
        if not _splits(text[place]):
            return False
    return True


@inner
def _splits(byte: int) -> bool:
    return byte == ord(" ") or ord("\t") <= byte <= ord("\r") or byte == 0
