"""The end of a stage: counts reconciled, the gate passed, statistics and manifest written, the dataset published."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import pyarrow as pa
from blake3 import blake3

from pipelines.catalog.dataset import Dataset
from pipelines.catalog.identity import canonical, fingerprint
from pipelines.catalog.layout import STATISTICS, Place
from pipelines.catalog.publish import publish, put_unpublished
from pipelines.stages.results import Results
from pipelines.storage import Stores, join
from pipelines.validation.gate import SAMPLE_ROWS, gate
from schemas import Manifest, Schema, Tokenizer


@dataclass(frozen=True)
class Commit:
    """What is known of a stage when its units are made."""

    place: Place
    schema: Schema
    recipe: Any
    """The stage's resolved recipe."""
    parents: tuple[dict[str, str], ...]
    results: Results
    duplicate_ids: int = 0
    num_in: int | None = None
    """Documents that the parent holds; None where the inputs themselves are counted."""
    expectations: Sequence[Mapping[str, Any]] = ()
    """The recipe's own, beside those of the schema."""
    other_files: tuple[str, ...] = ()
    tokenizer: Tokenizer | None = None
    context_length: int | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)


def commit(stage: Commit, stores: Stores) -> Dataset:
    """Publish, or raise: ReconciliationError and GateError leave no manifest."""
    results, place = stage.results, stage.place
    accounting, shards = results.accounting(), results.shards
    totals = {
        "rows": sum(shard.rows for shard in shards),
        "tokens": sum(shard.tokens for shard in shards),
        "bytes": sum(shard.bytes for shard in shards),
        "shards": len(shards),
    }
    statistics = (canonical(results.statistics.described(stage.schema)) + "\n").encode()
    manifest = Manifest(
        corpus=place.corpus,
        stage=place.stage,
        version=place.version,
        recipe=stage.recipe,
        fingerprint=fingerprint(stage.recipe),
        parents=stage.parents,
        schema=tuple(_described(stage.schema)),
        totals=totals,
        accounting=accounting,
        validation={},
        shards_hash="",
        tokenizer=stage.tokenizer,
        context_length=stage.context_length,
        extra={**stage.extra, **results.facts(), "statistics_hash": blake3(statistics).hexdigest()},
    )
    unaccounted = manifest.unaccounted() + abs((stage.num_in or accounting["in"]) - accounting["in"])
    counts = {**totals, "unaccounted": unaccounted, "kept": accounting["kept"], "duplicate_ids": stage.duplicate_ids}
    sample = _sample(stage, stores)
    report = gate(place.stage, stage.schema, results.statistics, counts, sample, extra=stage.expectations)
    manifest = Manifest(**{**vars(manifest), "validation": report.to_dict()})
    put_unpublished(stores, place.uri, STATISTICS, statistics)
    return publish(stores, place.uri, manifest, shards, [STATISTICS, *stage.other_files, *results.other_files])


def _described(schema: Schema) -> list[dict[str, str]]:
    return [
        {"name": of.name, "type": str(of.type), "description": of.description, "unit": of.unit} for of in schema.fields
    ]


def _sample(stage: Commit, stores: Stores) -> pa.Table:
    """The first rows of the first shards that have any."""
    batches: list[pa.RecordBatch] = []
    rows = 0
    for shard in stage.results.shards:
        if rows >= SAMPLE_ROWS:
            break
        with stores.open(join(stage.place.uri, shard.path)) as stream:
            for batch in islice(_rows(stream, shard.path), 0, SAMPLE_ROWS):
                batches.append(batch.slice(0, SAMPLE_ROWS - rows))
                rows += batches[-1].num_rows
                if rows >= SAMPLE_ROWS:
                    break
    return pa.Table.from_batches(batches, stage.schema.arrow())


def _rows(stream: Any, path: str) -> Any:
    if path.endswith(".arrow"):
        reader = pa.ipc.open_file(stream)
        return (reader.get_batch(index) for index in range(reader.num_record_batches))
    return pa.parquet.ParquetFile(stream).iter_batches(batch_size=SAMPLE_ROWS)
