"""WARC files (plain and .gz): which records are documents, and what of them is content.

A document is a `response`, or a `resource` or `conversion`; other types of record are none. Its content is the
payload, freed of HTTP's transfer and content codings (of one that a crawler cut short: as far as it decodes). What
is not an answer 200 in HTML or plain text is rejected and keeps no content.
"""

from collections.abc import Iterator
from io import BytesIO
from typing import BinaryIO

from fastwarc.warc import ArchiveIterator, WarcRecord

from pipelines.sources.framing import Frame, gzip_frames, plain_frames
from pipelines.sources.records import Reading, Record, UnreadableError, quarantined
from pipelines.sources.streams import GZIP_MAGIC
from pipelines.sources.units import Piece

MEDIA_TYPES = frozenset({"text/html", "application/xhtml+xml", "text/plain"})
"""What can become text; everything else is rejected as `content_type`."""
_OK = 200


def read_warc(stream: BinaryIO, piece: Piece, reading: Reading, compression: str) -> Iterator[Record]:
    """The documents whose record (or gzip member) starts in the piece; a broken record is a quarantined one."""
    source, any_frame = piece.file.source, False
    for frame in _frames(stream, piece, reading, compression):
        any_frame = True
        if frame.fault is not None:
            yield quarantined(source, frame.offset, frame.fault.reason, frame.fault.detail)
        elif frame.data is not None:
            yield _document(source, frame.offset, frame.data, reading)
        elif frame.skipped:
            detail = f"record of {frame.skipped} bytes, over max_document_bytes {reading.max_document_bytes}"
            yield quarantined(source, frame.offset, "document_too_large", detail)
    if not any_frame and piece.start == 0:
        raise UnreadableError("empty_file", "not one record in it")


def _frames(stream: BinaryIO, piece: Piece, reading: Reading, compression: str) -> Iterator[Frame]:
    end = piece.file.size_bytes if piece.end is None else piece.end
    limit = reading.max_document_bytes
    if compression:
        return gzip_frames(stream, piece.start, end, limit, reading.max_expansion)
    return plain_frames(stream, piece.start, end, limit)


def _document(source: str, offset: int, data: bytes, reading: Reading) -> Record:
    try:
        record = _parsed(data)
        # Some writers put the URI in <>, as the first draft of the format asked for.
        uri = record.headers.get("WARC-Target-URI")
        found = Record(source, offset, uri.removeprefix("<").removesuffix(">") if uri else None)
        declared = record.headers.get("Content-Type") or ""
        if declared.lower().startswith("application/http"):
            return _response(found, record, reading)
        return _block(found, record, declared, reading)
    except UnreadableError as fault:
        return quarantined(source, offset, fault.reason, fault.detail)
    except (OSError, ValueError) as error:  # what FastWARC raises, out of memory it was given
        return quarantined(source, offset, "broken_record", f"payload could not be decoded: {error}")


def _parsed(data: bytes) -> WarcRecord:
    """The record with its HTTP header parsed; its payload is decoded while it is read.

    (`WarcRecord.from_bytes` would decode the payload at once: 600 MB out of a bomb of 600 KB.)
    """
    try:
        record = next(ArchiveIterator(BytesIO(data), auto_decode="all"), None)
    except OSError:
        # Servers call payloads "Content-Encoding: utf-8" or "none": a coding nobody knows is no coding.
        record = next(ArchiveIterator(BytesIO(data), auto_decode="transfer"), None)
    if record is None:
        raise UnreadableError("broken_record", "WARC header that FastWARC does not accept")
    return record


def _response(found: Record, record: WarcRecord, reading: Reading) -> Record:
    """An HTTP answer. Without a declared type, the type that the crawler identified counts."""
    headers = record.http_headers
    status = None if headers is None else headers.status_code
    if headers is None or not isinstance(status, int):
        raise UnreadableError("broken_record", "HTTP answer without a status line")
    declared = headers.get("Content-Type") or record.headers.get("WARC-Identified-Payload-Type") or ""
    if status != _OK:
        return found._replace(content_type=declared or None, rejected_by="http_status")
    return _block(found, record, declared, reading)


def _block(found: Record, record: WarcRecord, declared: str, reading: Reading) -> Record:
    found = found._replace(content_type=declared or None)
    if declared.partition(";")[0].strip().lower() not in MEDIA_TYPES:
        return found._replace(rejected_by="content_type")
    limit = reading.max_document_bytes
    content = record.reader.read(limit + 1)  # a bomb inside HTTP is decoded up to here only
    if len(content) > limit:
        raise UnreadableError("document_too_large", f"payload decodes to more than max_document_bytes {limit}")
    if not content and record.content_length > 0 and record.is_http_parsed and _coded(record):
        raise UnreadableError("broken_record", f"payload of {record.content_length} bytes decodes to nothing")
    if content.startswith(GZIP_MAGIC):
        raise UnreadableError("broken_record", "payload is gzip, though its Content-Encoding does not say so")
    return found._replace(content=content)


def _coded(record: WarcRecord) -> bool:
    return record.http_headers.get("Content-Encoding") is not None
