"""A tokenizer.json as a value: checked once when it is opened, then texts in, ids out, the same in every process.

A document can never forge an end of text: special tokens written in a text are encoded as the characters they are, and
a tokenizer with which that cannot be had is refused.
"""

import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any, Protocol, TypeAlias

import numpy as np
import pyarrow as pa
from blake3 import blake3
from numpy.typing import NDArray

from pipelines.errors import TokenizerError
from pipelines.tokens.agreement import first_difference, first_lossy, sample_for
from pipelines.tokens.definition import read_definition
from pipelines.tokens.encoders import FASTOKENS, REFERENCE, FlatIds, ReferenceEncoder, cached_encoder, open_encoder
from schemas.sequence import token_type

END_OF_TEXT = "<|endoftext|>"
"""What GPT-2, GPT-NeoX, OLMo, SmolLM and others call the token between documents."""

Texts: TypeAlias = Iterable[str] | pa.Array | pa.ChunkedArray
"""A pyarrow string array of any string type, or strings."""

_MAX_LIST_IDS = 2**31 - 1  # a pyarrow.ListArray has 32-bit offsets


class Reads(Protocol):
    """What `open_tokenizer` needs of `pipelines.storage.Stores`."""

    def read(self, uri: str) -> bytes:
        """All bytes of an object."""


@dataclass(frozen=True)
class Tokenizer:
    """Texts ⇄ ids. Pickles as its JSON and opens its encoder at first use, so thread pools are made after a fork."""

    name: str
    end_of_text: str
    end_of_text_id: int
    vocabulary_size: int
    """The largest id, plus one: the rows an embedding needs, also where ids have gaps."""
    hash: str
    """BLAKE3 of tokenizer.json's bytes, in hexadecimal."""
    engine: str
    """What encodes: `fastokens`, or `tokenizers` where the former does not read this tokenizer or differs."""
    json_text: str = field(repr=False)

    @classmethod
    def from_json(cls, json_text: str, *, name: str = "tokenizer", end_of_text: str = END_OF_TEXT) -> "Tokenizer":
        """Check and open the text of a tokenizer.json; TokenizerError says what is wrong with it.

        `end_of_text` must be one of its special tokens. Warns when the fast engine cannot be used.
        """
        try:
            return _checked(json_text, name, end_of_text)
        except TokenizerError as fault:
            raise TokenizerError(f"tokenizer {name}: {fault}") from fault

    @property
    def dtype(self) -> str:
        """The smallest stored integer that holds every id: uint16 or uint32."""
        return str(token_type(self.vocabulary_size))

    def encode(self, texts: Texts) -> pa.ListArray:
        """One `list<uint32>` of ids per text, no special token added or recognised; TokenizerError for a null."""
        ids, offsets = self.encode_flat(texts)
        if len(ids) > _MAX_LIST_IDS:
            raise TokenizerError(f"{len(ids)} ids do not fit one ListArray (2**31 - 1): encode smaller batches")
        return pa.ListArray.from_arrays(pa.array(offsets.astype(np.int32)), pa.array(ids))

    def encode_flat(self, texts: Texts) -> FlatIds:
        """The same ids end to end: `(ids uint32[], offsets int64[n + 1])`, without a Python object per id."""
        ids, offsets = cached_encoder(self.engine, self.hash, self.json_text).encode_flat(_text_list(texts))
        self._check(ids)
        return ids, offsets

    def decode(self, ids: Sequence[int] | NDArray[Any]) -> str:
        """The text of ids of any integer type, special tokens spelled out; TokenizerError for an id there is not."""
        numbers = np.asarray(ids, np.int64)
        if len(numbers) and not 0 <= numbers.min() <= numbers.max() < self.vocabulary_size:
            wrong = numbers[(numbers < 0) | (numbers >= self.vocabulary_size)][0]
            raise TokenizerError(f"tokenizer {self.name}: no id {wrong}; ids are 0 to {self.vocabulary_size - 1}")
        return cached_encoder(self.engine, self.hash, self.json_text).decode(numbers.tolist())

    def _check(self, ids: NDArray[np.uint32]) -> None:
        """Two passes over integers, about 1 % of encoding: otherwise only the model would find a wrong id."""
        if len(ids) and int(ids.max()) >= self.vocabulary_size:
            raise TokenizerError(f"{self.engine} gave id {ids.max()}, but ids end at {self.vocabulary_size - 1}")
        if (ids == self.end_of_text_id).any():
            raise TokenizerError(
                f"a document's own text was encoded to the end-of-text id {self.end_of_text_id}, so documents could "
                f"forge {self.end_of_text!r}; choose an end_of_text that the tokenizer's merges do not spell"
            )


