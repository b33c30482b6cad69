"""Texts out of Arrow or Python as lists of strings of bounded size; what is no text is refused by its position.

The engines take Python strings only, so each text is one, for as long as its batch lasts. Ids never become Python
objects with the fast engine.
"""

from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from pipelines.errors import TokenizerError

Texts: TypeAlias = Iterable[str] | pa.Array | pa.ChunkedArray
"""A pyarrow string array of any string type, or strings."""

BATCH_BYTES = 1 << 20
"""Text encoded at a time, and one text more: `tokenizers` holds about 120 bytes for a byte of it until it has ids."""


def batches_of(texts: Texts) -> Iterator[list[str]]:
    """All texts in order, about `BATCH_BYTES` at a time; TokenizerError for the first that is null or not UTF-8."""
    if isinstance(texts, str):
        raise TokenizerError("texts is one string; give a list of strings or a pyarrow array")
    if isinstance(texts, (pa.Array, pa.ChunkedArray)):
        yield from _out_of_arrow(texts)
    else:
        yield from _out_of_python(list(texts))


def cuts(lengths: NDArray[np.integer], batch_bytes: int) -> Iterator[tuple[int, int]]:
    """`[begin, end)` of the batches of texts of these lengths: one ends before the text that crosses a multiple."""
    batch = np.cumsum(lengths, dtype=np.int64) // batch_bytes
    edges = np.flatnonzero(np.diff(batch)) + 1
    for begin, end in pairwise([0, *edges.tolist(), len(lengths)]):
        if end > begin:
            yield begin, end


def _out_of_arrow(texts: pa.Array | pa.ChunkedArray) -> Iterator[list[str]]:
    kind = texts.type.value_type if pa.types.is_dictionary(texts.type) else texts.type
    if not (pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)):
        raise TokenizerError(f"texts are {texts.type}; encode takes strings: string, large_string, string_view")
    if not (pa.types.is_string(texts.type) or pa.types.is_large_string(texts.type)):
        texts = texts.cast(pa.large_string())
    position = 0
    for chunk in texts.chunks if isinstance(texts, pa.ChunkedArray) else [texts]:
        if chunk.null_count:
            first_null = position + int(np.argmax(chunk.is_null().to_numpy(zero_copy_only=False)))
            raise TokenizerError(f"text {first_null} is null; drop or fill nulls before encoding")
        for begin, end in cuts(pc.binary_length(chunk).to_numpy(), BATCH_BYTES):
            yield _decoded(chunk.slice(begin, end - begin), position + begin)
        position += len(chunk)


def _decoded(texts: pa.Array, position: int) -> list[str]:
    try:
        return texts.to_pylist()  # type: ignore[no-any-return]  # pyarrow has no types
    except UnicodeDecodeError:
        for i, text in enumerate(texts, position):
            try:
                text.as_py()
            except UnicodeDecodeError as fault:
                raise TokenizerError(f"text {i} is not UTF-8 ({fault}); replace what is not or drop it") from None
        raise


def _out_of_python(texts: list[str]) -> Iterator[list[str]]:
    for i, text in enumerate(texts):
        if not isinstance(text, str):
            raise TokenizerError(f"text {i} is {text!r:.80}, not a string; drop or fill nulls before encoding")
        try:
            text.isascii() or text.encode()  # an ASCII string knows that it is one, so this costs it nothing
        except UnicodeEncodeError as fault:
            raise TokenizerError(f"text {i} is no Unicode text ({fault}); replace what is not or drop it") from None
    for begin, end in cuts(np.fromiter(map(len, texts), np.int64, len(texts)), BATCH_BYTES):
        yield texts[begin:end]
