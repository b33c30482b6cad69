"""A sample folder made larger: copies of every file in which each line has its words in another order.

The bytes per document, the words per line, the first and the last word of each line (what most rules look at) stay as
they are, so that the work per byte stays the same. The five-word shingles do not: a copy is no duplicate of the first,
while two documents that are duplicates in the sample are duplicates in every copy, because equal lines are reordered
equally. A unique line before each text would not do: MinHash finds such copies, and nothing would be left to tokenize.
"""

import gzip
import json
import multiprocessing
import random
import re
import shutil
import zlib
from collections.abc import Callable
from functools import lru_cache
from itertools import product
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import zstandard
from fastwarc.stream_io import GzipWriter
from fastwarc.warc import ArchiveIterator, WarcRecordType

KINDS = ("web", "packages", "sources")
"""The folders of a sample."""

_TEXT_NODE = re.compile(rb"(?<=>)[^<>]+(?=<)")
_ROW_GROUP_ROWS = 100


def scaled(sample: Path, folder: Path, times: int, kinds: tuple[str, ...] = KINDS) -> Path:
    """`times` copies of the sample's files in `folder`, the first as they are."""
    files = [file for kind in kinds for file in sorted((sample / kind).glob("*"))]
    if not files:
        raise SystemExit(f"{sample} holds no {', '.join(kinds)}; make a sample with: phloem sample {sample}")
    jobs = [
        (file, folder / file.parent.name / f"copy-{copy:02d}-{file.name}", copy) for file, copy in _pairs(files, times)
    ]
    for kind in kinds:
        (folder / kind).mkdir(parents=True, exist_ok=True)
    if times == 1:
        for job in jobs:
            _copy(*job)
    else:
        with multiprocessing.get_context("spawn").Pool() as pool:
            pool.starmap(_copy, jobs, chunksize=1)
    return folder


def size_bytes(folder: Path) -> int:
    """Bytes of all files as they lie on the disk, compressed."""
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def _pairs(files: list[Path], times: int) -> list[tuple[Path, int]]:
    return [(file, copy) for copy, file in product(range(times), files)]


def _copy(source: Path, destination: Path, copy: int) -> None:
    if copy == 0:
        shutil.copy(source, destination)
    elif source.name.endswith(".warc.gz"):
        _copy_warc(source, destination, copy)
    elif source.suffix == ".parquet":
        table = pq.read_table(source)
        texts = pa.array([reordered(text.encode(), copy).decode() for text in table["text"].to_pylist()])
        table = table.set_column(table.schema.get_field_index("text"), "text", texts)
        pq.write_table(table, destination, row_group_size=_ROW_GROUP_ROWS)
    else:
        read, written = _CODECS[source.suffix]
        lines = read(source.read_bytes()).splitlines()
        destination.write_bytes(written(b"".join(_copied_line(line, copy) for line in lines)))


_CODECS: dict[str, tuple[Callable[[bytes], bytes], Callable[[bytes], bytes]]] = {
    ".jsonl": (bytes, bytes),
    ".gz": (gzip.decompress, gzip.compress),
    ".zst": (zstandard.decompress, zstandard.compress),
}


def _copied_line(line: bytes, copy: int) -> bytes:
    row = json.loads(line)
    row["text"] = reordered(row["text"].encode(), copy).decode()
    return json.dumps(row, ensure_ascii=False).encode() + b"\n"


def _copy_warc(source: Path, destination: Path, copy: int) -> None:
    """Every response with its page's text reordered; a gzip member for each record, as before."""
    with source.open("rb") as stream, destination.open("wb") as output:
        for record in ArchiveIterator(stream, parse_http=False):
            block = record.reader.read()
            if record.record_type == WarcRecordType.response:
                head, edge, body = block.partition(b"\r\n\r\n")
                body = _TEXT_NODE.sub(lambda node: reordered(node[0], copy), body)
                block = head + edge + body
            record.set_bytes_content(block)
            with GzipWriter(output, compression_level=6) as member:
                record.write(member)


def reordered(text: bytes, copy: int) -> bytes:
    """The text of one copy: every line with its words in another order; copy 0 is one too."""
    return b"\n".join([_reordered_line(line, copy) for line in text.split(b"\n")])


@lru_cache(maxsize=1 << 16)
def _reordered_line(line: bytes, copy: int) -> bytes:
    """The words between the first and the last in an order that follows from the line and the copy's number."""
    words = line.split(b" ")
    places = [place for place, word in enumerate(words) if word][1:-1]
    middle = [words[place] for place in places]
    random.Random(zlib.crc32(line) << 8 | copy).shuffle(middle)  # noqa: S311 seeded: every run has the same input
    for place, word in zip(places, middle, strict=True):
        words[place] = word
    return b" ".join(words)
