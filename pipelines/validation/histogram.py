"""Histograms whose edges the field's unit alone decides, so that any two parts of a column add up.

A share has 50 equal bins over 0..1 (both ends inside), one below and one above. Everything else has a bin for zero
and a bin per power of two on either side of it. A histogram is sparse: bin → count, no zero counts.
"""

from collections.abc import Iterable, Mapping
from itertools import pairwise

import numpy as np

SHARE = "share"
"""The unit whose values lie in 0..1."""

_SHARE_BINS = 50
_SHARE_EDGES = np.arange(_SHARE_BINS + 1) / _SHARE_BINS
_SMALLEST_EXPONENT, _LARGEST_EXPONENT = -30, 70
"""2^-30 and 2^70: values closer to zero, or farther, share the outermost bin, so a wild column stays small."""
_ZERO = 1 - _SMALLEST_EXPONENT
"""Added to an exponent it gives a bin above 0, which is zero's own; negative values mirror the positive ones."""


def histogram(values: np.ndarray, unit: str) -> dict[int, int]:
    """Bin → how many of `values` (finite float64) fall into it, in the order of the bins."""
    bins = _share_bins(values) if unit == SHARE else _power_bins(values)
    found, counts = np.unique(bins, return_counts=True)
    return dict(zip(found.tolist(), counts.tolist(), strict=True))


def bounds(position: int, unit: str) -> tuple[float | None, float | None]:
    """Lower and upper edge of a bin; None where it is open."""
    if unit == SHARE:
        low, high = position / _SHARE_BINS, (position + 1) / _SHARE_BINS
        return (low if position >= 0 else None), (high if position < _SHARE_BINS else None)
    if position < 0:
        high_mirrored, low_mirrored = bounds(-position, unit)
        return (None if low_mirrored is None else -low_mirrored), -(high_mirrored or 0.0)
    exponent = position - _ZERO
    low = 0.0 if exponent <= _SMALLEST_EXPONENT else 2.0 ** (exponent - 1)
    return low, (0.0 if position == 0 else None if exponent == _LARGEST_EXPONENT else 2.0**exponent)


def added(parts: Iterable[Mapping[int, int]]) -> dict[int, int]:
    """The histogram of all the parts' values."""
    total: dict[int, int] = {}
    for part in parts:
        for position, count in part.items():
            total[position] = total.get(position, 0) + count
    return dict(sorted(total.items()))


def runs(bins: Mapping[int, int]) -> list[list[int]]:
    """The short way to write a histogram: `[first bin, count, count, ...]` for each run of neighbouring bins."""
    ordered = sorted(bins.items())
    written: list[list[int]] = [[*ordered[0]]] if ordered else []
    for (before, _), (position, count) in pairwise(ordered):
        if position == before + 1:
            written[-1].append(count)
        else:
            written.append([position, count])
    return written


def from_runs(written: Iterable[list[int]]) -> dict[int, int]:
    """Undo `runs`."""
    return {first + offset: count for first, *counts in written for offset, count in enumerate(counts)}


def _share_bins(values: np.ndarray) -> np.ndarray:
    bins = np.searchsorted(_SHARE_EDGES, values, side="right") - 1
    return np.where(values == 1.0, _SHARE_BINS - 1, bins)


def _power_bins(values: np.ndarray) -> np.ndarray:
    exponents = np.clip(np.frexp(values)[1], _SMALLEST_EXPONENT, _LARGEST_EXPONENT)
    return np.where(values == 0, 0, np.sign(values) * (exponents + _ZERO)).astype(np.int64)
