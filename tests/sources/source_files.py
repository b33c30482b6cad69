"""Source files made on the spot, and short ways through the room `pipelines.sources`."""

import gzip
from pathlib import Path
from typing import Any

from pipelines.sources import Reading, find_files, plan_units, read_unit
from pipelines.storage import Stores

STORES = Stores()


def warc_record(
    body: bytes,
    *,
    kind: str = "response",
    url: str = "http://example.org/",
    status: str = "200 OK",
    content_type: str | None = "text/html",
    headers: str = "",
    length: int | str | None = None,
) -> bytes:
    """A WARC record; `length` overrides the true Content-Length."""
    block, block_type = body, content_type
    if kind in ("response", "request"):
        declared = f"Content-Type: {content_type}\r\n" if content_type else ""
        block = f"HTTP/1.1 {status}\r\n{declared}{headers}\r\n".encode() + body
        block_type = f"application/http; msgtype={kind}"
    header = f"WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Target-URI: {url}\r\nContent-Type: {block_type}\r\n"
    size = len(block) if length is None else length
    return header.encode() + f"Content-Length: {size}\r\n\r\n".encode() + block + b"\r\n\r\n"


def members(*records: bytes) -> list[bytes]:
    """Each record in a gzip member of its own."""
    return [gzip.compress(record, mtime=0) for record in records]


def write(folder: Path, name: str, data: bytes) -> str:
    """A file under `folder`; its path."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return str(path)


def read_all(inputs: str | list[str], reading: Reading | None = None) -> list[dict[str, Any]]:
    """The rows of every unit of the inputs, ordered by source and record."""
    reading = reading or Reading()
    files = find_files(STORES, [inputs] if isinstance(inputs, str) else inputs)
    units = plan_units(files, reading, STORES)
    rows = [row for unit in units for batch in read_unit(unit, reading, STORES) for row in batch.to_pylist()]
    return sorted(rows, key=lambda row: (row["source"], row["record"]))


def reasons(rows: list[dict[str, Any]]) -> list[tuple[int, str | None]]:
    """Position and reason (null: readable) of each row."""
    return [(row["record"], row["quarantined_by"]) for row in rows]
