"""The stage `deduplicated`: every clean shard written again without its duplicates, the evidence beside it."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from blake3 import blake3
from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812 (the customary name)

from pipelines.stages.progress import Counter
from pipelines.stages.results import Result, result_ddl, told
from pipelines.stages.shards import ParquetShard, described, new_file, read_shard, shard_path
from pipelines.storage import Stores, join
from pipelines.validation.statistics import Statistics, merged
from schemas import DUPLICATE, Schema, Shard


@dataclass(frozen=True)
class DeduplicateUnit:
    """Makes one unit of the stage: one clean shard, less the documents to remove."""

    clean_uri: str
    dataset_uri: str
    schema: Schema
    identity: str
    """Hash of the clean dataset's shards and of the rule: with the clean unit's name it names the unit."""
    stores: Stores

    def __call__(self, specification: str, removals: pa.Table) -> Result:
        """The unit's result; `removals` are its rows of DUPLICATE."""
        spec = json.loads(specification)
        name = self.name(spec["unit"])
        path = shard_path("shards", name)
        if not self.stores.exists(join(self.dataset_uri, path)):
            return self._make(spec, name, removals)
        shard, account = described(self.stores, self.dataset_uri, path, name)
        statistics = Statistics.from_json(account["statistics"])
        files, facts = tuple(account["files"]), {"text_bytes": account["text_bytes"]}
        return Result(spec["order"], shard, account["accounting"], statistics, files, spec["bytes"], False, facts)

    def name(self, clean_unit: str) -> str:
        """The unit's name follows from what it reads, whole: which duplicates it has depends on every document."""
        return blake3(f"{self.identity}/{clean_unit}".encode()).hexdigest(length=16)

    def _make(self, spec: dict[str, Any], name: str, removals: pa.Table) -> Result:
        with ExitStack() as files:
            path = shard_path("shards", name)
            output = files.enter_context(new_file(self.stores, join(self.dataset_uri, path)))
            evidence = self._write_evidence(name, removals)
            parquet = files.enter_context(ParquetShard(output, self.schema))
            statistics, num_read, text_bytes = merged([]), 0, 0
            clean_shard = join(self.clean_uri, shard_path("shards", spec["unit"]))
            for batch in read_shard(self.stores, clean_shard, self.schema.names):
                kept = batch.filter(
                    pc.invert(pc.is_in(batch.column("id"), removals.column("removed").combine_chunks()))
                )
                num_read += batch.num_rows
                text_bytes += pc.sum(pc.binary_length(kept.column("text"))).as_py() or 0
                statistics = merged([statistics, Statistics.of(kept, self.schema)])
                parquet.write(kept)
            accounting = _accounting(num_read, parquet.rows, removals)
            account = {"accounting": accounting, "statistics": statistics.to_json(), "files": list(evidence)}
            parquet.close({**account, "text_bytes": text_bytes})
            shard = Shard(path, name, parquet.rows, 0, output.size_bytes, output.blake3())
        facts = {"text_bytes": text_bytes}
        return Result(spec["order"], shard, accounting, statistics, evidence, spec["bytes"], True, facts)

    def _write_evidence(self, name: str, removals: pa.Table) -> tuple[str, ...]:
        if not removals.num_rows:
            return ()
        path = shard_path("rejected", name)
        with new_file(self.stores, join(self.dataset_uri, path)) as output, ParquetShard(output, DUPLICATE) as parquet:
            for batch in removals.sort_by("removed").cast(DUPLICATE.arrow()).combine_chunks().to_batches():
                parquet.write(batch)
            parquet.close()
        return (path,)


def deduplicated(units: DataFrame, removals: DataFrame, work: DeduplicateUnit, counter: Counter) -> DataFrame:
    """Units (`unit, specification`) and their removals, brought together by unit and made; rows of results."""
    nothing = [F.lit(None).cast(field.dataType).alias(field.name) for field in removals.drop("unit").schema.fields]
    begun = units.select("unit", "specification", *nothing)
    rows = begun.unionByName(removals.withColumn("specification", F.lit(None).cast("string")))
    return rows.groupBy("unit").applyInArrow(_make_group(work, counter), result_ddl())


def _make_group(
    work: DeduplicateUnit, counter: Counter
) -> Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    def make(group: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        table = pa.Table.from_batches(group)
        specification = table.column("specification").drop_null()[0].as_py()
        removals = table.filter(table.column("removed").is_valid()).select(DUPLICATE.names)
        yield from told([work(specification, removals)], counter)

    return make


def _accounting(num_read: int, kept: int, removals: pa.Table) -> dict[str, Any]:
    kinds = pc.value_counts(removals.column("kind")).to_pylist()
    duplicates = dict(sorted((kind["values"], kind["counts"]) for kind in kinds))
    return {"in": num_read, "kept": kept, "rejected": {}, "duplicates": duplicates, "quarantined": {}}
