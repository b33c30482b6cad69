"""MinHash signatures that find near duplicates (Broder 1997), with the parameters of FineWeb (arXiv:2406.17557, 3.4).

Text → normalised words → shingles of 5 words → 64-bit hashes → for each of 112 permutations the smallest value. Two
texts share one signature value with a probability equal to the Jaccard similarity of their shingles. In 14 bands of 8,
two texts of similarity s meet in some band with probability 1 - (1 - s^8)^14: 0.77 at 0.75, 0.92 at 0.8, 0.9996 at 0.9.
Signatures are bit for bit those of datatrove 0.10.1.
"""

import hashlib
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Literal

import numpy as np
import numpy.typing as npt
import xxhash
from twins.words import words

from pipelines.errors import RefusedError
from pipelines.text.characters import DIGITS, SYMBOLS
from pipelines.text.scan.columns import Texts, as_array

Hashes = npt.NDArray[np.uint64]

MERSENNE_PRIME = (1 << 61) - 1
"""Permutations are h → (a·h + b) mod 2^61 - 1, where a·h + b wraps at 2^64 as in the reference."""

NO_SIGNATURE = np.uint64(0xFFFF_FFFF_FFFF_FFFF)
"""Every value of a row without signature; a true value is below 2^61."""

_BLOCK = 256  # shingles permuted at a time: 112 x 256 x 8 bytes stay in the second-level cache
_DIGIT = f"[{re.escape(''.join(sorted(DIGITS)))}]+"
_NUMBER = re.compile(rf"{_DIGIT}(?:[.,،٫⎖⎗⎘]{_DIGIT})?")
_SYMBOLS_TO_SPACE = dict.fromkeys(map(ord, SYMBOLS), " ")


def _sha1_64(data: bytes) -> int:
    # FineWeb's option: a fingerprint, not a secret.
    return int.from_bytes(hashlib.sha1(data, usedforsecurity=False).digest()[:8], "little")


_HASHES: dict[str, Callable[[bytes], int]] = {"xxh64": xxhash.xxh64_intdigest, "sha1": _sha1_64}


