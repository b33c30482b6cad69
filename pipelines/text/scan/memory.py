"""Bytes of UTF-8 text in an array: reading eight at a time, hashing, comparing, copying, code points, whitespace.

Arrays are uint8 and hold at least `PADDING` bytes behind the last one that means something, because eight bytes are
read and written where fewer may be left.
"""

import sys
from functools import reduce
from typing import Any

import numpy as np
import numpy.typing as npt
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from pipelines.text.scan.compiled import INTERPRETED, inner, kernel

Bytes = npt.NDArray[np.uint8]

PADDING = 64
"""Zero bytes behind a text's last byte."""

if sys.byteorder != "little":  # pragma: no cover
    raise ImportError("the text kernels read bytes in the order of x86-64 and ARM: this machine has another")

# Odd 64-bit constants: 2^64 divided by the golden ratio, and the multipliers of SplitMix64 (Steele, Lea, Flood 2014).
GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_FIRST = np.uint64(0xBF58476D1CE4E5B9)
_SECOND = np.uint64(0x94D049BB133111EB)
_LOW_BYTES = np.array([(1 << (8 * size)) - 1 for size in range(9)], np.uint64)

# What a byte can be to whitespace: 0 nothing, 1 whitespace, 2 the first byte of a character that may be.
SPACE_CLASS = np.zeros(256, np.uint8)
SPACE_CLASS[[0x09, 0x0A, 0x0B, 0x0C, 0x0D, 0x1C, 0x1D, 0x1E, 0x1F, 0x20]] = 1
SPACE_CLASS[[0xC2, 0xE1, 0xE2, 0xE3]] = 2

# The same for the line breaks of str.splitlines.
BREAK_CLASS = np.zeros(256, np.uint8)
BREAK_CLASS[[0x0A, 0x0B, 0x0C, 0x0D, 0x1C, 0x1D, 0x1E]] = 1
BREAK_CLASS[[0xC2, 0xE2]] = 2


if INTERPRETED:

    def load8(source: Bytes, place: int) -> np.uint64:
        """Eight bytes as a little-endian number."""
        return np.uint64(source[place : place + 8].view(np.uint64)[0])

    def store8(target: Bytes, place: int, value: np.uint64) -> None:
        """The reverse of `load8`."""
        target[place : place + 8].view(np.uint64)[0] = value

    def prefetch(table: Any, place: Any) -> None:
        """Nothing to be had in an interpreter."""

    def space_bits(source: Bytes, place: int) -> np.uint64:
        """Of 64 bytes, one bit each: may whitespace begin here?"""
        return np.uint64(sum(1 << bit for bit in range(64) if SPACE_CLASS[source[place + bit]]))

    def trailing_zeros(bits: np.uint64) -> int:
        """Place of the lowest bit that is set."""
        return (int(bits) & -int(bits)).bit_length() - 1

