"""What is remembered of each chunk of the scan: its rows, chunk behind chunk in the order of their numbers."""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from pipelines.text.language.tokens import ROWS_PER_BYTE, Rows, ends_line, token_rows
from pipelines.text.scan.compiled import inner, kernel
from pipelines.text.scan.memory import Bytes
from pipelines.text.scan.strings import Strings
from pipelines.text.scan.walk import ChunkTable, Scan

if TYPE_CHECKING:
    from pipelines.text.language.model import Model

READ_AGAIN = 65_535
"""The only row of a chunk whose rows are not remembered, or that is no token: `</s>`, or with NUL in it."""
LONGEST = 256
"""Bytes of a chunk whose rows are remembered: a longer one hardly comes twice."""
MOST_ROWS = 4 + ROWS_PER_BYTE * (LONGEST + 2)
"""Of one chunk; four are read of each."""
ROWS_PER_CHUNK = 6
"""Rows there is room for; measured: 4.0 (2.0 where a chunk counts as often as it occurs)."""


class Chunks(NamedTuple):
    """The arrays; pages that are never touched take no memory."""

    ends: npt.NDArray[np.int32]
    """Where the rows of each chunk end in `rows`; they begin where those of the chunk before end."""
    rows: Rows
    num_known: npt.NDArray[np.int64]
    """[1]: chunks whose rows are known; changes in place."""


def empty_chunks(max_chunks: int) -> Chunks:
    """Room for so many chunks of a table: 16 bytes each."""
    num_rows = ROWS_PER_CHUNK * max_chunks + MOST_ROWS
    return Chunks(np.zeros(max_chunks, np.int32), np.zeros(num_rows, np.uint16), np.zeros(1, np.int64))


_latest: list[tuple[ChunkTable, int, Chunks]] = []
"""Of the one table and generation that were asked about last."""


def known_chunks(scan: Scan, model: "Model") -> Chunks:
    """What is known of the chunks of the scan's table: found out for the new ones. Hold the scan's `LOCK`.

    8.4 MB for the process's table (2^19 chunks); emptied when the table is.
    """
    if not _latest or _latest[0][0] is not scan.table or _latest[0][1] != scan.generation:
        _latest[:] = [(scan.table, scan.generation, empty_chunks(scan.table.max_chunks))]
    chunks = _latest[0][2]
    if scan.table.num_chunks > len(chunks.ends):  # the table grew past its bound within one slice
        chunks = _with_room(chunks, 2 * scan.table.num_chunks)
        _latest[:] = [(scan.table, scan.generation, chunks)]
    remember(chunks, scan.table.strings, model)
    return chunks


def _with_room(chunks: Chunks, max_chunks: int) -> Chunks:
    larger = empty_chunks(max_chunks)
    larger.ends[: len(chunks.ends)] = chunks.ends
    larger.rows[: len(chunks.rows)] = chunks.rows
    larger.num_known[:] = chunks.num_known
    return larger


@kernel
def remember(chunks: Chunks, table: Strings, model: "Model") -> None:
    """Rows of those chunks of the table that are not known yet."""
    wrapped = np.empty(LONGEST + 2, np.uint8)
    first, behind = chunks.num_known[0], table.counts[0]
    size = int(chunks.ends[first - 1]) if first > 0 else 0
    for chunk in range(first, behind):
        start = table.offset[chunk]
        end = start + table.length[chunk]
        # A place for each chunk that may come stays free, to say READ_AGAIN.
        room = len(chunks.rows) - (len(chunks.ends) - chunk)
        long = end - start > LONGEST or size + MOST_ROWS > room
        if long or ends_line(table.arena, start, end) or _holds_nul(table.arena, start, end):
            chunks.rows[size] = READ_AGAIN
            size += 1
        else:
            size = token_rows(table.arena, start, end, model, wrapped, chunks.rows, size)
        chunks.ends[chunk] = size
    chunks.num_known[0] = behind


@inner
def _holds_nul(text: Bytes, start: int, end: int) -> bool:
    for place in range(start, end):
        if text[place] == 0:
            return True
    return False
