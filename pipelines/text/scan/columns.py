"""The one way texts come in: a pyarrow string array of any string type, or a list of `str`, none of them missing.

Kernels read one array of bytes with `PADDING` zeros behind it, and one of offsets; a column comes to them in slices of
a few megabytes, so that working memory does not grow with the batch.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa

from pipelines.errors import RefusedError
from pipelines.text.scan.memory import PADDING, Bytes
from pipelines.text.scan.strings import Integers

Texts: TypeAlias = pa.Array | pa.ChunkedArray | Sequence[str]
"""What the kernels of this room take as `texts`."""

SLICE_BYTES = 1 << 21
"""Text in one slice, unless one document is larger: what a scan of it takes (some eight times as much) stays small, and
the cost of going from kernel to kernel (under 1 ms) disappears in it."""


@dataclass(frozen=True, eq=False)
class Column:
    """Some neighbouring texts as the kernels read them."""

    bytes: Bytes
    """All texts, one behind the other, then `PADDING` zeros."""
    offsets: Integers
    """[texts + 1]: where each one starts, and where the last one ends."""

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def text(self, row: int) -> str:
        """One text as a string."""
        return self.bytes[self.offsets[row] : self.offsets[row + 1]].tobytes().decode()


def as_array(texts: Texts) -> pa.LargeStringArray:
    """The texts as one Arrow array, in order; a large_string array comes back as it is.

    Raises:
        RefusedError: another type, a null, or a string that is not valid Unicode.
    """
    if isinstance(texts, list | tuple):
        return _from_strings(texts)
    if not isinstance(texts, pa.Array | pa.ChunkedArray):
        raise RefusedError(f"texts is a {type(texts).__name__}: pass a pyarrow string array or a list of str")
    kind = texts.type
    if not (pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)):
        raise RefusedError(f"texts is a column of {kind}: it must be string, large_string or string_view; cast it")
    if texts.null_count:
        row = texts.is_valid().index(False).as_py()
        raise RefusedError(f"texts[{row}] is null: every text must be a string; drop or fill such rows first")
    array = texts.combine_chunks() if isinstance(texts, pa.ChunkedArray) else texts
    _refuse_invalid(array)
    return array if pa.types.is_large_string(kind) else array.cast(pa.large_string())


def slices(array: pa.LargeStringArray) -> Iterator[tuple[int, int]]:
    """Row ranges of at most `SLICE_BYTES`, or of one longer text: always the same ones for the same array."""
    offsets = _offsets(array)
    first = 0
    while first < len(array):
        last = int(np.searchsorted(offsets, offsets[first] + SLICE_BYTES, "right")) - 1
        last = min(max(last, first + 1), len(array))
        yield first, last
        first = last


def column(array: pa.LargeStringArray, first: int, last: int) -> Column:
    """The texts of rows `first` to `last`, copied."""
    offsets = _offsets(array)[first : last + 1]
    start, length = int(offsets[0]), int(offsets[-1] - offsets[0])
    data = np.zeros(length + PADDING, np.uint8)
    if length:
        data[:length] = np.frombuffer(array.buffers()[2], np.uint8, length, start)
    return Column(data, offsets - start)


def column_of(texts: Sequence[bytes]) -> Column:
    """Texts that are UTF-8 bytes already."""
    offsets = np.zeros(len(texts) + 1, np.int64)
    np.cumsum([len(text) for text in texts], out=offsets[1:])
    return Column(np.frombuffer(bytearray(b"".join(texts) + bytes(PADDING)), np.uint8), offsets)


def _offsets(array: pa.LargeStringArray) -> Integers:
    """[texts + 1]: where each text starts in the array's buffer of bytes."""
    if len(array) == 0:  # an empty array may come without buffers
        return np.zeros(1, np.int64)
    found: Integers = np.frombuffer(array.buffers()[1], np.int64, len(array) + 1, 8 * array.offset)
    return found


def _from_strings(texts: Sequence[str]) -> pa.LargeStringArray:
    given: Sequence[Any] = texts
    for row, text in enumerate(given):
        if not isinstance(text, str):
            found = "null" if text is None else type(text).__name__
            raise RefusedError(f"texts[{row}] is {found}: every text must be a string; drop or fill such rows first")
        if not text.isascii():
            _refuse_surrogates(row, text)
    return pa.array(texts, pa.large_string())


def _refuse_surrogates(row: int, text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise RefusedError(
            f"texts[{row}] holds a lone surrogate at character {error.start}: not valid Unicode; decode the bytes again"
        ) from error


def _refuse_invalid(array: pa.Array) -> None:
    """Refuse a column whose bytes are no UTF-8 or whose offsets are none, as one cast from binary unchecked can be."""
    try:
        array.validate(full=True)
    except pa.ArrowInvalid as error:
        raise RefusedError(_invalid(array, error)) from error


def _invalid(array: pa.Array, error: pa.ArrowInvalid) -> str:
    for row in range(len(array)):
        try:
            array.slice(row, 1).validate(full=True)
        except pa.ArrowInvalid:
            return f"texts[{row}] is not valid UTF-8 ({error}): decode the bytes again, or drop the row"
    return f"texts is not a valid column ({error}): make it again"
