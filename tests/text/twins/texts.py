"""The one way texts come in: a pyarrow string array of any string type, or a list of `str`, none of them missing."""

from collections.abc import Sequence
from typing import Any, TypeAlias

import pyarrow as pa

from pipelines.errors import RefusedError

Texts: TypeAlias = pa.Array | pa.ChunkedArray | Sequence[str]
"""What the kernels of this room take as `texts`."""


def as_strings(texts: Texts) -> list[str]:
    """The texts as Python strings, in order.

    Raises:
        RefusedError: another type, a null, or a string that is not valid Unicode.
    """
    values = _values(texts)
    for row, text in enumerate(values):
        if not isinstance(text, str):
            found = "null" if text is None else type(text).__name__
            raise RefusedError(f"texts[{row}] is {found}: every text must be a string; drop or fill such rows first")
        if not text.isascii():
            _refuse_surrogates(row, text)
    return values


def _values(texts: Texts) -> list[Any]:
    if isinstance(texts, list | tuple):
        return list(texts)
    if not isinstance(texts, pa.Array | pa.ChunkedArray):
        raise RefusedError(f"texts is a {type(texts).__name__}: pass a pyarrow string array or a list of str")
    kind = texts.type
    if not (pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)):
        raise RefusedError(f"texts is a column of {kind}: it must be string, large_string or string_view; cast it")
    values: list[Any] = texts.to_pylist()
    return values


def _refuse_surrogates(row: int, text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise RefusedError(
            f"texts[{row}] holds a lone surrogate at character {error.start}: not valid Unicode; decode the bytes again"
        ) from error
