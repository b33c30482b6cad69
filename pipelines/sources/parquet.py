"""Parquet files: a row is a record, its position the number of the row in the file.

Only the columns of text and URL are read, one row group after another, a few rows at a time.
"""

from collections.abc import Iterator
from itertools import accumulate
from typing import BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.sources.records import Reading, Record, UnreadableError, quarantined
from pipelines.sources.units import Piece

MAGIC = b"PAR1"
BUFFER_BYTES = 1 << 20
"""Read ahead in a column, instead of the whole column chunk."""
_DAMAGED = (pa.ArrowException, OSError, ValueError, KeyError)
"""What a damaged footer or page makes pyarrow raise; ValueError is a name that is not UTF-8."""


def read_parquet(stream: BinaryIO, piece: Piece, reading: Reading) -> Iterator[Record]:
    """The rows of the row groups that start in the piece; a bad value is a quarantined record.

    Raises UnreadableError `not_parquet`, `corrupt_file`, `missing_column` or `wrong_type` when no row can be read.
    """
    file = _opened(stream)
    columns = _columns(file, reading)
    end = piece.file.size_bytes if piece.end is None else piece.end
    first_row = 0
    for group, start in enumerate(_starts(file.metadata, piece.file.size_bytes)):
        if piece.start <= start < end:
            yield from _rows(file, group, first_row, columns, piece, reading)
        first_row += file.metadata.row_group(group).num_rows


def row_group_starts(stream: BinaryIO, size_bytes: int) -> list[int]:
    """Where each row group starts; none for a file whose footer cannot be read (reading it says why)."""
    try:
        return _starts(_opened(stream).metadata, size_bytes)
    except UnreadableError:
        return []


def _starts(metadata: pq.FileMetaData, size_bytes: int) -> list[int]:
    """Where each row group starts, as if each took the share of the file that it has of the decompressed bytes.

    The true offsets stand in the metadata of columns, where a damaged footer ends the process (pyarrow 26).
    """
    groups = [metadata.row_group(number) for number in range(metadata.num_row_groups)]
    if min((group.num_rows for group in groups), default=0) < 0:
        raise UnreadableError("corrupt_file", "footer: a row group of less than no rows")
    ends = list(accumulate(max(group.total_byte_size, 0) for group in groups))
    return [size_bytes * end // max(ends[-1] + 1, 1) for end in [0, *ends[:-1]]] if ends else []


def _opened(stream: BinaryIO) -> pq.ParquetFile:
    if stream.read(len(MAGIC)) != MAGIC:
        raise UnreadableError("not_parquet", f"a Parquet file starts with {MAGIC!r}, this one does not")
    stream.seek(0)
    try:
        return pq.ParquetFile(stream, pre_buffer=False, buffer_size=BUFFER_BYTES)
    except _DAMAGED as error:
        raise UnreadableError("corrupt_file", f"footer: {_said(error)}") from error


def _columns(file: pq.ParquetFile, reading: Reading) -> list[str]:
    """The columns to read, text first; UnreadableError when text is missing or one of them holds no text."""
    try:
        schema = file.schema_arrow
    except _DAMAGED as error:
        raise UnreadableError("corrupt_file", f"schema: {_said(error)}") from error
    names = schema.names
    if names.count(reading.text_field) != 1:
        detail = f"{names.count(reading.text_field)} columns {reading.text_field!r}; there are {', '.join(names)}"
        raise UnreadableError("missing_column", detail)
    columns = [name for name in (reading.text_field, reading.url_field) if names.count(name) == 1]
    for name in columns:
        kind = schema.field(name).type
        if not _is_text(kind.value_type if pa.types.is_dictionary(kind) else kind):
            raise UnreadableError("wrong_type", f"column {name!r} holds {kind}, not text")
    return columns


def _is_text(kind: pa.DataType) -> bool:
    kinds = (pa.string(), pa.large_string(), pa.string_view(), pa.binary(), pa.large_binary(), pa.binary_view())
    return kind in kinds


def _rows(
    file: pq.ParquetFile, group: int, row: int, columns: list[str], piece: Piece, reading: Reading
) -> Iterator[Record]:
    """One row group; where it cannot be read further, one quarantined record stands for its other rows."""
    end = row + file.metadata.row_group(group).num_rows
    size = _batch_rows(file.metadata.row_group(group), reading)
    found = file.iter_batches(size, row_groups=[group], columns=columns, use_threads=False)
    while row < end:
        try:
            batch = next(found)
        except (*_DAMAGED, StopIteration) as error:
            detail = f"rows {row} to {end - 1} (row group {group}): {_said(error) or 'missing'}"
            yield quarantined(piece.file.source, row, "corrupt_file", detail)
            return
        texts = _bytes(batch.column(columns[0]))
        urls = _bytes(batch.column(columns[1])) if len(columns) > 1 else [None] * len(texts)
        for text, url in zip(texts, urls, strict=True):
            yield _record(piece.file.source, row, text, url, reading)
            row += 1


def _batch_rows(group: pq.RowGroupMetaData, reading: Reading) -> int:
    """Rows that hold at most about `batch_bytes`, by the row group's own sum over all columns."""
    rows = reading.batch_bytes * int(group.num_rows) // max(int(group.total_byte_size), 1)
    return max(1, min(reading.batch_documents, rows))


def _bytes(column: pa.Array) -> list[bytes | None]:
    """The values as they lie in the file: Parquet does not promise that text is UTF-8."""
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    values: list[bytes | None] = column.cast(pa.large_binary()).to_pylist()
    return values


def _record(source: str, row: int, text: bytes | None, url: bytes | None, reading: Reading) -> Record:
    limit = reading.max_document_bytes
    if text is None:
        return quarantined(source, row, "wrong_type", f"column {reading.text_field!r} is null")
    if len(text) > limit:
        return quarantined(source, row, "document_too_large", f"{len(text)} bytes, over max_document_bytes {limit}")
    try:
        decoded = _decoded(text, reading.text_field)
        link = None if url is None else _decoded(url, reading.url_field)
    except UnreadableError as fault:
        return quarantined(source, row, fault.reason, fault.detail)
    if reading.content_type:
        return Record(source, row, link, text, reading.content_type)
    return Record(source, row, link, text=decoded)


def _decoded(value: bytes, name: str) -> str:
    try:
        text = value.decode()
    except UnicodeDecodeError as error:
        raise UnreadableError("invalid_utf8", f"byte {error.start} of column {name!r}: {error.reason}") from error
    if "\0" in text:
        raise UnreadableError("nul_character", f"character {text.index(chr(0))} of column {name!r} is NUL")
    return text


def _said(error: BaseException) -> str:
    """The first line of what Arrow says; an error of the system (it has a number) says nothing of the file."""
    if isinstance(error, OSError) and error.errno is not None:
        raise error
    return str(error).partition("\n")[0]