else:

    @intrinsic  # type: ignore[untyped-decorator]
    def prefetch(_typing: Any, table: Any, place: Any) -> Any:  # noqa: ARG001 as below
        """Have the processor fetch element `place` of a contiguous array: it will be asked for in some 100 ns."""

        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            array = context.make_array(signature.args[0])(context, builder, arguments[0])
            byte = ir.IntType(8).as_pointer()
            distance = builder.mul(arguments[1], array.itemsize)
            address = builder.gep(builder.bitcast(array.data, byte), [distance], source_etype=ir.IntType(8))
            number = ir.IntType(32)
            kind = ir.FunctionType(ir.VoidType(), [byte, number, number, number])
            fetch = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0")
            builder.call(fetch, [address, number(0), number(3), number(1)])
            return context.get_dummy_value()

        return types.void(table, types.intp), generate

    @intrinsic  # type: ignore[untyped-decorator]
    def space_bits(_typing: Any, source: Any, place: Any) -> Any:  # noqa: ARG001 as below
        """Of 64 bytes, one bit each: may whitespace begin here?"""

        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            lanes = ir.VectorType(ir.IntType(8), 64)
            pointer = builder.bitcast(_pointer(context, builder, signature, arguments), lanes.as_pointer())
            found = builder.load(pointer, typ=lanes)
            found.align = 1

            def within(first: int, size: int) -> Any:
                start, length = ir.Constant(lanes, [first] * 64), ir.Constant(lanes, [size] * 64)
                return builder.icmp_unsigned("<", builder.sub(found, start), length)

            ranges = (within(0x09, 5), within(0x1C, 5), within(0xC2, 1), within(0xE1, 3))
            return builder.bitcast(reduce(builder.or_, ranges), ir.IntType(64))

        return types.uint64(source, types.intp), generate

    @intrinsic  # type: ignore[untyped-decorator]
    def trailing_zeros(_typing: Any, bits: Any) -> Any:  # noqa: ARG001 as below
        """Place of the lowest bit that is set."""

        def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
            return builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 1))

        return types.int64(types.uint64), generate

    @intrinsic  # type: ignore[untyped-decorator]
    def load8(_typing: Any, source: Any, place: Any) -> Any:  # noqa: ARG001 numba asks for the arguments' types
        """Eight bytes as a little-endian number, at any address."""

        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            pointer = _pointer(context, builder, signature, arguments)
            loaded = builder.load(pointer, typ=ir.IntType(64))
            loaded.align = 1
            return loaded

        return types.uint64(source, types.intp), generate

    @intrinsic  # type: ignore[untyped-decorator]
    def store8(_typing: Any, target: Any, place: Any, value: Any) -> Any:  # noqa: ARG001 as above
        """The reverse of `load8`."""

        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            stored = builder.store(arguments[2], _pointer(context, builder, signature, arguments))
            stored.align = 1
            return context.get_dummy_value()

        return types.void(target, types.intp, types.uint64), generate

    def _pointer(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        """Address of element `arguments[1]` of the uint8 array `arguments[0]`, as that of a 64-bit number."""
        array = context.make_array(signature.args[0])(context, builder, arguments[0])
        address = builder.gep(array.data, [arguments[1]], source_etype=ir.IntType(8))
        return builder.bitcast(address, ir.IntType(64).as_pointer())


@inner
def mix(value: Any) -> Any:
    """A bijection of 64-bit numbers in which each bit of the input moves each of the output."""
    value = (value ^ (value >> np.uint64(30))) * _FIRST
    value = (value ^ (value >> np.uint64(27))) * _SECOND
    return value ^ (value >> np.uint64(31))


@kernel
def low_bytes(source: Bytes, place: int, length: int) -> Any:
    """The first `length` (0 to 8) bytes at `place` as a number."""
    return load8(source, place) & _LOW_BYTES[length]


@inner
def hashed(source: Bytes, place: int, length: int) -> Any:
    """64 bits that depend on `length` bytes at `place`; for up to eight bytes no two of a length have the same."""
    value = np.uint64(length) * GOLDEN
    done = 0
    while done + 8 < length:
        value = (value ^ load8(source, place + done)) * _FIRST
        value ^= value >> np.uint64(32)
        done += 8
    return mix(value ^ low_bytes(source, place + done, length - done))


@inner
def equal(left: Bytes, left_place: int, right: Bytes, right_place: int, length: int) -> bool:
    """Whether `length` bytes at both places are the same."""
    done = 0
    while done + 8 < length:
        if load8(left, left_place + done) != load8(right, right_place + done):
            return False
        done += 8
    return bool(
        low_bytes(left, left_place + done, length - done) == low_bytes(right, right_place + done, length - done)
    )


@inner
def copy(target: Bytes, target_place: int, source: Bytes, source_place: int, length: int) -> None:
    """Copy `length` bytes; up to seven more behind them are overwritten."""
    for done in range(0, length, 8):
        store8(target, target_place + done, load8(source, source_place + done))


@inner
def code_point(source: Bytes, place: int) -> Any:
    """The character at `place` of valid UTF-8, and its length in bytes."""
    first = np.int64(source[place])
    if first < 0x80:
        return first, 1
    second = np.int64(source[place + 1]) & 63
    if first < 0xE0:
        return (first & 31) << 6 | second, 2
    third = np.int64(source[place + 2]) & 63
    if first < 0xF0:
        return (first & 15) << 12 | second << 6 | third, 3
    return (first & 7) << 18 | second << 12 | third << 6 | np.int64(source[place + 3]) & 63, 4


@inner
def put_code_point(target: Bytes, place: int, point: int) -> int:
    """Write a character as UTF-8; the place behind it."""
    if point < 0x80:
        target[place] = point
        return place + 1
    if point < 0x800:
        target[place] = 0xC0 | point >> 6
    elif point < 0x10000:
        target[place] = 0xE0 | point >> 12
        place += 1
        target[place] = 0x80 | point >> 6 & 63
    else:
        target[place] = 0xF0 | point >> 18
        target[place + 1] = 0x80 | point >> 12 & 63
        place += 2
        target[place] = 0x80 | point >> 6 & 63
    target[place + 1] = 0x80 | point & 63
    return place + 2


@inner
def num_characters(source: Bytes, start: int, end: int) -> int:
    """Characters between two places."""
    number = 0
    for place in range(start, end):
        number += (source[place] & 0xC0) != 0x80
    return number


@inner
def space_length(source: Bytes, place: int) -> int:
    """Bytes of the whitespace character (`str.isspace`) at `place`; 0 if it is none."""
    kind = SPACE_CLASS[source[place]]
    if kind < 2:
        return int(kind)
    first, second, third = source[place], source[place + 1], source[place + 2]
    if first == 0xC2:
        return 2 if second in (0x85, 0xA0) else 0
    if first == 0xE1:
        return 3 if second == 0x9A and third == 0x80 else 0
    if first == 0xE3:
        return 3 if second == 0x80 and third == 0x80 else 0
    if second == 0x80:
        return 3 if 0x80 <= third <= 0x8A or third in (0xA8, 0xA9, 0xAF) else 0
    return 3 if second == 0x81 and third == 0x9F else 0


@inner
def break_length(source: Bytes, place: int) -> int:
    """Bytes of the line break of `str.splitlines` at `place`, two for a carriage return and newline; 0 if none."""
    kind = BREAK_CLASS[source[place]]
    if kind == 0:
        return 0
    if kind == 1:
        return 2 if source[place] == 0x0D and source[place + 1] == 0x0A else 1
    if source[place] == 0xC2:
        return 2 if source[place + 1] == 0x85 else 0
    return 3 if source[place + 1] == 0x80 and source[place + 2] in (0xA8, 0xA9) else 0
