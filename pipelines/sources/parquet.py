"""Parquet files: a row is a record, its position the number of the row in the file.

Only the columns of text and URL are read, one row group after another, a few rows at a time.
"""

from collections.abc import Iterator
from typing import BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.sources.records import Reading, Record, UnreadableError, quarantined
from pipelines.sources.units import Piece

MAGIC = b"PAR1"
BUFFER_BYTES = 1 << 20
"""Read ahead in a column, instead of the whole column chunk."""


def read_parquet(stream: BinaryIO, piece: Piece, reading: Reading) -> Iterator[Record]:
    """The rows of the row groups that start in the piece; a bad value is a quarantined record.

    Raises UnreadableError `not_parquet`, `corrupt_file`, `missing_column` or `wrong_type` when no row can be read.
    """
    file = _opened(stream)
    columns = _columns(file.schema_arrow, reading)
    end = piece.file.size_bytes if piece.end is None else piece.end
    first_row = 0
    for group, (start, num_rows) in enumerate(_row_groups(file.metadata)):
        if piece.start <= start < end:
            yield from _rows(file, group, first_row, columns, piece, reading)
        first_row += num_rows


def row_group_starts(stream: BinaryIO) -> list[int]:
    """First byte of each row group; none for a file whose footer cannot be read (reading it says why)."""
    try:
        return [start for start, _ in _row_groups(_opened(stream).metadata)]
    except UnreadableError:
        return []


def _opened(stream: BinaryIO) -> pq.ParquetFile:
    if stream.read(len(MAGIC)) != MAGIC:
        raise UnreadableError("not_parquet", f"a Parquet file starts with {MAGIC!r}, this one does not")
    stream.seek(0)
    try:
        return pq.ParquetFile(stream, pre_buffer=False, buffer_size=BUFFER_BYTES)
    except (pa.ArrowException, OSError) as error:
        raise UnreadableError("corrupt_file", f"footer: {_first_line(error)}") from error


def _row_groups(metadata: pq.FileMetaData) -> Iterator[tuple[int, int]]:
    """First byte and number of rows of each row group."""
    for number in range(metadata.num_row_groups):
        group = metadata.row_group(number)
        columns = [group.column(index) for index in range(group.num_columns)]
        pages = [(column.dictionary_page_offset, column.data_page_offset) for column in columns]
        yield min((page for both in pages for page in both if page), default=0), group.num_rows


def _columns(schema: pa.Schema, reading: Reading) -> list[str]:
    """The columns to read, text first; UnreadableError when text is missing or one of them holds no text."""
    if reading.text_field not in schema.names:
        raise UnreadableError(
            "missing_column", f"no column {reading.text_field!r}; there are {', '.join(schema.names)}"
        )
    columns = [name for name in (reading.text_field, reading.url_field) if name in schema.names]
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
    size = _batch_rows(file.metadata.row_group(group), columns[0], reading)
    found = file.iter_batches(size, row_groups=[group], columns=columns, use_threads=False)
    while row < end:
        try:
            batch = next(found)
        except (pa.ArrowException, OSError, StopIteration) as error:
            detail = f"rows {row} to {end - 1} (row group {group}): {_first_line(error) or 'missing'}"
            yield quarantined(piece.file.source, row, "corrupt_file", detail)
            return
        texts = _bytes(batch.column(columns[0]))
        urls = _bytes(batch.column(columns[1])) if len(columns) > 1 else [None] * len(texts)
        for text, url in zip(texts, urls, strict=True):
            yield _record(piece.file.source, row, text, url, reading)
            row += 1


def _batch_rows(group: pq.RowGroupMetaData, column: str, reading: Reading) -> int:
    """Rows that hold about `batch_bytes` of text, by the row group's own sums."""
    chunks = [group.column(index) for index in range(group.num_columns)]
    size = sum(int(chunk.total_uncompressed_size) for chunk in chunks if chunk.path_in_schema == column)
    return max(1, min(reading.batch_documents, reading.batch_bytes * int(group.num_rows) // max(size, 1)))


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


def _first_line(error: BaseException) -> str:
    return str(error).partition("\n")[0]