@dataclass(frozen=True)
class MinHash:
    """How signatures are made. All fields are identity: signatures of different parameters do not compare."""

    num_bands: int = 14
    """Keys per text; two texts are candidates if one key is the same."""
    rows_per_band: int = 8
    """Signature values in one key."""
    shingle_words: int = 5
    """Words in a shingle; a text with fewer words has no signature."""
    seed: int = 1
    """Seed of numpy's `RandomState`, from which the permutations come."""
    hash_name: Literal["xxh64", "sha1"] = "xxh64"
    """Hash of a shingle: xxHash64, or the first 8 bytes of SHA-1, little-endian."""

    def __post_init__(self) -> None:
        """Refuse parameters that make no signature.

        Raises:
            RefusedError: a size below 1, or an unknown hash; all faults at once.
        """
        sizes = {name: getattr(self, name) for name in ("num_bands", "rows_per_band", "shingle_words")}
        faults = [f"MinHash.{name} is {size}: it must be at least 1" for name, size in sizes.items() if size < 1]
        if self.hash_name not in _HASHES:
            faults.append(f"MinHash.hash_name is {self.hash_name!r}: choose one of {', '.join(_HASHES)}")
        if faults:
            raise RefusedError(*faults)

    @property
    def num_permutations(self) -> int:
        """Values in a signature."""
        return self.num_bands * self.rows_per_band

    def signatures(self, texts: Texts) -> Hashes:
        """Signatures, uint64 of shape [number of texts, `num_permutations`]; `NO_SIGNATURE` throughout for short texts.

        Raises:
            RefusedError: `texts` is no string column or list of strings, or one of them is missing.
        """
        strings = as_array(texts).to_pylist()
        result = np.full((len(strings), self.num_permutations), NO_SIGNATURE, np.uint64)
        for row, text in enumerate(strings):
            self._minima(self.shingle_hashes(text), result[row])
        return result

    def has_signature(self, signatures: Hashes) -> npt.NDArray[np.bool_]:
        """Which rows of `signatures` are one; the others must never be compared."""
        return np.not_equal(signatures[:, 0], NO_SIGNATURE)

    def bands(self, signatures: Hashes) -> Hashes:
        """Keys to join on, uint64 of shape [rows, `num_bands`]; a key of one band never stands for another band.

        Leave rows without signature out first (`has_signature`): they all have the same keys.
        """
        rows = signatures.reshape(len(signatures), self.num_bands, self.rows_per_band)
        keys = np.broadcast_to(np.arange(self.num_bands, dtype=np.uint64), rows.shape[:2])
        for row in range(self.rows_per_band):
            keys = _mixed(keys ^ rows[:, :, row])
        return keys

    def shingle_hashes(self, text: str) -> Hashes:
        """The hashes of the distinct shingles of `text`, sorted; empty for a short text."""
        tokens = words(normalised(text))
        hash_of = _HASHES[self.hash_name]
        last = len(tokens) - self.shingle_words + 1
        shingles = {" ".join(tokens[start : start + self.shingle_words]).encode() for start in range(last)}
        return np.unique(np.fromiter(map(hash_of, shingles), np.uint64, len(shingles)))

    @cached_property
    def _permutations(self) -> tuple[Hashes, Hashes]:
        """Factors and summands, uint64 of shape [`num_permutations`, 1]."""
        # The legacy generator: its stream for a seed is frozen, and it is the reference's.
        random = np.random.RandomState(self.seed)
        shape = (self.num_permutations, 1)
        factors = random.randint(1, MERSENNE_PRIME, shape, np.uint64)
        return factors, random.randint(0, MERSENNE_PRIME, shape, np.uint64)

    def _minima(self, hashes: Hashes, signature: Hashes) -> None:
        """Lower each value of `signature` to the smallest permuted hash."""
        factors, summands = self._permutations
        for start in range(0, len(hashes), _BLOCK):
            permuted = _modulo_prime(hashes[start : start + _BLOCK] * factors + summands)
            np.minimum(signature, permuted.min(axis=1), out=signature)


def jaccard(left: Hashes, right: Hashes) -> float:
    """Jaccard similarity of two texts' `shingle_hashes`: shared over all; 0 if both are empty."""
    num_shared = len(np.intersect1d(left, right, assume_unique=True))
    num_all = len(left) + len(right) - num_shared
    return num_shared / num_all if num_all else 0.0


def normalised(text: str) -> str:
    """`text` in lower case, numbers as 0, punctuation as spaces, whitespace collapsed, without combining marks."""
    return " ".join(part for part in map(_normalised_chunk, text.split()) if part is not None).strip()


@lru_cache(maxsize=1 << 17)
def _normalised_chunk(chunk: str) -> str | None:
    """A whitespace-free piece of text, normalised; None if it is punctuation alone.

    No step looks across whitespace, so a text is normalised by its chunks. One that is combining marks alone becomes
    empty, not None: the reference removes marks after it collapses whitespace, and the double space stays.
    """
    if chunk.isascii() and chunk.isalpha():
        return chunk.lower()
    spaced = _NUMBER.sub("0", chunk.lower()).translate(_SYMBOLS_TO_SPACE).split()
    if not spaced:
        return None
    joined = " ".join(spaced)
    if joined.isascii():
        return joined
    return "".join(c for c in unicodedata.normalize("NFD", joined) if unicodedata.category(c) != "Mn")


def _modulo_prime(values: Hashes) -> Hashes:
    """`values` mod 2^61 - 1 without a division: 2^61 is 1, so the upper three bits are added to the lower 61."""
    folded = (values & np.uint64(MERSENNE_PRIME)) + (values >> np.uint64(61))
    return np.minimum(folded, folded - np.uint64(MERSENNE_PRIME))  # below the prime the difference wraps and is larger


def _mixed(values: Hashes) -> Hashes:
    """The finaliser of SplitMix64 (Steele, Lea and Flood 2014): each bit of the input moves each of the output."""
    values = values + np.uint64(0x9E3779B97F4A7C15)
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))
