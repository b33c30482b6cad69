"""Real documents of this machine to encode: pages, documentation, manuals in many languages, source code."""

import gzip
import random
import sys
import sysconfig
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

from resiliparse.extract.html2text import extract_plain_text

MIN_CHARACTERS = 200
MAX_CHARACTERS = 100_000  # a long changelog must not outweigh a hundred pages

_PAGES = (Path("/usr/share/doc"), Path("~/.cache/phloem/documentation").expanduser())


@dataclass(frozen=True)
class Kind:
    """Where documents of a kind lie, and how a file becomes one."""

    name: str
    folders: tuple[Path, ...]
    suffixes: tuple[str, ...]
    text: Callable[[bytes], str]


def _decoded(data: bytes) -> str:
    return data.decode("utf-8", "replace")


KINDS = (
    Kind("pages", _PAGES, (".html",), lambda data: extract_plain_text(_decoded(data))),
    Kind("documentation", (Path("/usr/share/doc"),), (".txt", ".md", ".rst", "copyright", "README", "NEWS"), _decoded),
    Kind("changelogs", (Path("/usr/share/doc"),), (".gz",), lambda data: _decoded(gzip.decompress(data))),
    Kind("manuals", (Path("/usr/share/man"),), (".gz",), lambda data: _decoded(gzip.decompress(data))),
    Kind("metadata", (Path(sysconfig.get_paths()["purelib"]),), ("METADATA",), _decoded),
    Kind("source", (Path(sys.prefix), Path(sysconfig.get_paths()["stdlib"])), (".py",), _decoded),
)


def real_documents(num_bytes: int) -> tuple[list[str], dict[str, int]]:
    """Documents of `num_bytes` of text, each once, a file of each kind in turn; and the bytes of each kind.

    Fewer bytes when the machine has fewer: the same documents as long as its files are the same.
    """
    texts: dict[str, None] = {}
    sizes = dict.fromkeys((kind.name for kind in KINDS), 0)
    for row in zip_longest(*map(_texts_of, KINDS)):
        for kind, text in zip(KINDS, row, strict=True):
            if text is None or len(text) < MIN_CHARACTERS or text in texts:
                continue
            texts[text] = None
            sizes[kind.name] += len(text.encode())
            if sum(sizes.values()) >= num_bytes:
                return list(texts), sizes
    return list(texts), sizes


def _texts_of(kind: Kind) -> Iterator[str]:
    """The texts of a kind in an order that is random but always the same; what cannot be read is passed over."""
    found = {path for folder in kind.folders for path in folder.rglob("*") if path.name.endswith(kind.suffixes)}
    paths = sorted(path for path in found if path.is_file() and not path.is_symlink())
    random.Random(0).shuffle(paths)  # noqa: S311 a mixture, not a secret
    for path in paths:
        try:
            data = path.read_bytes()
            text = "" if b"\0" in data[:1000] and path.suffix != ".gz" else kind.text(data)
        except (OSError, EOFError):
            continue
        yield "" if "\0" in text[:1000] else text[:MAX_CHARACTERS]
