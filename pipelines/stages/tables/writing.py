"""A worker's part of a landing: rows in the order of their keys, cut into files by counting."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pyspark import TaskContext

from pipelines.stages.progress import Counter
from pipelines.stages.shards import ROW_GROUP_BYTES, Sink, new_file
from pipelines.stages.tables.table import KEY_FIELD
from pipelines.storage import Stores, join
from schemas import Field, Schema

FILES = Schema(
    "landed_files",
    (
        Field("path", pa.string(), "relative to the landing", nullable=False),
        Field("rows", pa.int64(), "rows it holds", nullable=False, unit="rows"),
        Field("bytes", pa.int64(), "its size", nullable=False, unit="bytes"),
        Field("blake3", pa.string(), "BLAKE3 of its bytes, hexadecimal", nullable=False),
        Field("first_key", pa.string(), "key of its first row", nullable=False),
        Field("last_key", pa.string(), "key of its last row", nullable=False),
    ),
)
"""What a worker says of the files that it wrote."""


def landed_schema(key: pa.DataType, text: pa.DataType, text_field: str, url_field: str | None) -> Schema:
    """The columns of landed files, under the names by which the recipe reads texts and URLs."""
    fields = [
        Field(KEY_FIELD, key, "the row's key in the database", nullable=False),
        Field(text_field, text, "the text as the database held it; null where it held none"),
    ]
    if url_field is not None:
        fields.append(Field(url_field, pa.string(), "the URL as the database held it"))
    return Schema("landed", tuple(fields))


@dataclass(frozen=True)
class LandRows:
    """Writes the rows of one range of keys; shipped to the workers."""

    folder: str
    schema: Schema
    """Columns in the order in which rows come: key, text and perhaps URL."""
    rows_per_file: int
    files_per_range: int
    stores: Stores

    def __call__(self, batches: Iterator[pa.RecordBatch], counter: Counter) -> Iterator[pa.RecordBatch]:
        """A row of FILES for every file; `batches` are ordered by key.

        The files are numbered by the range's own number, so that a task that is tried again writes them again.
        """
        first = TaskContext.get().partitionId() * self.files_per_range  # type: ignore[union-attr]  # inside a task
        groups = row_groups(batches, self.schema.arrow(), self.rows_per_file)
        for file, of_file in groupby(groups, key=lambda group: group.file):
            row = self._file(f"{first + file:06}.parquet", (group.rows for group in of_file))
            counter.add((1, row["rows"], row["bytes"]))
            yield pa.RecordBatch.from_pylist([row], schema=FILES.arrow())

    def _file(self, path: str, groups: Iterator[pa.Table]) -> dict[str, Any]:
        """Write one file; its row of FILES."""
        kept = {"compression": "zstd", "write_page_index": True, "write_page_checksum": True}
        keys: list[str] = []
        num_rows = 0
        with new_file(self.stores, join(self.folder, path)) as output:
            with pq.ParquetWriter(Sink(output), self.schema.arrow(), **kept) as file:
                for rows in groups:
                    file.write_table(rows, row_group_size=rows.num_rows)
                    num_rows += rows.num_rows
                    keys += [str(rows.column(0)[place]) for place in (0, -1)]
            facts = {"path": path, "rows": num_rows, "bytes": output.size_bytes, "blake3": output.blake3()}
        return {**facts, "first_key": keys[0], "last_key": keys[-1]}


class RowGroup(NamedTuple):
    """Rows that lie together in a file."""

    file: int
    """Which one of the range, counted from 0."""
    rows: pa.Table
    """In one chunk."""


def row_groups(batches: Iterator[pa.RecordBatch], schema: pa.Schema, rows_per_file: int) -> Iterator[RowGroup]:
    """Cut rows into files by their number, and within a file by the bytes of their texts.

    A group ends with the text that makes it ROW_GROUP_BYTES: cuts follow from the rows, not from how they came batched.
    """
    held: list[pa.RecordBatch] = []
    held_bytes = num_rows = 0
    for batch in batches:
        ends = _text_ends(batch)
        start = 0
        while start < batch.num_rows:
            before = int(ends[start - 1]) if start else 0
            full = int(np.searchsorted(ends, before + ROW_GROUP_BYTES - held_bytes)) + 1
            end = min(full, start + rows_per_file - num_rows % rows_per_file, batch.num_rows)
            held.append(batch.slice(start, end - start))
            held_bytes += int(ends[end - 1]) - before
            num_rows += end - start
            start = end
            if held_bytes >= ROW_GROUP_BYTES or num_rows % rows_per_file == 0:
                yield RowGroup((num_rows - 1) // rows_per_file, _together(held, schema))
                held, held_bytes = [], 0
    if held:
        yield RowGroup((num_rows - 1) // rows_per_file, _together(held, schema))


def _text_ends(batch: pa.RecordBatch) -> np.ndarray:
    """Bytes of the texts up to each row, that one included."""
    lengths = pc.fill_null(pc.binary_length(batch.column(1)), 0)
    return np.cumsum(lengths.to_numpy(zero_copy_only=False), dtype=np.int64)


def _together(batches: list[pa.RecordBatch], schema: pa.Schema) -> pa.Table:
    """One contiguous table: page boundaries then follow from the rows alone."""
    named = [pa.RecordBatch.from_arrays(batch.columns, schema=schema) for batch in batches]
    return pa.Table.from_batches(named).combine_chunks()
