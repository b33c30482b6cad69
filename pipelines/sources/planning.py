"""How files become units: large ones are split, small ones share, and a new file moves no other's unit."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import BinaryIO

from blake3 import blake3

from pipelines.errors import NotFoundError
from pipelines.sources.files import format_of, index_names
from pipelines.sources.framing import member_starts, plain_frames
from pipelines.sources.parquet import row_group_starts
from pipelines.sources.records import Reading
from pipelines.sources.streams import GZIP_MAGIC
from pipelines.sources.units import Piece, SourceFile, Unit
from pipelines.storage import Stores

MAX_GROUP_FILES = 4096
MAX_GROUP_UNITS = 4
"""A group ends at so many files, or at so many times `unit_bytes`, at the latest."""
MEANS_PER_MAXIMUM = 16
"""A group's maximum is 16 times its mean, so one group in e^16 = 9 million is cut by a maximum.

Only such a cut depends on the files before it: then the units up to the next cut by hash may change names too.
"""


def plan_units(
    files: Sequence[SourceFile], reading: Reading, stores: Stores, points: Mapping[str, Sequence[int]] | None = None
) -> list[Unit]:
    """The units of the files, ordered by source; each byte of each file belongs to exactly one.

    `points` are the split points (by source) of the files whose first pass was made elsewhere.
    """
    ordered = sorted(files, key=lambda file: file.source)
    small = (file for file in ordered if file.size_bytes < reading.small_file_bytes)
    units = [Unit(tuple(Piece(file) for file in group)) for group in _groups(small, reading)]
    for file in ordered:
        if file.size_bytes >= reading.small_file_bytes:
            known = (points or {}).get(file.source)
            found = split_points(file, reading, stores) if known is None else known
            units += [Unit((piece,)) for piece in _pieces(file, found)]
    return sorted(units, key=lambda unit: (unit.pieces[0].file.source, unit.pieces[0].start))


def split_points(file: SourceFile, reading: Reading, stores: Stores) -> list[int]:
    """Bytes at which pieces behind the first start, about `unit_bytes` apart; none for what cannot be split.

    For WARC this reads the whole file (the first pass), unless an index lies beside it. A file that vanished has
    none: reading it says so.
    """
    kind = format_of(file.source)
    if kind is None or file.size_bytes <= reading.unit_bytes:
        return []
    try:
        if kind == ("jsonl", ""):
            return list(range(reading.unit_bytes, file.size_bytes, reading.unit_bytes))
        if kind == ("warc", "gz"):
            indexed = _indexed_points(file, reading, stores)
            if indexed is not None:
                return indexed
        with stores.open(file.uri) as stream:
            return _spaced(_starts(stream, file, kind, reading), reading.unit_bytes)
    except NotFoundError:
        return []


def _starts(stream: BinaryIO, file: SourceFile, kind: tuple[str, str], reading: Reading) -> Iterable[int]:
    """Every byte at which the file may be split."""
    if kind == ("warc", "gz"):
        return member_starts(stream, reading.max_expansion)
    if kind == ("warc", ""):
        # A limit of zero bytes: each record is passed over.
        return (frame.offset for frame in plain_frames(stream, 0, file.size_bytes, 0) if frame.fault is None)
    return row_group_starts(stream, file.size_bytes) if kind == ("parquet", "") else ()


def _spaced(starts: Iterable[int], unit_bytes: int) -> list[int]:
    """The first start at or behind each multiple of `unit_bytes`; starts may come in any order."""
    firsts: dict[int, int] = {}
    for start in starts:
        bucket = start // unit_bytes
        firsts[bucket] = min(start, firsts.get(bucket, start))
    return sorted(start for bucket, start in firsts.items() if bucket > 0)


def _indexed_points(file: SourceFile, reading: Reading, stores: Stores) -> list[int] | None:
    """Split points from the CDXJ index beside the file; None when there is none or it does not fit the file."""
    for index in index_names(file.uri):
        try:
            with stores.open(index) as stream, stores.open(file.uri) as warc:
                points = _spaced(_offsets(stream, file.uri), reading.unit_bytes)
                return points if points and all(_is_member(warc, point) for point in points) else None
        except NotFoundError:
            continue
        except (ValueError, KeyError, TypeError, AttributeError):  # not an index: the first pass finds the points
            return None
    return None


def _offsets(index: BinaryIO, warc: str) -> Iterator[int]:
    """Offsets of the records of one WARC file: the third field of a CDXJ line is JSON, numbers are text in it."""
    for line in index:
        if line.strip():
            entry = json.loads(line.split(b" ", 2)[2]) if line.count(b" ") > 1 else None
            if not isinstance(entry, dict):
                raise ValueError(f"no CDXJ line: {line[:100]!r}")
            if entry.get("filename", warc).rpartition("/")[2] == warc.rpartition("/")[2]:
                yield int(entry["offset"])


def _is_member(stream: BinaryIO, offset: int) -> bool:
    stream.seek(offset)
    return stream.read(len(GZIP_MAGIC)) == GZIP_MAGIC


def _pieces(file: SourceFile, points: Sequence[int]) -> list[Piece]:
    starts, ends = [0, *points], [*points, None]
    return [Piece(file, start, end) for start, end in zip(starts, ends, strict=True)]


def _groups(files: Iterable[SourceFile], reading: Reading) -> Iterator[list[SourceFile]]:
    """Small files in groups that are cut by the hash of a file's own source, so that a new file moves no other cut."""
    group: list[SourceFile] = []
    size = 0
    for file in files:
        group.append(file)
        size += file.size_bytes
        full = len(group) >= MAX_GROUP_FILES or size >= MAX_GROUP_UNITS * reading.unit_bytes
        if full or _ends_group(file, reading):
            yield group
            group, size = [], 0
    if group:
        yield group


def _ends_group(file: SourceFile, reading: Reading) -> bool:
    """True with a probability that makes groups of 256 files or a quarter of `unit_bytes` on average."""
    share = file.size_bytes / (MAX_GROUP_UNITS * reading.unit_bytes) + 1 / MAX_GROUP_FILES
    drawn = int.from_bytes(blake3(file.source.encode()).digest(length=8)) / 2**64
    return drawn < MEANS_PER_MAXIMUM * share
