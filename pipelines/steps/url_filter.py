"""Documents of banned sites, told by their URL alone: the first thing FineWeb does, before anything is extracted.

Lists are data. A list is a folder (or URI) that holds any of the files `domains`, `urls`, `banned_words`,
`soft_banned_words` and `banned_subwords`, each with or without `.txt`: UTF-8, one entry a line; blank lines and lines
that begin with `#` are none. A category of UT1 (`adult/domains`, `adult/urls`) is such a folder as it is, and so are
FineWeb's lists, which the datatrove wheel ships: `datatrove/assets`, and what the archive in it holds.

    tar -xzf datatrove/assets/url_filterblacklistsv0_3_0.tar.gz -C lists/fineweb
    UrlFilter(lists=("lists/fineweb", "datatrove/assets"))

Ours (`adult`, `gambling`) are small and of our own making: a start, no replacement for those.
"""

import io
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import resources
from itertools import chain
from typing import IO, ClassVar

import pyarrow as pa

from pipelines.errors import PhloemError, RecipeError, RefusedError, SiteError
from pipelines.steps.columns import column, measured, rejected, with_column
from pipelines.storage import Stores, join
from pipelines.text.urls import LIST_KINDS, BanLists, ban_lists, judge_urls, list_entries
from schemas import Field

OUR_LISTS = ("adult", "gambling")
"""Names of the lists that ship with Phloem; anything else is a folder or URI (`./adult` for a folder of that name)."""


@dataclass(frozen=True)
class UrlFilter:
    """Rejects (`domain`, `subdomain`, `url`, `hard_blacklisted`, `soft_blacklisted`, `blacklisted_subword`) by URL.

    A document without a URL passes. RecipeError names every list that is not there or is no text; SiteError where the
    step is called and a list holds something else than when the recipe was read.
    """

    lists: tuple[str, ...] = field(default=("adult",), metadata={"decides_bytes": False})
    """Ours by name, others by folder or URI (read with the standard credentials: a recipe knows no site)."""
    domains: tuple[str, ...] = ()
    """Registered domains and hosts, beside those of `lists`; the four below likewise."""
    urls: tuple[str, ...] = ()
    banned_words: tuple[str, ...] = ()
    """One such part of a URL (parts are what is between other than letters and digits) is enough."""
    soft_banned_words: tuple[str, ...] = ()
    banned_subwords: tuple[str, ...] = ()
    """Looked for in the URL's letters and digits run together."""
    soft_word_threshold: int = 2
    """So many different soft words are enough (FineWeb)."""
    lists_hash: str = field(default="", init=False)
    """What all entries together are: they decide bytes, the places they were read from do not."""

    adds: ClassVar[tuple[Field, ...]] = (
        Field("url_reasons", pa.string(), "every reason by which the URL is banned; null: no URL"),
        Field("num_soft_banned_words", pa.int32(), "different soft words in the URL", minimum=0),
    )

    def __post_init__(self) -> None:
        """Read the lists and take down what they hold."""
        if self.soft_word_threshold < 1:
            raise RecipeError(f"soft_word_threshold is {self.soft_word_threshold}, must be at least 1")
        for name in ("lists", *LIST_KINDS):
            if isinstance(value := getattr(self, name), str):
                raise RecipeError(f"{name} is {value!r}, a string: give a tuple, ({value!r},)")
        object.__setattr__(self, "lists_hash", _read(self).content_hash())

    def __call__(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Judges every URL, whatever was decided before."""
        lists = _lists_of(self)
        judged = measured(batch, lambda urls: judge_urls(urls, lists, self.soft_word_threshold), of="url")
        for added in self.adds:
            batch = with_column(batch, added.name, column(judged, added.name))
        return rejected(batch, column(judged, "rejected_by"))


@lru_cache(maxsize=4)
def _lists_of(step: UrlFilter) -> BanLists:
    """Read once in a worker, not sent to it."""
    found = _read(step)
    if found.content_hash() != step.lists_hash:
        raise SiteError(
            f"the lists {', '.join(step.lists)} on {socket.gethostname()} hold something else than when the recipe was "
            "read: give every worker the same files"
        )
    return found


def _read(step: UrlFilter) -> BanLists:
    faults: list[str] = []
    places = {place: _files(place, faults) for place in step.lists}
    if not faults:
        try:
            return ban_lists({kind: chain(_own(kind, step), *_entries(kind, places)) for kind in LIST_KINDS})
        except RefusedError as error:
            faults = [*error.faults]
    raise RecipeError(*faults)


def _files(place: str, faults: list[str]) -> dict[str, list[str]]:
    """Kind → the files of it that `place` has; a fault if it has none at all."""
    found: dict[str, list[str]] = {}
    try:
        for kind in LIST_KINDS:
            names = [join(place, name) for name in (kind, f"{kind}.txt")]
            found[kind] = [name for name in names if _is_there(place, name)]
    except PhloemError as error:
        faults.append(f"list {place!r}: {error}")
        return {}
    if not any(found.values()):
        faults.append(
            f"list {place!r} is none of ours ({', '.join(OUR_LISTS)}) and no folder with any of {', '.join(LIST_KINDS)}"
        )
    return found


def _is_there(place: str, name: str) -> bool:
    return _ours(name).is_file() if place in OUR_LISTS else Stores().exists(name)


def _ours(name: str) -> resources.abc.Traversable:
    return resources.files("pipelines.steps").joinpath("url_lists", name)


def _open(place: str, name: str) -> IO[bytes]:
    return _ours(name).open("rb") if place in OUR_LISTS else Stores().open(name)


def _own(kind: str, step: UrlFilter) -> Iterator[str]:
    try:
        yield from list_entries(kind, getattr(step, kind))
    except RefusedError as error:
        raise RefusedError(f"{kind}: {error}") from error


def _entries(kind: str, places: dict[str, dict[str, list[str]]]) -> Iterator[Iterator[str]]:
    for place, files in places.items():
        for name in files[kind]:
            yield _entries_of(kind, place, name)


def _entries_of(kind: str, place: str, name: str) -> Iterator[str]:
    """A line at a time: FineWeb's domains are 124 MB."""
    try:
        with _open(place, name) as stream:
            yield from list_entries(kind, io.TextIOWrapper(stream, encoding="utf-8"))
    except UnicodeDecodeError as error:
        raise RefusedError(f"{name} is no text in UTF-8 ({error.reason}): unpack it, or write it again") from error
    except RefusedError as error:
        raise RefusedError(f"{name}, {error}") from error
