"""Plain text and HTML files: a file is one document, its bytes go on as they are."""

from typing import BinaryIO

from pipelines.sources.records import Reading, Record, UnreadableError
from pipelines.sources.streams import decompressed
from pipelines.sources.units import Piece


def read_text(stream: BinaryIO, piece: Piece, reading: Reading, compression: str, content_type: str) -> Record:
    """The file as one record; UnreadableError `empty_file`, `document_too_large` or one of the compression."""
    content = bytearray()
    for chunk in decompressed(stream, compression, reading.max_expansion):
        content += chunk
        if len(content) > reading.max_document_bytes:
            detail = f"file longer than max_document_bytes {reading.max_document_bytes}"
            raise UnreadableError("document_too_large", detail)
    if not content:
        raise UnreadableError("empty_file", "not one byte in it")
    return Record(piece.file.source, 0, content=bytes(content), content_type=content_type)
