"""The kernels of MinHash: shingles of normalised words, their hashes, the smallest of each permutation."""

from typing import Any

import numpy as np
import numpy.typing as npt

from pipelines.text.minhash.hashes import sha1_64, xxh64
from pipelines.text.scan.compiled import inner, kernel
from pipelines.text.scan.memory import PADDING, Bytes, copy
from pipelines.text.scan.strings import Integers
from pipelines.text.words.lexicon import FIRST_NORMAL, NORMAL, NORMAL_BYTES, NUM_NORMAL, Lexicon

Hashes = npt.NDArray[np.uint64]

MERSENNE_PRIME = (1 << 61) - 1
"""Permutations are h → (a·h + b) mod 2^61 - 1, where a·h + b wraps at 2^64 as in the reference."""

_PRIME = np.uint64(MERSENNE_PRIME)
_BLOCK = 64  # hashes permuted at a time: they and a signature stay in the first-level cache


@inner
def modulo_prime(value: Any) -> Any:
    """`value` mod 2^61 - 1 without a division: 2^61 is 1, so the upper three bits are added to the lower 61."""
    folded = (value & _PRIME) + (value >> np.uint64(61))
    return min(folded, folded - _PRIME)  # below the prime the difference wraps and is larger


@inner
def put_words(
    chunk: npt.NDArray[np.int32], first: int, last: int, lexicon: Lexicon, text: Bytes, ends: Integers
) -> Any:
    """Write the normalised words of a document to `text`, one space between them, and their `ends`; how many."""
    facts = lexicon.facts
    number, end = 0, 0
    for occurrence in range(first, last):
        row = chunk[occurrence]
        copy(text, end, lexicon.normal, facts[row, NORMAL], facts[row, NORMAL_BYTES])
        begin = facts[row, FIRST_NORMAL]
        for word in range(begin, begin + facts[row, NUM_NORMAL]):
            end += lexicon.normal_lengths[word] + 1
            ends[number] = end - 1
            number += 1
    return number


@inner
def put_hashes(
    text: Bytes, ends: Integers, number: int, shingle_words: int, is_sha1: bool, memory: Any, hashes: Hashes
) -> Any:
    """The hash of each run of `shingle_words` of the `number` words; how many."""
    num_shingles = max(number - shingle_words + 1, 0)
    for shingle in range(num_shingles):
        start = ends[shingle - 1] + 1 if shingle > 0 else 0
        length = ends[shingle + shingle_words - 1] - start
        hashes[shingle] = sha1_64(text, start, length, memory) if is_sha1 else xxh64(text, start, length)
    return num_shingles


@inner
def sizes(chunk: npt.NDArray[np.int32], first: Integers, lexicon: Lexicon) -> Any:
    """Words and bytes of the documents with the most."""
    most_words, most_bytes = 0, 0
    for document in range(len(first) - 1):
        num_words, num_bytes = 0, 0
        for occurrence in range(first[document], first[document + 1]):
            num_words += lexicon.facts[chunk[occurrence], NUM_NORMAL]
            num_bytes += lexicon.facts[chunk[occurrence], NORMAL_BYTES]
        most_words, most_bytes = max(most_words, num_words), max(most_bytes, num_bytes)
    return most_words, most_bytes


@kernel
def sign(
    chunk: npt.NDArray[np.int32],
    first: Integers,
    lexicon: Lexicon,
    shingle_words: int,
    is_sha1: bool,
    factors: Hashes,
    summands: Hashes,
    signatures: Hashes,
) -> None:
    """Lower each document's signature to the smallest permuted hash of its shingles."""
    num_words, num_bytes = sizes(chunk, first, lexicon)
    text, ends = np.zeros(num_bytes + PADDING, np.uint8), np.empty(num_words, np.int64)
    hashes, memory = np.empty(num_words, np.uint64), np.zeros(80, np.uint32)
    for document in range(len(signatures)):
        number = put_words(chunk, first[document], first[document + 1], lexicon, text, ends)
        num_hashes = put_hashes(text, ends, number, shingle_words, is_sha1, memory, hashes)
        lower(hashes[:num_hashes], factors, summands, signatures[document])


@kernel
def lower(hashes: Hashes, factors: Hashes, summands: Hashes, signature: Hashes) -> None:
    """Lower each value of `signature` to the smallest permuted hash."""
    for start in range(0, len(hashes), _BLOCK):
        block = hashes[start : start + _BLOCK]
        for permutation in range(len(signature)):
            smallest, factor, summand = signature[permutation], factors[permutation], summands[permutation]
            for index in range(len(block)):
                smallest = min(smallest, modulo_prime(block[index] * factor + summand))
            signature[permutation] = smallest


@kernel
def shingle_hashes_of(
    chunk: npt.NDArray[np.int32], first: Integers, lexicon: Lexicon, shingle_words: int, is_sha1: bool
) -> Any:
    """The hashes of all shingles of a single document."""
    num_words, num_bytes = sizes(chunk, first, lexicon)
    text, ends = np.zeros(num_bytes + PADDING, np.uint8), np.empty(num_words, np.int64)
    hashes, memory = np.empty(num_words, np.uint64), np.zeros(80, np.uint32)
    number = put_words(chunk, 0, len(chunk), lexicon, text, ends)
    return hashes[: put_hashes(text, ends, number, shingle_words, is_sha1, memory, hashes)]
