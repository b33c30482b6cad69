"""One unit read: its pieces in order, each by the reader of its format, and the check that no file moved meanwhile."""

from collections.abc import Iterator
from typing import BinaryIO

import pyarrow as pa

from pipelines.errors import ChangedError, NotFoundError, PhloemError
from pipelines.sources.files import Format, format_of
from pipelines.sources.jsonl import read_jsonl
from pipelines.sources.parquet import read_parquet
from pipelines.sources.records import Reading, Record, UnreadableError, batches, quarantined
from pipelines.sources.text import read_text
from pipelines.sources.units import Piece, Unit
from pipelines.sources.warc import read_warc
from pipelines.storage import Stores

_KNOWN = ".warc[.gz] .jsonl .ndjson .json .txt .md .rst .html .htm [.gz .zst] .parquet"


class SourceChangedError(PhloemError):
    """A file is not the one the unit was planned from: throw away everything that the unit gave.

    `piece` is the first that differs; `reason` is `source_changed` or `source_vanished`. The caller lets one
    `quarantine_row` stand for the piece, and reads the others as a unit of their own.
    """

    def __init__(self, piece: Piece, reason: str) -> None:
        super().__init__(piece, reason)
        self.piece, self.reason = piece, reason

    def __str__(self) -> str:
        """What to do about it; where the file lies is not said, for this becomes a row of the output."""
        what = "changed" if self.reason == "source_changed" else "vanished"
        return f"{self.piece.file.source} {what} since its unit was planned; run again when the inputs are at rest"


def read_unit(unit: Unit, reading: Reading, stores: Stores) -> Iterator[pa.RecordBatch]:
    """The unit's documents as batches of the schema RAW, in the order of pieces and records.

    What cannot be read is a row with `quarantined_by`. Memory is bounded by a batch and a document.

    Raises:
        SourceChangedError: while iterating, up to the last batch; the batches before it are not to be believed.
        StorageError, OSError: the store failed; nothing is known of the file, so the unit has to be read again.
    """
    return batches(_records(unit, reading, stores), reading)


def changes(unit: Unit, stores: Stores) -> list[SourceChangedError]:
    """The error of every piece whose file, as it is now, is not the one that the unit was planned from."""
    found = []
    for piece in unit.pieces:
        try:
            _check_unchanged(piece, stores)
        except SourceChangedError as change:
            found.append(change)
    return found


def _records(unit: Unit, reading: Reading, stores: Stores) -> Iterator[Record]:
    for piece in unit.pieces:
        _check_unchanged(piece, stores)
        try:
            with stores.open(piece.file.uri, piece.file.version) as stream:
                yield from _piece_records(stream, piece, reading)
        except ChangedError as error:
            raise SourceChangedError(piece, "source_changed") from error
        except NotFoundError as error:
            raise SourceChangedError(piece, "source_vanished") from error
        _check_unchanged(piece, stores)


def _check_unchanged(piece: Piece, stores: Stores) -> None:
    try:
        stat = stores.stat(piece.file.uri, piece.file.version)
    except ChangedError as error:
        raise SourceChangedError(piece, "source_changed") from error
    except NotFoundError as error:
        raise SourceChangedError(piece, "source_vanished") from error
    if stat.size_bytes != piece.file.size_bytes:
        raise SourceChangedError(piece, "source_changed")


def _piece_records(stream: BinaryIO, piece: Piece, reading: Reading) -> Iterator[Record]:
    source, known = piece.file.source, format_of(piece.file.source)
    if known is None:
        yield quarantined(source, 0, "unknown_format", f"none of the known suffixes: {_KNOWN}")
    elif piece.file.size_bytes == 0:
        yield quarantined(source, 0, "empty_file", "not one byte in it")
    else:
        try:
            yield from _format_records(stream, piece, reading, known)
        except UnreadableError as fault:
            yield quarantined(source, piece.start, fault.reason, fault.detail)


def _format_records(stream: BinaryIO, piece: Piece, reading: Reading, known: Format) -> Iterator[Record]:
    if known.kind == "warc":
        yield from read_warc(stream, piece, reading, known.compression)
    elif known.kind == "jsonl":
        yield from read_jsonl(stream, piece, reading, known.compression)
    elif known.kind == "parquet":
        yield from read_parquet(stream, piece, reading)
    else:
        content_type = "text/html" if known.kind == "html" else reading.content_type or "text/plain"
        yield read_text(stream, piece, reading, known.compression, content_type)
