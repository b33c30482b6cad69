"""A tokenizer.json as a value: checked once when it is opened, then texts in, ids out, the same in every process.

Special tokens that a document's text spells are encoded as the characters they are written with, but for those that
`recognized_tokens` names. The end of text cannot be named: it follows a document (`pack.append_end_of_text`) and is
never made from its text, and a tokenizer with which that cannot be had is refused.
"""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
from blake3 import blake3
from numpy.typing import NDArray

from pipelines.errors import TokenizerError
from pipelines.tokens.agreement import first_difference, first_lossy, sample_for, sample_hash
from pipelines.tokens.definition import read_definition, with_recognized
from pipelines.tokens.encoders import (
    FASTOKENS,
    REFERENCE,
    Encoder,
    FlatIds,
    ReferenceEncoder,
    cached_encoder,
    open_encoder,
)
from pipelines.tokens.texts import Texts, batches_of
from schemas.sequence import token_type

END_OF_TEXT = "<|endoftext|>"
"""What GPT-2, GPT-NeoX, OLMo, SmolLM and others call the token between documents."""

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
    sample_hash: str
    """Of the ids of `agreement.SAMPLE`; a process whose engine gives others refuses to encode."""
    lossless: bool
    """Whether each text of the sample came back from its ids; not so where a normaliser or splitter changes text."""
    recognized_tokens: tuple[str, ...]
    """The special tokens that become their own id where a text spells them."""
    json_text: str = field(repr=False)

    @classmethod
    def from_json(
        cls,
        json_text: str,
        *,
        name: str = "tokenizer",
        end_of_text: str = END_OF_TEXT,
        recognized_tokens: tuple[str, ...] = (),
        sample: Sequence[str] = (),
    ) -> "Tokenizer":
        """Check and open the text of a tokenizer.json; TokenizerError says what is wrong with it.

        `end_of_text` and `recognized_tokens` must be special tokens of it. `sample` are texts on which the engines must
        agree besides those that tokenizers are known to differ on. Warns when the fast engine cannot be used, and when
        text does not come back from its ids.
        """
        try:
            return _checked(json_text, name, end_of_text, recognized_tokens, sample)
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
        encoded = [self._encoded(batch) for batch in batches_of(texts)]
        ids = np.concatenate([ids for ids, _ in encoded] or [np.empty(0, np.uint32)])
        offsets = np.zeros(sum(len(lengths) for _, lengths in encoded) + 1, np.int64)
        np.cumsum(np.concatenate([lengths for _, lengths in encoded] or [offsets[1:]]), out=offsets[1:])
        return ids, offsets

    def decode(self, ids: Sequence[int] | NDArray[Any]) -> str:
        """The text of ids of any integer type, special tokens spelled out; TokenizerError for an id there is not."""
        numbers = np.asarray(ids, np.int64)
        if len(numbers) and not 0 <= numbers.min() <= numbers.max() < self.vocabulary_size:
            wrong = numbers[(numbers < 0) | (numbers >= self.vocabulary_size)][0]
            raise TokenizerError(f"tokenizer {self.name}: no id {wrong}; ids are 0 to {self.vocabulary_size - 1}")
        return self._encoder().decode(numbers.tolist())

    def _encoder(self) -> Encoder:
        return cached_encoder((self.engine, self.hash, self.recognized_tokens), self._open)

    def _open(self) -> Encoder:
        """Open the engine in this process, and see that it is the one the tokenizer was checked with."""
        encoder = open_encoder(self.engine, with_recognized(self.json_text, self.recognized_tokens))
        if sample_hash(encoder) != self.sample_hash:
            raise TokenizerError(
                f"tokenizer {self.name}: {self.engine} gives other ids in this process than in the one that checked "
                f"it; install the same version of {self.engine} everywhere"
            )
        return encoder

    def _encoded(self, batch: list[str]) -> tuple[NDArray[np.uint32], NDArray[np.int64]]:
        """The ids of a batch end to end, checked, and how many each text has."""
        ids, offsets = self._encoder().encode_flat(batch)
        self._check(ids)
        return ids, np.diff(offsets)

    def _check(self, ids: NDArray[np.uint32]) -> None:
        """Two passes over integers, about 4 % of encoding: otherwise only the model would find a wrong id."""
        if len(ids) and int(ids.max()) >= self.vocabulary_size:
            raise TokenizerError(f"{self.engine} gave id {ids.max()}, but ids end at {self.vocabulary_size - 1}")
        if (ids == self.end_of_text_id).any():
            raise TokenizerError(
                f"a document's own text was encoded to the end-of-text id {self.end_of_text_id}, so documents could "
                f"forge {self.end_of_text!r}; choose an end_of_text that the tokenizer's merges do not spell"
            )


