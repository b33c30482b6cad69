"""One record, readable or not, and the batches of the schema RAW that records are gathered into."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import pyarrow as pa
from blake3 import blake3

from pipelines.errors import PhloemError
from schemas import RAW
from schemas.document import ID_BYTES

MAX_DETAIL_CHARACTERS = 300
"""A quarantined record is described, not copied."""


@dataclass(frozen=True)
class Reading:
    """How files are taken apart. Part of the recipe: each knob can change what a shard holds."""

    text_field: str = "text"
    """Field or column of JSONL and Parquet that holds the text."""
    url_field: str = "url"
    """Field or column of JSONL and Parquet that holds the URL; it may be missing."""
    content_type: str | None = None
    """Say "text/html" when JSONL, Parquet or text files hold HTML; it then travels as `content`."""
    unit_bytes: int = 64 << 20
    """A larger file that can be split is split at about this size."""
    small_file_bytes: int = 1 << 20
    """Files below this size share units."""
    max_document_bytes: int = 32 << 20
    """A larger record is quarantined and never held in memory."""
    batch_bytes: int = 8 << 20
    """A record batch ends before its documents exceed this; one larger document makes a batch of its own."""
    batch_documents: int = 1000
    """A record batch holds at most this many records."""
    max_expansion: int = 200
    """Decompressed over compressed bytes that make a file a bomb; asked beyond 256 MiB decompressed only."""


class UnreadableError(PhloemError):
    """A record or file that cannot be read; inside this room it always becomes a quarantined record.

    `reason` is a word of `Record.quarantined_by`, `record` the position where that is known.
    """

    def __init__(self, reason: str, detail: str, record: int | None = None) -> None:
        super().__init__(reason, detail, record)
        self.reason, self.detail, self.record = reason, detail, record


class Record(NamedTuple):
    """A row of RAW but for its id; the fields are RAW's, in RAW's order."""

    source: str
    record: int
    url: str | None = None
    content: bytes | None = None
    content_type: str | None = None
    text: str | None = None
    rejected_by: str | None = None
    quarantined_by: str | None = None
    quarantine_detail: str | None = None

    @property
    def size(self) -> int:
        """Bytes of its content or characters of its text: what a batch is measured by."""
        return len(self.content or b"") + len(self.text or "")


def quarantined(source: str, record: int, reason: str, detail: str) -> Record:
    """The record that stands for one that could not be read."""
    # ascii(): what is quoted from a broken file may hold anything, lone surrogates included.
    shown = detail if detail.isprintable() else ascii(detail)
    return Record(source, record, quarantined_by=reason, quarantine_detail=shown[:MAX_DETAIL_CHARACTERS])


def quarantine_row(source: str, record: int, reason: str, detail: str) -> pa.RecordBatch:
    """A batch of the schema RAW with one quarantined row: what stands for a file that moved under its unit."""
    return _batch([quarantined(source, record, reason, detail)])


def document_id(source: str, record: int) -> bytes:
    """First 16 bytes of BLAKE3 of source, a zero byte and the record's position in decimal."""
    return blake3(f"{source}\0{record}".encode()).digest(length=ID_BYTES)


def batches(records: Iterable[Record], reading: Reading) -> Iterator[pa.RecordBatch]:
    """Gather records, in order, into batches no larger than `reading` says; no batch is empty."""
    held: list[Record] = []
    held_size = 0
    for record in records:
        full = held_size + record.size > reading.batch_bytes or len(held) >= reading.batch_documents
        if held and full:
            batch = _batch(held)
            held.clear()
            held_size = 0
            yield batch
            del batch  # the caller may have let go of it; the next documents need the room
        held.append(record)
        held_size += record.size
    if held:
        yield _batch(held)


def _batch(records: list[Record]) -> pa.RecordBatch:
    schema = RAW.arrow()
    ids = [document_id(record.source, record.record) for record in records]
    columns = [ids, *zip(*records, strict=True)]
    arrays = [pa.array(column, field.type) for column, field in zip(columns, schema, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)
