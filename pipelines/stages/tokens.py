"""The stage `tokens`: documents tokenized where they lie, shuffled into the global order, packed, one file a shard."""

import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby, pairwise

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from blake3 import blake3
from pyspark.sql import DataFrame

from pipelines.catalog.dataset import hash_of
from pipelines.stages.order import order_keys, shard_of, sortable
from pipelines.stages.progress import Counter
from pipelines.stages.results import Result, result_ddl, told
from pipelines.stages.shards import ROW_GROUP_BYTES, Sink, new_file, read_shard, shard_path
from pipelines.storage import Stores, join
from pipelines.tokens import Tokenizer
from pipelines.tokens.encoders import THREADS, FlatIds
from pipelines.tokens.pack import ConcatenateAndSplit, Packing, RowLayout, Sequences, append_end_of_text
from pipelines.tokens.texts import cuts
from pipelines.tokens.train import TokenizerTraining
from pipelines.validation.statistics import Statistics, merged
from schemas import Schema, Shard, sequence

_ENCODED_DDL = "shard int, place bigint, id binary, tokens binary"


@dataclass(frozen=True)
class Tokens:
    """How text becomes training rows."""

    tokenizer: str | TokenizerTraining = TokenizerTraining()
    """Path or URI of a tokenizer.json, or how to train one on the corpus."""
    end_of_text: str = "<|endoftext|>"
    """The special token that follows every document, one without text too; never made from a document's text."""
    recognized_tokens: tuple[str, ...] = ()
    """Special tokens that become their own id where a text spells them, say those of a chat format. The others are
    encoded as the characters they are written with, so that no page can put a control token into the data."""
    context_length: int = 2048
    """Tokens in a row."""
    packing: Packing = ConcatenateAndSplit()
    num_shards: int = 8
    """Files of the dataset. Aim at 100 MB to 1 GB each: the reader fetches whole shards."""
    seed: int = 0
    """Of the global order."""
    rows_per_batch: int = 1024
    """Rows of a record batch in a shard, all but the last: what lets a reader find a row by arithmetic."""


