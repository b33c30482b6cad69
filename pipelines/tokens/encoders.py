"""The two engines that turn texts into ids, behind one shape: `fastokens` (fast) and `tokenizers` (the reference).

Both encode a special token that a text spells as the characters it is written with, and a plain added token as itself
(`definition.with_recognized` makes one the other). Neither adds special tokens, truncates or pads.
"""

from collections.abc import Callable, Hashable
from itertools import chain
from typing import Protocol, TypeAlias

import fastokens
import numpy as np
import tokenizers
from numpy.typing import NDArray

from pipelines.errors import TokenizerError

FASTOKENS = "fastokens"
REFERENCE = "tokenizers"

THREADS = ("FASTOKENS_BPE_THREADS", "RAYON_NUM_THREADS")
"""Environment variables that say how many threads each engine starts (all cores, else); read once, at first use."""

FlatIds: TypeAlias = tuple[NDArray[np.uint32], NDArray[np.int64]]
"""`(ids, offsets)`: text `i` is `ids[offsets[i]:offsets[i + 1]]`; one offset more than texts, the first is 0."""


class Encoder(Protocol):
    """One opened tokenizer.json."""

    def encode_flat(self, texts: list[str]) -> FlatIds:
        """Ids of every text, end to end."""

    def decode(self, ids: list[int]) -> str:
        """The text of `ids`, special tokens spelled out."""


class FastEncoder:
    """`fastokens`: ids come out of Rust as one buffer."""

    def __init__(self, json_text: str) -> None:
        self._tokenizer = fastokens.Tokenizer.from_json_str(json_text)
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()

    def encode_flat(self, texts: list[str]) -> FlatIds:
        """Ids of every text, end to end, without a Python object per id."""
        ids, offsets = self._tokenizer.encode_batch_flat(texts, add_special_tokens=False, split_special_tokens=True)
        return np.frombuffer(ids, np.uint32), np.frombuffer(offsets, np.int64)

    def decode(self, ids: list[int]) -> str:
        """The text of `ids`, special tokens spelled out."""
        return str(self._tokenizer.decode(ids, skip_special_tokens=False))


class ReferenceEncoder:
    """`tokenizers`: reads every tokenizer.json, and is what the fast engine is measured against."""

    def __init__(self, json_text: str) -> None:
        self._tokenizer = tokenizers.Tokenizer.from_str(json_text)
        self._tokenizer.encode_special_tokens = True  # its name for: special tokens in a text are ordinary text
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()

    def encode_flat(self, texts: list[str]) -> FlatIds:
        """Ids of every text, end to end."""
        rows = [encoding.ids for encoding in self._tokenizer.encode_batch_fast(texts, add_special_tokens=False)]
        offsets = np.zeros(len(rows) + 1, np.int64)
        np.cumsum([len(row) for row in rows], out=offsets[1:])
        return np.fromiter(chain.from_iterable(rows), np.uint32, count=int(offsets[-1])), offsets

    def decode(self, ids: list[int]) -> str:
        """The text of `ids`, special tokens spelled out."""
        return str(self._tokenizer.decode(ids, skip_special_tokens=False))

    def vocabulary_size(self) -> int:
        """The largest id, plus one: the rows an embedding needs, also where ids have gaps."""
        return 1 + max(self._tokenizer.get_vocab(with_added_tokens=True).values(), default=-1)


_ENGINES: dict[str, Callable[[str], Encoder]] = {FASTOKENS: FastEncoder, REFERENCE: ReferenceEncoder}


def open_encoder(engine: str, json_text: str) -> Encoder:
    """Open a tokenizer.json; TokenizerError when the engine does not read it.

    A Rust panic is a BaseException with no class to import, hence the name: it too means "cannot read this".
    """
    try:
        return _ENGINES[engine](json_text)
    except BaseException as fault:
        if not isinstance(fault, Exception) and type(fault).__name__ != "PanicException":
            raise
        raise TokenizerError(f"{engine} cannot read this tokenizer.json: {fault}") from fault


_OPENED: dict[Hashable, Encoder] = {}
_MAX_OPENED = 4  # a process works on one corpus: one tokenizer, perhaps a second that it is compared with


def cached_encoder(key: Hashable, make: Callable[[], Encoder]) -> Encoder:
    """This process's encoder of a tokenizer; opening takes up to a second, so the last few opened are kept."""
    encoder = _OPENED.get(key)
    if encoder is None:
        while len(_OPENED) >= _MAX_OPENED:
            _OPENED.pop(next(iter(_OPENED)), None)
        encoder = _OPENED[key] = make()
    return encoder
