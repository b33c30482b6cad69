"""From what the user names as input to the list of files, in an order and under names of their own."""

import re
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import pairwise
from typing import NamedTuple

from pipelines.errors import RefusedError
from pipelines.sources.checksums import Checksums, read_checksums
from pipelines.sources.units import SourceFile
from pipelines.storage import Stat, Stores, normalized, relative

MAX_FAULTS = 20
"""So many faults are told one by one, the others are counted."""

_NAMED = re.compile(r"([A-Za-z0-9][\w.-]*)=(.+)", re.DOTALL)
_IGNORED = ("_", ".")
"""First characters of names that Hadoop's file formats pass over (`_SUCCESS`, `.part-0.crc`)."""
_FORMATS = {
    "warc": "warc",
    "jsonl": "jsonl",
    "ndjson": "jsonl",
    "json": "jsonl",
    "parquet": "parquet",
    "txt": "text",
    "md": "text",
    "rst": "text",
    "html": "html",
    "htm": "html",
}
_COMPRESSIONS = {"warc": ("", "gz"), "parquet": ("",)}


class Format(NamedTuple):
    """How a file is read."""

    kind: str
    """warc, jsonl, parquet, text or html."""
    compression: str
    """"" (none), gz or zst."""


class _Found(NamedTuple):
    source: str
    stat: Stat


def format_of(name: str) -> Format | None:
    """The format that a file's suffixes say, in any case; None: none that is known."""
    parts = name.lower().rsplit("/", 1)[-1].split(".")[1:]
    compression = parts.pop() if parts and parts[-1] in ("gz", "zst") else ""
    kind = _FORMATS.get(parts[-1]) if parts else None
    if kind is None or compression not in _COMPRESSIONS.get(kind, ("", "gz", "zst")):
        return None
    return Format(kind, compression)


def find_files(stores: Stores, inputs: Sequence[str], checksums: Checksums | None = None) -> list[SourceFile]:
    """Every file at or below the inputs, ordered by source; their checksums by reading them here, if not otherwise.

    An input is the URI of a file or folder, or NAME=URI (a path with `=` in its first part is written `./a=b`).
    Below a folder, names that start with `_` or `.` are passed over, and so is the index (.cdxj) of a WARC file.

    Raises:
        RefusedError: with all faults: an input without a file, two files of one source, a name that is not UTF-8.
    """
    found: list[_Found] = []
    faults: list[str] = [] if inputs else ["no input; name one with --input URI or --input NAME=URI"]
    for value in inputs:
        try:
            found += _listed(stores, value)
        except RefusedError as error:
            faults += error.faults
    found.sort(key=lambda file: (file.source, file.stat.uri))
    faults += _doubled(found)
    if faults:
        raise RefusedError(*_shortened(faults))
    return _checked(_without_indexes(found), checksums or partial(read_checksums, stores))


def _listed(stores: Stores, value: str) -> list[_Found]:
    """The files of one input, in the store's order; RefusedError when there is none."""
    named = _NAMED.fullmatch(value)
    name, uri = named.groups() if named else ("", value)
    root = normalized(uri)
    prefix = name or root.rpartition("/")[2]
    if not prefix:
        raise RefusedError(f"--input {value}: has no last part to name its files by; use --input NAME={value}")
    stats = [stat for stat in stores.list_files(root) if stat.uri == root or _wanted(relative(stat.uri, root))]
    if not stats:
        rule = "names that start with _ or . are passed over; NAME=URI names an input, ./a=b a path"
        raise RefusedError(f"--input {value}: no file at or below {root} ({rule})")
    single = [_Found(f"{name}/{relative(root, root)}" if name else prefix, stat) for stat in stats if stat.uri == root]
    return single or [_Found(f"{prefix}/{relative(stat.uri, root)}", stat) for stat in stats]


def _wanted(path: str) -> bool:
    return not any(part.startswith(_IGNORED) for part in path.split("/"))


def _doubled(found: Sequence[_Found]) -> Iterator[str]:
    """What is wrong with names: taken twice, or impossible to write down."""
    for file in found:
        try:
            file.source.encode()
        except UnicodeEncodeError:
            yield f"{file.stat.uri!a}: its name is not UTF-8; rename it"
    for first, second in pairwise(found):
        if first.source == second.source:
            both = f"{first.stat.uri} and {second.stat.uri}"
            yield f"{both} would both be the source {first.source!r}; tell them apart with --input NAME=URI"


def _shortened(faults: list[str]) -> list[str]:
    more = len(faults) - MAX_FAULTS
    return faults if more <= 0 else [*faults[:MAX_FAULTS], f"and {more} more faults"]


def _without_indexes(found: Sequence[_Found]) -> list[_Found]:
    """Leave out what holds no documents: the index of a WARC file that is an input itself."""
    indexes = {index for file in found if _is_warc(file.source) for index in index_names(file.stat.uri)}
    return [file for file in found if file.stat.uri not in indexes]


def _is_warc(name: str) -> bool:
    known = format_of(name)
    return known is not None and known.kind == "warc"


def index_names(warc: str) -> tuple[str, str]:
    """Where the CDXJ index of a WARC file may lie: X.warc.gz.cdxj and X.cdxj beside X.warc.gz."""
    return f"{warc}.cdxj", re.sub(r"\.warc(\.gz)?$", "", warc, flags=re.IGNORECASE) + ".cdxj"


def _checked(found: Sequence[_Found], checksums: Checksums) -> list[SourceFile]:
    known = checksums([file.stat for file in found])
    faults = [
        f"{file.stat.uri} changed or vanished while the inputs were read; try again when they are at rest"
        for file in found
        if file.stat.uri not in known
    ]
    if faults:
        raise RefusedError(*_shortened(faults))
    return [
        SourceFile(file.source, file.stat.uri, file.stat.size_bytes, file.stat.version, known[file.stat.uri])
        for file in found
    ]
