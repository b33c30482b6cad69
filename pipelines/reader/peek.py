"""What `phloem read` shows of a token dataset, as values: its sizes, decoded samples, and how fast it is read."""

import json
import time
from dataclasses import dataclass
from itertools import chain, pairwise, repeat
from typing import Any

import numpy as np
from blake3 import blake3

from pipelines.errors import DatasetError, NotFoundError, repair_command
from pipelines.reader.dataset import TokenDataset
from pipelines.reader.shards import Shards
from pipelines.storage import join
from pipelines.tokens import Tokenizer


@dataclass(frozen=True)
class Description:
    """The sizes and origins of a token dataset, out of its manifest."""

    uri: str
    corpus: str
    version: str
    fingerprint: str
    """BLAKE3 of manifest.json."""
    num_rows: int
    num_tokens: int
    """Padding left out."""
    num_shards: int
    size_bytes: int
    """Of all shards."""
    context_length: int
    """Token ids of a row."""
    token_type: str
    """uint16 or uint32."""
    tokenizer: str
    vocabulary_size: int
    end_of_text_id: int


@dataclass(frozen=True)
class Document:
    """A document, or the part of one, inside a row."""

    start: int
    """Position in the row of its first token."""
    num_tokens: int
    text: str


@dataclass(frozen=True)
class Sample:
    """One row, decoded."""

    position: int
    """When it is seen in the epoch."""
    row: int
    """Its number in the dataset."""
    num_tokens: int
    """The rest of the row is padding."""
    documents: tuple[Document, ...]


@dataclass(frozen=True)
class Throughput:
    """What one reader reached."""

    num_rows: int
    num_tokens: int
    """Padding left out."""
    seconds: float

    @property
    def rows_per_second(self) -> float:
        """Rows read a second."""
        return self.num_rows / self.seconds

    @property
    def tokens_per_second(self) -> float:
        """Token ids read a second, padding left out."""
        return self.num_tokens / self.seconds


def describe(dataset: TokenDataset) -> Description:
    """Sizes and origins of the dataset; nothing but what is open already is read."""
    shards, manifest = dataset.shards, dataset.shards.manifest
    return Description(
        uri=shards.uri,
        corpus=manifest.corpus,
        version=manifest.version,
        fingerprint=shards.fingerprint,
        num_rows=shards.num_rows,
        num_tokens=sum(shards.table["tokens"].to_pylist()),
        num_shards=len(shards.table),
        size_bytes=sum(shards.table["bytes"].to_pylist()),
        context_length=shards.context_length,
        token_type=str(shards.token_type),
        tokenizer=shards.tokenizer.name,
        vocabulary_size=shards.tokenizer.vocabulary_size,
        end_of_text_id=shards.tokenizer.end_of_text_id,
    )


def open_own_tokenizer(shards: Shards) -> Tokenizer:
    """The tokenizer kept beside the manifest; DatasetError when it is not there or not the one it vouches for."""
    uri, entry = join(shards.uri, "tokenizer.json"), shards.tokenizer
    try:
        data = shards.stores.read(uri)
    except NotFoundError as error:
        raise DatasetError(f"{uri} is missing: {repair_command(shards.uri)}") from error
    if (found := blake3(data).hexdigest()) != entry.hash:
        raise DatasetError(f"{uri}: expected BLAKE3 {entry.hash}, found {found}: {repair_command(shards.uri)}")
    added: list[dict[str, Any]] = json.loads(data)["added_tokens"]
    names = [token["content"] for token in added if token["id"] == entry.end_of_text_id]
    if not names:
        raise DatasetError(f"{uri} has no added token of id {entry.end_of_text_id}, the manifest's end of text")
    return Tokenizer.from_json(data.decode(), name=entry.name, end_of_text=names[0])


def peek(dataset: TokenDataset, tokenizer: Tokenizer, *, num_samples: int = 3, position: int = 0) -> list[Sample]:
    """The samples of the dataset's epoch from `position` on, decoded document by document; it stays where it stands."""
    positions = np.arange(position, min(position + num_samples, dataset.shards.num_rows))
    numbers = dataset.order.rows(positions)
    found = dataset.shards.gather(numbers)
    samples = []
    for place, row in enumerate(numbers.tolist()):
        num_tokens = int(found.num_tokens[place])
        bounds = [*found.document_starts[place].tolist(), num_tokens]
        documents = tuple(
            Document(start, end - start, tokenizer.decode(found.token_ids[place, start:end]))
            for start, end in pairwise(bounds)
        )
        samples.append(Sample(int(positions[place]), row, num_tokens, documents))
    return samples


def measure(dataset: TokenDataset, *, seconds: float = 1.0) -> Throughput:
    """Read batches for about so long, over as many epochs as that takes; the dataset then stands where it stood."""
    state = dataset.state_dict()
    num_rows = num_tokens = 0
    started = time.perf_counter()
    elapsed = 0.0
    try:
        for batch in chain.from_iterable(repeat(dataset)):
            num_rows += int(np.count_nonzero(batch["num_tokens"]))
            num_tokens += int(batch["num_tokens"].sum())
            elapsed = time.perf_counter() - started
            if elapsed >= seconds:
                break
    finally:
        dataset.load_state_dict(state)
    return Throughput(num_rows, num_tokens, elapsed)
