"""The order of an epoch: a keyed permutation of 0 … N-1 that is computed where it is asked, never stored.

A Feistel network permutes the integers of b bits, the fewest that hold N; a value that lands at N or above goes through
it again until it lands below ("cycle walking": Black and Rogaway, Ciphers with Arbitrary Finite Domains, 2002), which
permutes 0 … N-1 and needs fewer than two passes on average. Every round is undone by repeating it, so the permutation
runs backwards as fast as forwards. Nothing is kept but six keys, however large N is, and the same numbers come out on
every platform: integers of 64 bits, no floating point, no generator of a library that may change.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np
from blake3 import blake3
from numpy.typing import NDArray

from pipelines.errors import RefusedError

MAXIMUM = 1 << 63
"""Seeds, epochs and row counts stay below: they fit a signed 64-bit integer, all that some JSON readers keep."""

_NUM_ROUNDS = 6
_MINIMUM_BITS = 8
"""Over 4,000 seeds all orders of N = 2 … 5 rows are equally frequent with 8 bits; with 4 bits they are 19 σ off."""
_BLOCK = 1 << 14
"""Values permuted at a time: 128 KiB an array, so that the rounds run inside the second-level cache."""
_MULTIPLY_1 = np.uint64(0xBF58476D1CE4E5B9)
_MULTIPLY_2 = np.uint64(0x94D049BB133111EB)
"""The multipliers of SplitMix64's finaliser (Steele, Lea and Flood, 2014; variant 13 of Stafford's search)."""
_HALF_WORD = np.uint64(32)


@dataclass(frozen=True)
class Order:
    """The shuffled order of one epoch: which row is seen at which position, and back."""

    num_rows: int
    seed: int
    epoch: int

    def __post_init__(self) -> None:
        """Refuse what does not fit, all of it at once."""
        faults = [
            f"{name} is {value}; it must be from 0 to 2^63 - 1"
            for name, value in (("num_rows", self.num_rows), ("seed", self.seed), ("epoch", self.epoch))
            if not 0 <= value < MAXIMUM
        ]
        if faults:
            raise RefusedError(*faults)

    def rows(self, positions: NDArray[np.integer]) -> NDArray[np.uint64]:
        """The row at each position: uint64[n] → uint64[n]; RefusedError for a position that is not in the epoch."""
        return self._walked(positions, backwards=False)

    def positions(self, rows: NDArray[np.integer]) -> NDArray[np.uint64]:
        """When each row is seen: the inverse of `rows`."""
        return self._walked(rows, backwards=True)

    @cached_property
    def _bits(self) -> int:
        return max((self.num_rows - 1).bit_length(), _MINIMUM_BITS)

    @cached_property
    def _keys(self) -> NDArray[np.uint64]:
        """A key of 64 bits for each round, from seed and epoch."""
        name = b"phloem order 1" + self.seed.to_bytes(8, "little") + self.epoch.to_bytes(8, "little")
        return np.frombuffer(blake3(name).digest(length=8 * _NUM_ROUNDS), dtype="<u8").astype(np.uint64)

    def _walked(self, values: NDArray[np.integer], *, backwards: bool) -> NDArray[np.uint64]:
        result = _in_range(values, self.num_rows)
        passed = self._one_pass(backwards=backwards)
        for start in range(0, len(result), _BLOCK):
            block = passed(result[start : start + _BLOCK])
            outside = np.flatnonzero(block >= self.num_rows)
            while len(outside):
                again = passed(block[outside])
                block[outside] = again
                outside = outside[again >= self.num_rows]
            result[start : start + _BLOCK] = block
        return result

    def _one_pass(self, *, backwards: bool) -> Callable[[NDArray[np.uint64]], NDArray[np.uint64]]:
        """The network; for the fewest bits as a table, because few rows may need as many passes as it has entries."""
        network = partial(_permuted, keys=self._keys, bits=self._bits, backwards=backwards)
        return network(np.arange(1 << _MINIMUM_BITS, dtype=np.uint64)).take if self._bits == _MINIMUM_BITS else network


@dataclass(frozen=True)
class StoredOrder:
    """The rows as they are stored, for every seed and epoch: what `shuffle=False` reads."""

    num_rows: int

    def rows(self, positions: NDArray[np.integer]) -> NDArray[np.uint64]:
        """The row at each position: the position itself."""
        return _in_range(positions, self.num_rows)

    def positions(self, rows: NDArray[np.integer]) -> NDArray[np.uint64]:
        """When each row is seen."""
        return _in_range(rows, self.num_rows)


def _in_range(values: NDArray[np.integer], num_rows: int) -> NDArray[np.uint64]:
    """A copy as uint64; RefusedError when one is not a number of 0 … num_rows-1."""
    if len(values) and (values.min() < 0 or values.max() >= num_rows):
        raise RefusedError(f"{values.min()} to {values.max()} asked for, of {num_rows} rows counted from 0")
    return values.astype(np.uint64)


def _permuted(
    values: NDArray[np.uint64], keys: NDArray[np.uint64], bits: int, *, backwards: bool
) -> NDArray[np.uint64]:
    """One pass of the network over integers of `bits` bits: two halves take turns to be masked by the other."""
    num_low = bits // 2
    high, low = values >> np.uint64(num_low), values & np.uint64((1 << num_low) - 1)
    mask, scratch = np.empty_like(values), np.empty_like(values)
    for turn in reversed(range(_NUM_ROUNDS)) if backwards else range(_NUM_ROUNDS):
        target, other, width = (low, high, num_low) if turn % 2 else (high, low, bits - num_low)
        _mix(other, keys[turn], mask, scratch)
        np.right_shift(mask, np.uint64(64 - width), out=mask)
        np.bitwise_xor(target, mask, out=target)
    np.left_shift(high, np.uint64(num_low), out=high)
    np.bitwise_or(high, low, out=high)
    return high


def _mix(values: NDArray[np.uint64], key: np.uint64, mixed: NDArray[np.uint64], scratch: NDArray[np.uint64]) -> None:
    """Into `mixed`: 64 bits whose upper ones depend on every bit of value and key."""
    np.add(values, key, out=mixed)
    np.multiply(mixed, _MULTIPLY_1, out=mixed)
    np.right_shift(mixed, _HALF_WORD, out=scratch)
    np.bitwise_xor(mixed, scratch, out=mixed)
    np.multiply(mixed, _MULTIPLY_2, out=mixed)