@dataclass(frozen=True)
class TokenShards:
    """Encodes and packs; shipped to the workers."""

    parent_uri: str
    dataset_uri: str
    identity: str
    """Hash of the parent's shards and of the rule; with a shard's number it names the unit."""
    rule: Tokens
    tokenizer: Tokenizer
    stores: Stores

    @property
    def schema(self) -> Schema:
        """The rows it makes."""
        return sequence(self.rule.context_length, self.tokenizer.vocabulary_size)

    def name(self, number: int) -> str:
        """The name of a shard's unit."""
        return blake3(f"{self.identity}/{number}".encode()).hexdigest(length=16)

    def path(self, number: int) -> str:
        """Where a shard lies in the dataset: in the order of numbers."""
        return f"shards/{number:06d}-{self.name(number)[:16]}.arrow"

    def encode(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """Units of the parent → every document's shard, place in it, and token ids."""
        for variable in THREADS:  # a worker's engine would start a thread for each core of the machine
            os.environ.setdefault(variable, os.environ.get("OMP_NUM_THREADS", "1"))  # set by Spark: a task's cores
        for unit in (unit for batch in batches for unit in batch.column("unit").to_pylist()):
            for rows in read_shard(self.stores, join(self.parent_uri, shard_path("shards", unit)), ["id", "text"]):
                sizes = pc.binary_length(rows.column("text")).fill_null(0).to_numpy()
                for begin, end in cuts(sizes, ROW_GROUP_BYTES):  # a batch of ids must stay below Arrow's 2 GiB
                    yield self._encoded(rows.slice(begin, end - begin))

    def _encoded(self, rows: pa.RecordBatch) -> pa.RecordBatch:
        keys = order_keys(rows.column("id"), self.rule.seed)
        ids, offsets = append_end_of_text(
            *self.tokenizer.encode_flat(rows.column("text")), self.tokenizer.end_of_text_id
        )
        stored = ids.astype(self.tokenizer.dtype)
        edges = pa.py_buffer((offsets * stored.itemsize).astype(np.int64))
        tokens = pa.Array.from_buffers(pa.large_binary(), len(rows), [None, edges, pa.py_buffer(stored)])
        columns = [pa.array(shard_of(keys, self.rule.num_shards)), pa.array(sortable(keys)), rows.column("id")]
        return pa.RecordBatch.from_arrays([*columns, tokens.cast(pa.binary())], ["shard", "place", "id", "tokens"])

    def write(self, batches: Iterator[pa.RecordBatch]) -> Iterator[Result]:
        """Documents ordered by (shard, place) → a file for every shard."""
        for number, slices in groupby(_slices(batches), key=lambda pair: pair[0]):
            yield self._make(number, (self._flat(part.column("tokens")) for _, part in slices))

    def recall(self, number: int) -> Result | None:
        """The result of a shard that is there; None when it is not."""
        uri, account = join(self.dataset_uri, self.path(number)), join(self.dataset_uri, self._account_path(number))
        if not self.stores.exists(uri):
            return None
        values = json.loads(self.stores.read(account))
        size_bytes, digest = hash_of(self.stores, uri)
        shard = Shard(self.path(number), self.name(number), values["rows"], values["tokens"], size_bytes, digest)
        statistics = Statistics.from_json(values["statistics"])
        return self._result(number, shard, values["documents"], statistics, new=False)

    def _make(self, number: int, documents: Iterable[FlatIds]) -> Result:
        counted = _Counted(documents)
        layout = RowLayout(self.rule.context_length, self.tokenizer.end_of_text_id, self.tokenizer.dtype)
        schema, statistics, rows, tokens = self.schema.arrow(), merged([]), 0, 0
        with new_file(self.stores, join(self.dataset_uri, self.path(number))) as output:
            with pa.ipc.new_file(Sink(output), schema) as writer:
                for batch in _batches(self.rule.packing(counted, layout), schema, self.rule.rows_per_batch):
                    writer.write_batch(batch)
                    statistics = merged([statistics, Statistics.of(batch, self.schema)])
                    rows += batch.num_rows
                    tokens += int(batch.column("num_tokens").to_numpy().sum())
            self._write_account(number, counted.documents, rows, tokens, statistics)
            size_bytes, digest = output.size_bytes, output.blake3()
        shard = Shard(self.path(number), self.name(number), rows, tokens, size_bytes, digest)
        return self._result(number, shard, counted.documents, statistics, new=True)

    def _write_account(self, number: int, documents: int, rows: int, tokens: int, statistics: Statistics) -> None:
        """Beside the shard and before it: an Arrow file's footer has no place for what is known at its end."""
        account = {"documents": documents, "rows": rows, "tokens": tokens, "statistics": statistics.to_json()}
        with new_file(self.stores, join(self.dataset_uri, self._account_path(number))) as output:
            output.write(json.dumps(account, sort_keys=True).encode())

    def _account_path(self, number: int) -> str:
        return f"accounts/{self.name(number)}.json"

    def _result(self, number: int, shard: Shard, documents: int, statistics: Statistics, *, new: bool) -> Result:
        account = {"in": documents, "kept": documents, "rejected": {}, "duplicates": {}, "quarantined": {}}
        padding = shard.rows * self.rule.context_length - shard.tokens
        facts = {"padding_tokens": padding, "end_of_text_tokens": documents}
        files = (self._account_path(number),)
        return Result(number, shard, account, statistics, files, shard.bytes, new, facts)

    def _flat(self, tokens: pa.Array) -> FlatIds:
        """A binary column of ids as one flat array and its offsets, without a copy of the ids' bytes."""
        width = np.dtype(self.tokenizer.dtype).itemsize
        edges = np.frombuffer(tokens.buffers()[1], np.int32)[tokens.offset : tokens.offset + len(tokens) + 1]
        values = np.frombuffer(tokens.buffers()[2], self.tokenizer.dtype, edges[-1] // width)[edges[0] // width :]
        return values.astype(np.uint32), (edges - edges[0]).astype(np.int64) // width


def token_shards(units: DataFrame, work: TokenShards, missing: list[int], counter: Counter) -> DataFrame:
    """Units of the parent → rows of results of the `missing` shards; Spark sorts, outside of memory when it must."""

    def write(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        yield from told(work.write(batches), counter)

    encoded = units.select("unit").mapInArrow(work.encode, _ENCODED_DDL)
    if len(missing) < work.rule.num_shards:
        encoded = encoded.where(encoded.shard.isin(missing))
    placed = encoded.repartitionById(work.rule.num_shards, "shard").sortWithinPartitions("shard", "place", "id")
    return placed.select("shard", "tokens").mapInArrow(write, result_ddl())


class _Counted:
    """Documents on their way, counted as they pass."""

    def __init__(self, batches: Iterable[FlatIds]) -> None:
        self._batches = batches
        self.documents = 0

    def __iter__(self) -> Iterator[FlatIds]:
        for ids, offsets in self._batches:
            self.documents += len(offsets) - 1
            yield ids, offsets


def _slices(batches: Iterator[pa.RecordBatch]) -> Iterator[tuple[int, pa.RecordBatch]]:
    """Batches cut where the shard changes."""
    for batch in batches:
        shards = batch.column("shard").to_numpy()
        edges = [0, *(np.flatnonzero(np.diff(shards)) + 1).tolist(), len(shards)]
        for start, end in pairwise(edges):
            if end > start:
                yield int(shards[start]), batch.slice(start, end - start)


def _batches(blocks: Iterator[Sequences], schema: pa.Schema, rows_per_batch: int) -> Iterator[pa.RecordBatch]:
    """Blocks of rows as record batches of exactly `rows_per_batch` rows, all but the last."""
    pending = pa.table({name: [] for name in schema.names}, schema=schema)
    for block in blocks:
        pending = pa.concat_tables([pending, pa.Table.from_batches([_record_batch(block, schema)])])
        whole = pending.num_rows - pending.num_rows % rows_per_batch
        yield from pending.slice(0, whole).combine_chunks().to_batches(max_chunksize=rows_per_batch)
        pending = pending.slice(whole)
    if pending.num_rows:
        yield from pending.combine_chunks().to_batches()


def _record_batch(block: Sequences, schema: pa.Schema) -> pa.RecordBatch:
    ids = pa.FixedSizeListArray.from_arrays(pa.array(block.token_ids.reshape(-1)), type=schema.field("token_ids").type)
    offsets = pa.array(block.start_offsets.astype(np.int32))
    starts = pa.ListArray.from_arrays(offsets, pa.array(block.start_values), type=schema.field("document_starts").type)
    return pa.RecordBatch.from_arrays([ids, starts, pa.array(block.num_tokens)], schema=schema)