def open_tokenizer(uri: str, *, end_of_text: str = END_OF_TEXT, stores: Reads | None = None) -> Tokenizer:
    """Read and check the tokenizer.json at `uri` (a path or any URI that storage reads); TokenizerError if it is wrong.

    The name is the folder's for `…/gpt2/tokenizer.json`, else the file's without its suffix.
    """
    if stores is None:
        from pipelines.storage import Stores  # noqa: PLC0415 - the only way down to storage; encoding must not load it

        stores = Stores()
    try:
        json_text = stores.read(uri).decode()
    except UnicodeDecodeError as fault:
        raise TokenizerError(f"{uri}: byte {fault.start} is not UTF-8, so this is not a tokenizer.json") from fault
    path = PurePosixPath(uri)
    name = path.parent.name if path.name == "tokenizer.json" else path.stem
    return Tokenizer.from_json(json_text, name=name or "tokenizer", end_of_text=end_of_text)


def _checked(json_text: str, name: str, end_of_text: str) -> Tokenizer:
    """Open with the reference, choose the engine, and encode the sample with it under every check there is."""
    definition = read_definition(json_text)
    reference = open_encoder(REFERENCE, json_text)
    assert isinstance(reference, ReferenceEncoder)  # noqa: S101 - narrows the type
    texts = sample_for(definition.added_tokens)
    tokenizer = Tokenizer(
        name=name,
        end_of_text=end_of_text,
        end_of_text_id=definition.end_of_text_id(end_of_text),
        vocabulary_size=reference.vocabulary_size(),
        hash=blake3(json_text.encode()).hexdigest(),
        engine=_agreeing_engine(json_text, name, reference, texts),
        json_text=json_text,
    )
    tokenizer.encode_flat(texts)
    lossy = first_lossy(texts, reference) if definition.byte_level else None
    if lossy is not None:
        raise TokenizerError(
            f"byte-level, yet {lossy!r} does not come back from its ids: its vocabulary lacks some of the 256 bytes; "
            "train with the whole byte alphabet"
        )
    return tokenizer


def _agreeing_engine(json_text: str, name: str, reference: ReferenceEncoder, texts: list[str]) -> str:
    """`fastokens` when it reads the tokenizer and gives the reference's ids on all `texts`; else a warning and why."""
    try:
        differing = first_difference(texts, open_encoder(FASTOKENS, json_text), reference)
    except TokenizerError as fault:
        reason = str(fault)
    else:
        if differing is None:
            return FASTOKENS
        reason = f"{FASTOKENS} and {REFERENCE} encode {differing!r} differently"
    warnings.warn(f"tokenizer {name}: {reason}; encoding with {REFERENCE}, some 30 times slower", stacklevel=2)
    return REFERENCE


def _text_list(texts: Texts) -> list[str]:
    """Strings out of Arrow or Python; TokenizerError names the first that is none."""
    if isinstance(texts, (pa.Array, pa.ChunkedArray)):
        kind = texts.type.value_type if pa.types.is_dictionary(texts.type) else texts.type
        if not (pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)):
            raise TokenizerError(f"texts are {texts.type}; encode takes strings: string, large_string, string_view")
    elif isinstance(texts, str):
        raise TokenizerError("texts is one string; give a list of strings or a pyarrow array")
    strings: list[str] = texts.to_pylist() if isinstance(texts, (pa.Array, pa.ChunkedArray)) else list(texts)
    for i, text in enumerate(strings):
        if not isinstance(text, str):
            raise TokenizerError(f"text {i} is {text!r}, not a string; drop or fill nulls before encoding")
    return strings
