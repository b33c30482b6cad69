"""Text files that every machine has: package descriptions, licences, read-mes, changelogs, manuals.

Natural duplicates come by themselves: the same licence lies in a hundred packages.
"""

import gzip
import io
import json
import re
import sys
import sysconfig
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import zstandard

from jobs.sample.website import DOCUMENTATION

MIN_CHARACTERS = 100
"""Shorter files say nothing ("see the other package")."""

MAX_FILE_BYTES = 200_000
"""Larger ones (a compiler's whole changelog) would fill the sample."""

_PACKAGES = Path(sysconfig.get_path("purelib"))


@dataclass(frozen=True)
class Document:
    """One row of the sample's JSON lines and Parquet."""

    url: str
    text: str


def documents(kind: str) -> Iterator[Document]:
    """The documents of one of `KINDS`, ordered by path."""
    patterns, render = KINDS[kind]
    for path in _files(patterns):
        text = render(_content(path)).strip()
        if len(text) >= MIN_CHARACTERS:
            yield Document(_url(path), text)


def write_json_lines(found: Iterable[Document], path: Path, *, max_bytes: int) -> int:
    """Write documents until `max_bytes` of text to `path` (.jsonl, .gz or .zst); the bytes of text written."""
    num_bytes = 0
    lines = io.BytesIO()
    for document in found:
        lines.write(json.dumps({"url": document.url, "text": document.text}, ensure_ascii=False).encode() + b"\n")
        num_bytes += len(document.text.encode())
        if num_bytes >= max_bytes:
            break
    if num_bytes:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(_compressed(lines.getvalue(), path.suffix))
    return num_bytes


def _compressed(data: bytes, suffix: str) -> bytes:
    if suffix == ".zst":
        return zstandard.compress(data, 3)
    return gzip.compress(data, 6, mtime=0) if suffix == ".gz" else data  # mtime: gzip's header would hold the clock


def _files(patterns: tuple[tuple[Path, str], ...]) -> Iterator[Path]:
    for base, pattern in patterns:
        for path in sorted(base.expanduser().glob(pattern)):
            if path.is_file() and path.stat().st_size <= MAX_FILE_BYTES:
                yield path


def _content(path: Path) -> bytes:
    """The file's bytes, unpacked; nothing where they are no text."""
    data = path.read_bytes()
    if path.suffix == ".gz":
        data = gzip.decompress(data)
    return b"" if b"\0" in data or len(data) > MAX_FILE_BYTES else data


def _url(path: Path) -> str:
    """A package's file as a package URL (purl), any other as a file URI: as stable as what is installed."""
    if not path.is_relative_to(_PACKAGES):
        return path.as_uri()
    package, *rest = path.relative_to(_PACKAGES).parts
    return f"pkg:pypi/{package.removesuffix('.dist-info').replace('-', '@')}#{'/'.join(rest)}"


def _plain(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def _description(metadata: bytes) -> str:
    """The long description, which follows the headers of a package's METADATA."""
    return _plain(metadata.replace(b"\r\n", b"\n").partition(b"\n\n")[2])


def manual(data: bytes) -> str:
    """A manual page's words without its typesetting requests: what `man` shows, roughly."""
    body = _plain(data).partition("\n.SH")[2]  # before the first section are macros
    text = re.sub(r"^[.'](\\\".*|\w{1,2}\b ?)", "", body, flags=re.MULTILINE)
    text = re.sub(r"\\f(\[\w*\]|\(..|.)|\\&|\\s[-+]?\d|\\\*?\(..", "", text)
    return re.sub(r"\n{3,}", "\n\n", text.replace("\\-", "-").replace("\\e", "\\"))


_LICENCE = "*[Ll][Ii][Cc][Ee][Nn][CScs][Ee]*"
KINDS: dict[str, tuple[tuple[tuple[Path, str], ...], Callable[[bytes], str]]] = {
    "descriptions": (((_PACKAGES, "*.dist-info/METADATA"),), _description),
    "licences": (
        (
            (Path("/usr/share/common-licenses"), "*"),
            (_PACKAGES, f"*.dist-info/{_LICENCE}"),
            (_PACKAGES, f"*.dist-info/licenses/**/{_LICENCE}"),
            (Path("/usr/share/doc"), "*/copyright"),
        ),
        _plain,
    ),
    "readmes": (
        (
            *((base, "*/README*") for base in DOCUMENTATION),
            (_PACKAGES, "**/*.md"),
            (_PACKAGES, "**/*.rst"),
        ),
        _plain,
    ),
    "changelogs": (
        (
            (Path("/usr/share/doc"), "*/changelog*.gz"),
            (Path("/usr/share/doc"), "*/NEWS*.gz"),
        ),
        _plain,
    ),
    "manual-pages": (((Path("/usr/share/man"), "man[1-8]/*.gz"), (Path(sys.prefix) / "share/man", "man*/*.1")), manual),
    "manuals": (tuple((base, "python3*/html/_sources/**/*.rst.txt") for base in DOCUMENTATION), _plain),
}
"""Kind → where its files lie (folder, pattern) and how a file becomes text."""
