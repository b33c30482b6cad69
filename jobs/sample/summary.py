"""What lies in a gathered sample, counted from its files: the first call and the tenth say the same."""

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import zstandard
from fastwarc.warc import ArchiveIterator, WarcRecordType


@dataclass(frozen=True)
class Kind:
    """Files of one format, in one folder of the sample."""

    name: str
    """`web` (WARC), `packages` (JSON lines) or `sources` (Parquet)."""
    num_files: int
    num_documents: int
    num_bytes: int
    """Of pages as served and of texts as UTF-8, before compression."""


@dataclass(frozen=True)
class SampleSummary:
    """What `gather` made, or found there."""

    directory: Path
    kinds: tuple[Kind, ...]
    already_there: bool = False

    @property
    def num_files(self) -> int:
        """Files of all kinds."""
        return sum(kind.num_files for kind in self.kinds)

    @property
    def num_documents(self) -> int:
        """Documents of all kinds."""
        return sum(kind.num_documents for kind in self.kinds)

    @property
    def num_bytes(self) -> int:
        """Bytes of all kinds, before compression."""
        return sum(kind.num_bytes for kind in self.kinds)

    def __str__(self) -> str:
        """A line per kind and a total."""
        rows = [*self.kinds, Kind("total", self.num_files, self.num_documents, self.num_bytes)]
        lines = [
            f"  {row.name:<9}{row.num_files:>4} files {row.num_documents:>7,} documents {row.num_bytes / 1e6:>7.1f} MB"
            for row in rows
        ]
        state = "is there already" if self.already_there else "gathered"
        return "\n".join([f"{self.directory}: sample {state}", *lines])


def summarize(directory: Path, *, already_there: bool = False) -> SampleSummary:
    """Count the documents of every file below `directory`."""
    counters = {"web": _pages, "packages": _lines, "sources": _rows}
    kinds = []
    for name, count in counters.items():
        files = sorted((directory / name).glob("*"))
        sizes = [size for path in files for size in count(path)]
        kinds.append(Kind(name, len(files), len(sizes), sum(sizes)))
    return SampleSummary(directory, tuple(kinds), already_there)


def _pages(path: Path) -> Iterator[int]:
    with path.open("rb") as stream:
        for record in ArchiveIterator(stream, record_types=WarcRecordType.response):
            yield len(record.reader.read())


def _lines(path: Path) -> Iterator[int]:
    data = path.read_bytes()
    if path.suffix != ".jsonl":
        data = zstandard.decompress(data) if path.suffix == ".zst" else gzip.decompress(data)
    for line in data.splitlines():
        yield len(json.loads(line)["text"].encode())


def _rows(path: Path) -> Iterator[int]:
    texts = pq.read_table(path, columns=["text"])["text"].cast(pa.binary())
    yield from pc.binary_length(texts).to_pylist()
