"""Gather the sample into one folder, whole or not at all: web/*.warc.gz, packages/*.jsonl[.gz|.zst], sources/*.parquet.

The bytes depend on what is installed, not on the clock, the port or the order of listings.
"""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TypeVar

from jobs.sample.crawl import Page, crawl
from jobs.sample.docstrings import module_documents, write_parquet
from jobs.sample.summary import SampleSummary, summarize
from jobs.sample.texts import KINDS, Document, documents, write_json_lines
from jobs.sample.warc import write_archives
from jobs.sample.website import find_roots, serve
from pipelines.errors import RefusedError

TARGET_BYTES = 24_000_000
MINIMUM_BYTES = 20_000_000
"""Less than this is no sample: the figures of a run on it would say nothing."""

_WEB_SHARE, _SOURCES_SHARE = 0.6, 0.12
"""Of the target; the text files get what is left, so that a machine with few pages still fills it."""

_SUFFIXES = {"descriptions": ".jsonl.gz", "licences": ".jsonl.zst"}
"""The other kinds are left as they are: files of their own size, each a unit of work."""

Listener = Callable[[str, int, int], None]
"""Told after each document: its kind, and how many documents and bytes of that kind there are now."""

_Found = TypeVar("_Found", Page, Document)


def gather(
    directory: Path,
    *,
    target_bytes: int = TARGET_BYTES,
    minimum_bytes: int = MINIMUM_BYTES,
    roots: Mapping[str, Path] | None = None,
    listener: Listener = lambda _kind, _num_documents, _num_bytes: None,
) -> SampleSummary:
    """Fill `directory` with about `target_bytes` of text found on this machine, or say that it is there.

    `roots` (name → folder of HTML pages) stands for the documentation that `find_roots` would find. RefusedError when
    `directory` holds something else, or when less than `minimum_bytes` is found; nothing is left behind then.
    """
    directory = directory.absolute()
    if directory.is_dir() and any(directory.iterdir()):
        return _there(directory)
    directory.parent.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(prefix=f".{directory.name}-", dir=directory.parent))
    try:
        aside.chmod(0o755)  # mkdtemp's own is 0700, which Spark's workers under another user could not read
        _fill(aside, target_bytes, find_roots() if roots is None else roots, listener)
        _check_size(summarize(aside), minimum_bytes)
        os.replace(aside, directory)  # noqa: PTH105 (a folder onto an empty one, in one step)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return summarize(directory)


def _there(directory: Path) -> SampleSummary:
    summary = summarize(directory, already_there=True)
    if not summary.num_documents:
        raise RefusedError(f"{directory} holds something that is no sample; name a folder that is not there yet")
    return summary


def _check_size(summary: SampleSummary, minimum_bytes: int) -> None:
    if summary.num_bytes < minimum_bytes:
        kinds = ", ".join(f"{kind.name} {kind.num_bytes / 1e6:.1f} MB" for kind in summary.kinds)
        raise RefusedError(
            f"only {summary.num_bytes / 1e6:.1f} MB of text found on this machine ({kinds}), "
            f"{minimum_bytes / 1e6:.0f} MB are wanted: install Python's pages with `apt-get install python3.11-doc` "
            "(or run scripts/bootstrap.sh), or give `phloem run` an input of your own"
        )


def _fill(directory: Path, target_bytes: int, roots: Mapping[str, Path], listener: Listener) -> None:
    left = target_bytes
    left -= _write_web(directory / "web", int(target_bytes * _WEB_SHARE), roots, listener)
    modules = _heard("sources", module_documents(), lambda found: len(found.text.encode("utf-8", "replace")), listener)
    left -= write_parquet(
        modules, directory / "sources" / "docstrings.parquet", max_bytes=int(target_bytes * _SOURCES_SHARE)
    )
    _write_packages(directory / "packages", left, listener)


def _write_web(directory: Path, max_bytes: int, roots: Mapping[str, Path], listener: Listener) -> int:
    with serve(roots) as (host, port):
        pages = _heard("web", crawl(host, port, max_bytes=max_bytes), lambda page: len(page.body), listener)
        return write_archives(pages, directory)


def _write_packages(directory: Path, max_bytes: int, listener: Listener) -> None:
    """Equal shares for the kinds; what one doesn't fill goes to those behind it."""
    for number, kind in enumerate(KINDS):
        found = _heard("packages", documents(kind), lambda one: len(one.text.encode()), listener)
        share = max_bytes // (len(KINDS) - number)
        max_bytes -= write_json_lines(found, directory / f"{kind}{_SUFFIXES.get(kind, '.jsonl')}", max_bytes=share)


def _heard(kind: str, found: Iterable[_Found], size: Callable[[_Found], int], listener: Listener) -> Iterator[_Found]:
    num_bytes = 0
    for number, one in enumerate(found, start=1):
        num_bytes += size(one)
        listener(kind, number, num_bytes)
        yield one
