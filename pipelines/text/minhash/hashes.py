"""The two hashes of a shingle: xxHash64 (Collet 2012), and the first eight bytes of SHA-1 (FIPS 180-4)."""

from typing import Any

import numpy as np
import numpy.typing as npt

from pipelines.text.scan.compiled import inner, kernel
from pipelines.text.scan.memory import Bytes, load8

_PRIME_1 = np.uint64(0x9E3779B185EBCA87)
_PRIME_2 = np.uint64(0xC2B2AE3D27D4EB4F)
_PRIME_3 = np.uint64(0x165667B19E3779F9)
_PRIME_4 = np.uint64(0x85EBCA77C2B2AE63)
_PRIME_5 = np.uint64(0x27D4EB2F165667C5)
_LOW_32 = np.uint64(0xFFFFFFFF)

_SHA1_START = tuple(map(np.uint32, (0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0)))
_SHA1_ROUND = np.array([0x5A827999, 0x6ED9EBA1, 0x8F1BBCDC, 0xCA62C1D6], np.uint32)


@inner
def rotated64(value: Any, bits: int) -> Any:
    """`value` with its bits moved up around the end."""
    return value << np.uint64(bits) | value >> np.uint64(64 - bits)


@inner
def one_round(lane: Any, data: Any) -> Any:
    """xxHash64's step for eight bytes."""
    return rotated64(lane + data * _PRIME_2, 31) * _PRIME_1


@kernel
def xxh64(source: Bytes, start: int, length: int) -> Any:
    """xxHash64 of `length` bytes with seed 0."""
    place, end = start, start + length
    value = _PRIME_5
    if length >= 32:
        first, second = _PRIME_1 + _PRIME_2, _PRIME_2
        third, fourth = np.uint64(0), np.uint64(0) - _PRIME_1
        while place + 32 <= end:
            first = one_round(first, load8(source, place))
            second = one_round(second, load8(source, place + 8))
            third = one_round(third, load8(source, place + 16))
            fourth = one_round(fourth, load8(source, place + 24))
            place += 32
        value = rotated64(first, 1) + rotated64(second, 7) + rotated64(third, 12) + rotated64(fourth, 18)
        for lane in (first, second, third, fourth):
            value = (value ^ one_round(np.uint64(0), lane)) * _PRIME_1 + _PRIME_4
    value += np.uint64(length)
    while place + 8 <= end:
        value = rotated64(value ^ one_round(np.uint64(0), load8(source, place)), 27) * _PRIME_1 + _PRIME_4
        place += 8
    if place + 4 <= end:
        value = rotated64(value ^ (load8(source, place) & _LOW_32) * _PRIME_1, 23) * _PRIME_2 + _PRIME_3
        place += 4
    while place < end:
        value = rotated64(value ^ np.uint64(source[place]) * _PRIME_5, 11) * _PRIME_1
        place += 1
    value = (value ^ value >> np.uint64(33)) * _PRIME_2
    value = (value ^ value >> np.uint64(29)) * _PRIME_3
    return value ^ value >> np.uint64(32)


@inner
def rotated32(value: Any, bits: int) -> Any:
    """`value` of 32 bits with its bits moved up around the end."""
    return np.uint32(value << np.uint32(bits) | value >> np.uint32(32 - bits))


@inner
def message_word(source: Bytes, start: int, length: int, word: int, num_words: int) -> Any:
    """One of the message's 32-bit words: its bytes, 0x80, zeros, and its length in bits in the last two."""
    if word >= num_words - 2:
        return np.uint32(np.uint64(8 * length) >> np.uint64(32 * (num_words - 1 - word)) & _LOW_32)
    value = np.uint32(0)
    for place in range(4 * word, 4 * word + 4):
        byte = source[start + place] if place < length else np.uint8(0x80 if place == length else 0)
        value = np.uint32(np.uint32(value << np.uint32(8)) | np.uint32(byte))
    return value


@kernel
def sha1_64(source: Bytes, start: int, length: int, words: npt.NDArray[np.uint32]) -> Any:
    """The first eight bytes of SHA-1, little-endian; `words` is working memory for 80."""
    num_blocks = (length + 8) // 64 + 1
    state_a, state_b, state_c, state_d, state_e = _SHA1_START
    for block in range(num_blocks):
        for word in range(16):
            words[word] = message_word(source, start, length, 16 * block + word, 16 * num_blocks)
        for word in range(16, 80):
            words[word] = rotated32(words[word - 3] ^ words[word - 8] ^ words[word - 14] ^ words[word - 16], 1)
        a, b, c, d, e = state_a, state_b, state_c, state_d, state_e
        for step in range(80):
            if step < 20:
                chosen = np.uint32(b & c | ~b & d)
            elif 40 <= step < 60:
                chosen = np.uint32(b & c | b & d | c & d)
            else:
                chosen = np.uint32(b ^ c ^ d)
            total = np.uint32(rotated32(a, 5) + chosen + e + _SHA1_ROUND[step // 20] + words[step])
            a, b, c, d, e = total, a, rotated32(b, 30), c, d
        state_a, state_b = np.uint32(state_a + a), np.uint32(state_b + b)
        state_c, state_d, state_e = np.uint32(state_c + c), np.uint32(state_d + d), np.uint32(state_e + e)
    return np.uint64(swapped(state_b)) << np.uint64(32) | np.uint64(swapped(state_a))


@inner
def swapped(value: Any) -> Any:
    """The four bytes of `value` in the other order."""
    value = np.uint64(value)
    low = (value & np.uint64(0xFF)) << np.uint64(24) | (value & np.uint64(0xFF00)) << np.uint64(8)
    return low | (value >> np.uint64(8)) & np.uint64(0xFF00) | value >> np.uint64(24)
