"""What `pipelines.text.minhash` computes, in plain Python (Broder 1997; parameters of FineWeb, arXiv:2406.17557, 3.4).

Text → normalised words → shingles → 64-bit hashes → for each permutation the smallest value.
"""

import hashlib
import re
import unicodedata
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import xxhash
from twins.words import words

from pipelines.text.characters import DIGITS, SYMBOLS
from pipelines.text.minhash import MERSENNE_PRIME, NO_SIGNATURE, MinHash

_DIGIT = f"[{re.escape(''.join(sorted(DIGITS)))}]+"
_NUMBER = re.compile(rf"{_DIGIT}(?:[.,،٫⎖⎗⎘]{_DIGIT})?")
_SYMBOLS_TO_SPACE = dict.fromkeys(map(ord, SYMBOLS), " ")


def signature(minhash: MinHash, text: str) -> npt.NDArray[np.uint64]:
    """The smallest (a·h + b) mod 2^61 - 1 over the shingles for each (a, b), where a·h + b wraps at 2^64."""
    hashes = np.array(sorted(shingle_hashes(minhash, text)), np.uint64)
    if not len(hashes):
        return np.full(minhash.num_permutations, NO_SIGNATURE)
    factors, summands = permutations(minhash)
    return np.array(
        [((hashes * a + b) % np.uint64(MERSENNE_PRIME)).min() for a, b in zip(factors, summands, strict=True)]
    )


def shingle_hashes(minhash: MinHash, text: str) -> set[int]:
    """The hashes of the shingles."""
    tokens = words(normalised(text))
    size = minhash.shingle_words
    shingles = {" ".join(tokens[start : start + size]).encode() for start in range(len(tokens) - size + 1)}
    return {_sha1_64(each) if minhash.hash_name == "sha1" else xxhash.xxh64_intdigest(each) for each in shingles}


def permutations(minhash: MinHash) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.uint64]]:
    """Factors and summands: the legacy generator, whose stream for a seed is frozen, and is the reference's."""
    random = np.random.RandomState(minhash.seed)
    factors = random.randint(1, MERSENNE_PRIME, minhash.num_permutations, np.uint64)
    return factors, random.randint(0, MERSENNE_PRIME, minhash.num_permutations, np.uint64)


def _sha1_64(data: bytes) -> int:
    return int.from_bytes(hashlib.sha1(data, usedforsecurity=False).digest()[:8], "little")


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
