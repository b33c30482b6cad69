"""MinHash signatures that find near duplicates (Broder 1997), with the parameters of FineWeb (arXiv:2406.17557, 3.4).

Text → normalised words → shingles of 5 words → 64-bit hashes → for each of 112 permutations the smallest value. Two
texts share one signature value with a probability equal to the Jaccard similarity of their shingles. In 14 bands of 8,
two texts of similarity s meet in some band with probability 1 - (1 - s^8)^14: 0.77 at 0.75, 0.92 at 0.8, 0.9996 at 0.9.
Signatures are bit for bit those of datatrove 0.10.1.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
import numpy.typing as npt

from pipelines.errors import RefusedError
from pipelines.text.minhash.shingles import MERSENNE_PRIME, Hashes, shingle_hashes_of, sign
from pipelines.text.scan.columns import Texts
from pipelines.text.scan.strings import Integers
from pipelines.text.scan.walk import LOCK, Scan, scans
from pipelines.text.words.english import english
from pipelines.text.words.lexicon import Lexicon

HASH_NAMES = ("xxh64", "sha1")

NO_SIGNATURE = np.uint64(0xFFFF_FFFF_FFFF_FFFF)
"""Every value of a row without signature; a true value is below 2^61."""


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
        if self.hash_name not in HASH_NAMES:
            faults.append(f"MinHash.hash_name is {self.hash_name!r}: choose one of {', '.join(HASH_NAMES)}")
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
        with LOCK:
            parts = [self._signed(scan) for scan in scans(texts)]
        return np.concatenate(parts) if parts else np.empty((0, self.num_permutations), np.uint64)

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
        with LOCK:
            hashes = [shingle_hashes_of(*_read(scan), self.shingle_words, self._is_sha1) for scan in scans([text])]
        return np.unique(np.concatenate(hashes))

    @property
    def _is_sha1(self) -> bool:
        return self.hash_name == "sha1"

    @cached_property
    def _permutations(self) -> tuple[Hashes, Hashes]:
        """Factors and summands, uint64 of shape [`num_permutations`]."""
        # The legacy generator: its stream for a seed is frozen, and it is the reference's.
        random = np.random.RandomState(self.seed)
        shape = (self.num_permutations,)
        factors = random.randint(1, MERSENNE_PRIME, shape, np.uint64)
        return factors, random.randint(0, MERSENNE_PRIME, shape, np.uint64)

    def _signed(self, scan: Scan) -> Hashes:
        signatures = np.full((scan.num_documents, self.num_permutations), NO_SIGNATURE, np.uint64)
        sign(*_read(scan), self.shingle_words, self._is_sha1, *self._permutations, signatures)
        return signatures


def _read(scan: Scan) -> tuple[npt.NDArray[np.int32], Integers, Lexicon]:
    """What the kernels read of a scan: chunks, where documents begin, and what is known of chunks."""
    known = english()
    known.learn()
    return scan.chunk, scan.first, known.lexicon


def jaccard(left: Hashes, right: Hashes) -> float:
    """Jaccard similarity of two texts' `shingle_hashes`: shared over all; 0 if both are empty."""
    num_shared = len(np.intersect1d(left, right, assume_unique=True))
    num_all = len(left) + len(right) - num_shared
    return num_shared / num_all if num_all else 0.0


def _mixed(values: Hashes) -> Hashes:
    """The finaliser of SplitMix64 (Steele, Lea and Flood 2014): each bit of the input moves each of the output."""
    values = values + np.uint64(0x9E3779B97F4A7C15)
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))
