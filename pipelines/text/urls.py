"""Whether a URL is banned: by its domain, its host, itself, or the words in it.

Decisions and reasons are those of datatrove 0.10.1's URLFilter, FineWeb's first step (`benchmarks/text/urls.py`
compares them), with what that implies: hosts and words are compared as written, only substrings in lower case, which
suits what crawlers write; a banned URL counts with its scheme; an IP address has no domain and is no host. Nothing is
fetched: the public suffix list is the snapshot that tldextract ships, without its private part (`blogspot.com` is a
registered domain, `co.uk` is not).
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, fields
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from blake3 import blake3
from xxhash import xxh3_64_intdigest

from pipelines.errors import RefusedError
from pipelines.text.scan.columns import Texts, as_array

LIST_KINDS = ("domains", "urls", "banned_words", "soft_banned_words", "banned_subwords")
"""What can be banned, in the order in which it is asked."""

REASONS = ("domain", "subdomain", "url", "hard_blacklisted", "soft_blacklisted", "blacklisted_subword")
"""What a document is rejected by, in the reference's words and order; the two first are both of `domains`."""

_SEPARATORS = re.compile("[^a-zA-Z0-9]+")

Hashes = npt.NDArray[np.uint64]


@dataclass(frozen=True, eq=False)
class BanLists:
    """The lists in the form in which they are asked. `ban_lists` makes them."""

    domains: Hashes
    """Sorted hashes of registered domains and of hosts: 36 MB for the 4.6 million of FineWeb's list, in each worker,
    where a set of strings takes 0.5 GB. 64 bits of XXH3: at that size one URL in 4e12 is banned by mistake."""
    urls: Hashes
    banned_words: frozenset[str]
    soft_banned_words: frozenset[str]
    banned_subwords: tuple[str, ...]

    def content_hash(self) -> str:
        """32 hexadecimal digits of BLAKE3: the same for the same entries, in whatever order and files they came."""
        digest = blake3()
        for field in fields(self):
            entries = getattr(self, field.name)
            data = entries.tobytes() if isinstance(entries, np.ndarray) else "\n".join(sorted(entries)).encode()
            digest.update(f"{field.name} {len(data)}\n".encode() + data)
        return digest.hexdigest(16)


def list_entries(kind: str, lines: Iterable[str]) -> Iterable[str]:
    """The entries on `lines`: one each, stripped; blank lines and those that begin with `#` are none.

    Of a word only ASCII letters and digits count, in lower case (`Two words` is `twowords`), for the parts of a URL
    have no others. A word without any is refused: in the reference it bans every URL that ends in a slash.
    """
    for number, line in enumerate(lines, 1):
        entry = line.strip()
        if not entry or line.startswith("#"):
            continue
        if "\0" in entry:
            raise RefusedError(f"line {number} holds U+0000: it is no text; unpack it, or write it again")
        if kind == "domains" and ("/" in entry or len(entry.split()) > 1):
            raise RefusedError(f"line {number}: {entry!r} is no domain: one a line, without scheme, path and blanks")
        if kind in {"domains", "urls"}:
            yield entry
        elif word := _SEPARATORS.sub("", entry).lower():
            yield word
        else:
            raise RefusedError(f"line {number}: {entry!r} has no letter a-z and no digit, so no URL can hold it")


def ban_lists(entries: dict[str, Iterable[str]]) -> BanLists:
    """From `LIST_KINDS` to entries, as `list_entries` gives them; a kind that is missing bans nothing."""
    hashed = {kind: np.unique(_hashes(entries.get(kind, ()))) for kind in LIST_KINDS[:2]}
    words = {kind: frozenset(entries.get(kind, ())) for kind in LIST_KINDS[2:]}
    return BanLists(
        hashed["domains"],
        hashed["urls"],
        words["banned_words"],
        words["soft_banned_words"],
        tuple(sorted(words["banned_subwords"])),
    )


def registered_domain_and_host(url: str) -> tuple[str, str]:
    """(`bbc.co.uk`, `news.bbc.co.uk`) of a URL with or without scheme; empty for IP addresses and unknown suffixes."""
    found = _suffixes()(url)
    return found.top_domain_under_public_suffix, found.fqdn


def judge_urls(urls: Texts, lists: BanLists, soft_word_threshold: int = 2) -> pa.Table:
    """One row per URL: `rejected_by`, `url_reasons` and `num_soft_banned_words`.

    `rejected_by` is the first reason or null, `url_reasons` every reason in order, separated by spaces.
    """
    values = as_array(urls).to_pylist()
    hosts = [registered_domain_and_host(url) for url in values]
    banned = (
        _found([domain for domain, _ in hosts], lists.domains),
        _found([host for _, host in hosts], lists.domains),
        _found(values, lists.urls),
    )
    letters = [_SEPARATORS.sub("", url).lower() for url in values]
    together = "\n".join(letters)  # most subwords are in no URL of a batch: half the time of asking each URL
    subwords = [subword for subword in lists.banned_subwords if subword in together]
    reasons, num_soft_words = [], []
    for url, plain, *by_place in zip(values, letters, *banned, strict=True):
        words = set(_SEPARATORS.split(url))
        num_soft_words.append(len(lists.soft_banned_words & words))
        failed = (
            *by_place,
            not lists.banned_words.isdisjoint(words),
            num_soft_words[-1] >= soft_word_threshold,
            any(subword in plain for subword in subwords),
        )
        reasons.append([reason for reason, fails in zip(REASONS, failed, strict=True) if fails])
    return pa.table(
        {
            "rejected_by": pa.array([next(iter(found), None) for found in reasons], pa.string()),
            "url_reasons": pa.array(map(" ".join, reasons), pa.string()),
            "num_soft_banned_words": pa.array(num_soft_words, pa.int32()),
        }
    )


def _found(values: list[str], hashes: Hashes) -> list[bool]:
    """Which of `values` are among the sorted `hashes`."""
    if not hashes.size:
        return [False] * len(values)
    wanted = _hashes(values)
    places = np.minimum(np.searchsorted(hashes, wanted), hashes.size - 1)
    found: list[bool] = (hashes[places] == wanted).tolist()
    return found


def _hashes(values: Iterable[str]) -> Hashes:
    return np.fromiter((xxh3_64_intdigest(value.encode()) for value in values), np.uint64)


@cache
def _suffixes() -> Any:
    # Here and not above: it takes 0.2 s, for `requests`, which is not asked here.
    from tldextract import TLDExtract  # noqa: PLC0415

    return TLDExtract(cache_dir=None, suffix_list_urls=())