def open_tokenizer(
    uri: str,
    *,
    end_of_text: str = END_OF_TEXT,
    recognized_tokens: tuple[str, ...] = (),
    stores: Reads | None = None,
) -> Tokenizer:
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
    return Tokenizer.from_json(
        json_text, name=name or "tokenizer", end_of_text=end_of_text, recognized_tokens=recognized_tokens
    )


def _checked(
    json_text: str, name: str, end_of_text: str, recognized_tokens: tuple[str, ...], sample: Sequence[str]
) -> Tokenizer:
    """Open with the reference, choose the engine, and encode the sample with it under every check there is."""
    definition = read_definition(json_text)
    definition.check_recognized(recognized_tokens, end_of_text)
    encoder_json = with_recognized(json_text, recognized_tokens)
    reference = open_encoder(REFERENCE, encoder_json)
    assert isinstance(reference, ReferenceEncoder)  # noqa: S101 - narrows the type
    hard_texts = sample_for(read_definition(encoder_json).added_tokens)
    texts = [*hard_texts, *sample]
    tokenizer = Tokenizer(
        name=name,
        end_of_text=end_of_text,
        end_of_text_id=definition.end_of_text_id(end_of_text),
        vocabulary_size=reference.vocabulary_size(),
        hash=blake3(json_text.encode()).hexdigest(),
        engine=_agreeing_engine(encoder_json, name, reference, texts),
        sample_hash=sample_hash(reference),
        lossless=_is_lossless(hard_texts, reference, name, byte_level=definition.byte_level),
        recognized_tokens=recognized_tokens,
        json_text=json_text,
    )
    tokenizer.encode_flat(texts)
    return tokenizer


def _is_lossless(texts: list[str], reference: ReferenceEncoder, name: str, *, byte_level: bool) -> bool:
    """Whether all `texts` come back from their ids; a warning when not, TokenizerError when they have to."""
    lossy = first_lossy(texts, reference)
    if lossy is None:
        return True
    if byte_level:
        raise TokenizerError(
            f"byte-level, yet {lossy!r:.80} does not come back from its ids: its vocabulary lacks some of the 256 "
            "bytes; train with the whole byte alphabet"
        )
    warnings.warn(
        f"tokenizer {name}: {lossy!r:.80} does not come back from its ids, so this tokenizer changes text", stacklevel=2
    )
    return False


def _agreeing_engine(json_text: str, name: str, reference: ReferenceEncoder, texts: list[str]) -> str:
    """`fastokens` when it reads the tokenizer and gives the reference's ids on all `texts`; else a warning and why."""
    try:
        differing = first_difference(texts, open_encoder(FASTOKENS, json_text), reference)
    except TokenizerError as fault:
        reason = str(fault)
    else:
        if differing is None:
            return FASTOKENS
        reason = f"{FASTOKENS} and {REFERENCE} encode {differing!r:.80} differently"
    warnings.warn(f"tokenizer {name}: {reason}; encoding with {REFERENCE}, some 50 times slower", stacklevel=2)
    return REFERENCE
