"""The tokenizer of a corpus: read from where the recipe says, or trained on the corpus, and kept with the dataset."""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
from blake3 import blake3
from pyspark.sql import DataFrame

from pipelines.catalog.dataset import Dataset
from pipelines.catalog.layout import TOKENIZER, Place
from pipelines.catalog.publish import put_same, put_unpublished
from pipelines.errors import RecipeError
from pipelines.stages.shards import read_shard, shard_path
from pipelines.stages.tokens import Tokens
from pipelines.storage import Stores, join
from pipelines.tokens import Tokenizer, open_tokenizer
from pipelines.tokens.train import TokenizerTraining, train

_MARGIN = 2
"""Documents offered to the training, in multiples of its sample: chance leaves a sample of the wanted size short."""

_SAMPLE_CHARACTERS = 500_000
"""Of the corpus, encoded by both engines on the driver before any work: a quarter of a second of `tokenizers`."""


def tokenizer_of(
    rule: Tokens, place: Place, identity: str, units: DataFrame, parent: Dataset, stores: Stores
) -> Tokenizer:
    """The dataset's tokenizer.json, opened; made if this parent and rule (`identity`) have none there yet."""
    made = place.file("accounts", f"tokenizer-{blake3(identity.encode()).hexdigest(length=16)}.json")
    if not stores.exists(made):
        put_same(stores, made, _tokenizer_json(rule, units, parent, stores))
    data = stores.read(made)
    put_unpublished(stores, place.uri, TOKENIZER, data)
    name = f"{place.corpus}-bpe" if isinstance(rule.tokenizer, TokenizerTraining) else rule.tokenizer.rpartition("/")[2]
    return Tokenizer.from_json(
        data.decode(),
        name=name,
        end_of_text=rule.end_of_text,
        recognized_tokens=rule.recognized_tokens,
        sample=first_texts(parent, stores),
    )


def first_texts(parent: Dataset, stores: Stores) -> list[str]:
    """The corpus's own documents on which the engines must agree: its first ones, the last of them cut."""
    texts: list[str] = []
    left = _SAMPLE_CHARACTERS
    for shard in parent.shards():
        for rows in read_shard(stores, join(parent.uri, shard.path), ["text"]):
            for text in rows.column("text").to_pylist():
                texts.append(text[:left])
                left -= len(texts[-1])
                if not left:
                    return texts
    return texts


def check_tokenizer(rule: Tokens, stores: Stores) -> None:
    """Refuse a tokenizer that `rule` cannot use, given or to be trained: TokenizerError, RecipeError."""
    if isinstance(rule.tokenizer, str):
        end_of_text, recognized_tokens = rule.end_of_text, rule.recognized_tokens
        open_tokenizer(rule.tokenizer, end_of_text=end_of_text, recognized_tokens=recognized_tokens, stores=stores)
        return
    faults = []
    if rule.end_of_text != rule.tokenizer.end_of_text:
        faults.append(
            f"tokens.end_of_text is {rule.end_of_text!r}, but the tokenizer is trained with end_of_text "
            f"{rule.tokenizer.end_of_text!r}: make them equal"
        )
    if rule.recognized_tokens:
        faults.append(
            f"tokens.recognized_tokens is {rule.recognized_tokens!r}, but a tokenizer that is trained has no special "
            "token besides its end of text: give a tokenizer.json, or leave it empty"
        )
    if faults:
        raise RecipeError(*faults)


def _tokenizer_json(rule: Tokens, units: DataFrame, parent: Dataset, stores: Stores) -> bytes:
    check_tokenizer(rule, stores)
    if isinstance(rule.tokenizer, str):
        return stores.read(rule.tokenizer)
    return _trained(rule.tokenizer, units, parent.uri, parent.manifest.extra["text_bytes"], stores)


def _trained(training: TokenizerTraining, units: DataFrame, parent_uri: str, text_bytes: int, stores: Stores) -> bytes:
    """Train in one task, on documents chosen by their content hash: no more than twice the sample travels."""
    share = min(1.0, _MARGIN * training.sample_bytes / max(text_bytes, 1))

    def offer(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for unit in (unit for batch in batches for unit in batch.column("unit").to_pylist()):
            uri = join(parent_uri, shard_path("shards", unit))
            for rows in read_shard(stores, uri, ["content_hash", "text"]):
                yield rows.filter(_first(rows.column("content_hash"), share)).select(["text"])

    def learn(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        texts = (text for batch in batches for text in batch.column("text").to_pylist())
        yield pa.RecordBatch.from_pydict({"json": [train(texts, training)]})

    offered = units.select("unit").mapInArrow(offer, "text string")
    learnt: pa.Table = offered.repartition(1).mapInArrow(learn, "json string").toArrow()
    return learnt.column("json")[0].as_py().encode()  # type: ignore[no-any-return]  # pyarrow has no types


def _first(hashes: pa.Array, share: float) -> pa.Array:
    """Whether a hash is among the first `share` of all that there can be."""
    heads = np.frombuffer(b"".join(hashes.to_pylist()), ">u8").reshape(len(hashes), 2)[:, 0]
    return pa.array(heads.astype(np.float64) <= share * 2.0**64)
