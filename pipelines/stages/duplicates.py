"""Which documents are duplicates, and of which: exact by content hash, near by MinHash and a verified Jaccard.

Only small columns are shuffled: ids, hashes, one 64-bit key a band, and the shingles of candidates alone.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F  # noqa: N812 (the customary name)

from pipelines.stages.components import connected_components
from pipelines.stages.shards import read_shard, shard_path
from pipelines.storage import Stores, join
from pipelines.text.minhash import MinHash, jaccard
from schemas import DUPLICATE

_KEYS_DDL = "unit string, id binary, content_hash binary, length bigint, bands array<bigint>"


@dataclass(frozen=True)
class Duplicates:
    """What counts as a duplicate."""

    minhash: MinHash = MinHash()
    """Of the same sizes as the recipe's Signature step. 14 bands of 8 find 92 % of pairs at Jaccard 0.8 (FineWeb)."""
    minimum_jaccard: float = 0.75
    """Least true Jaccard similarity of the shingles for which a near duplicate is removed; FineWeb aims at 75 %."""


def find_duplicates(shards: DataFrame, dataset_uri: str, rule: Duplicates, stores: Stores) -> DataFrame:
    """Table of units (`unit, …`) of a clean dataset → `unit` and the columns of DUPLICATE, a row per removal.

    Of exact duplicates the smallest id is kept, of a cluster of near ones the longest text, then the smallest id.
    """
    keys = _keys(shards, dataset_uri, rule.minhash, stores).persist()
    keys = keys.withColumn("first", F.min("id").over(Window.partitionBy("content_hash"))).persist()
    unique = keys.where("id = first").select("unit", "id", "length", "bands")
    near = _near(unique, dataset_uri, rule, stores).persist()
    exact = keys.where("id != first").select("unit", F.col("id").alias("removed"), F.col("first").alias("partner"))
    return near.unionByName(_exact_evidence(exact, near))


def repeated_ids(shards: DataFrame, dataset_uri: str, stores: Stores) -> int:
    """How many ids a dataset holds more than once: none, unless something is broken."""

    def read(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for unit in (unit for batch in batches for unit in batch.column("unit").to_pylist()):
            yield from read_shard(stores, join(dataset_uri, shard_path("shards", unit)), ["id"])

    return shards.select("unit").mapInArrow(read, "id binary").groupBy("id").count().where("count > 1").count()


def _keys(shards: DataFrame, dataset_uri: str, minhash: MinHash, stores: Stores) -> DataFrame:
    def read(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for unit in (unit for batch in batches for unit in batch.column("unit").to_pylist()):
            uri = join(dataset_uri, shard_path("shards", unit))
            for rows in read_shard(stores, uri, ["id", "content_hash", "text", "signature"]):
                columns = [
                    pa.repeat(pa.scalar(unit), rows.num_rows),
                    rows.column("id"),
                    rows.column("content_hash"),
                    pc.utf8_length(rows.column("text")).cast(pa.int64()),
                    _bands(rows.column("signature"), minhash),
                ]
                yield pa.RecordBatch.from_arrays(columns, ["unit", "id", "content_hash", "length", "bands"])

    return shards.select("unit").mapInArrow(read, _KEYS_DDL)


def _bands(signatures: pa.Array, minhash: MinHash) -> pa.Array:
    """Band keys, as the signed integers that Spark has; null where there is no signature."""
    present = signatures.drop_null()
    size = minhash.num_bands * minhash.rows_per_band
    matrix = np.frombuffer(b"".join(present.to_pylist()), "<u8").reshape(len(present), size)
    bands = minhash.bands(matrix).view(np.int64)
    lists = pa.FixedSizeListArray.from_arrays(pa.array(bands.reshape(-1)), minhash.num_bands).cast(pa.list_(pa.int64()))
    row = pc.subtract(pc.cumulative_sum(signatures.is_valid().cast(pa.int64())), 1)
    return lists.take(pc.if_else(signatures.is_valid(), row, None))


def _near(unique: DataFrame, dataset_uri: str, rule: Duplicates, stores: Stores) -> DataFrame:
    """Evidence of near duplicates among documents of different texts."""
    candidates = _candidates(unique).persist()
    shingles = _shingles(candidates, unique, dataset_uri, rule.minhash, stores).persist()
    edges = _with_jaccard(candidates, shingles).where(F.col("jaccard") >= rule.minimum_jaccard).persist()
    roots = connected_components(edges)
    members = roots.union(roots.select(F.col("root").alias("node"), "root").distinct())
    members = members.join(unique.select("unit", F.col("id").alias("node"), "length"), "node")
    best = F.min(F.struct(-F.col("length"), F.col("node").alias("id"))).over(Window.partitionBy("root"))
    removed = members.withColumn("kept", best["id"]).where("node != kept")
    pairs = removed.select("unit", F.col("node").alias("a"), F.col("kept").alias("b"))
    evidence = _with_jaccard(pairs, shingles).withColumnsRenamed({"a": "removed", "b": "kept"})
    evidence = evidence.join(_partners(edges), "removed").withColumn("kind", F.lit("near"))
    return evidence.select("unit", *DUPLICATE.names)


def _candidates(unique: DataFrame) -> DataFrame:
    """Pairs `a < b` that share a band's key, every document with the smallest id of its bucket, first band named."""
    keyed = unique.select("id", F.posexplode("bands").alias("band", "key"))
    first = F.min("id").over(Window.partitionBy("band", "key"))
    pairs = keyed.select("id", "band", first.alias("a")).where("id != a")
    return pairs.groupBy("a", F.col("id").alias("b")).agg(F.min("band").alias("band"))


def _shingles(
    candidates: DataFrame, unique: DataFrame, dataset_uri: str, minhash: MinHash, stores: Stores
) -> DataFrame:
    """`id, shingles` (sorted uint64 hashes, as bytes) of every candidate, read from its shard."""

    def read(group: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        wanted = pa.Table.from_batches(group)
        uri = join(dataset_uri, shard_path("shards", wanted.column("unit")[0].as_py()))
        for rows in read_shard(stores, uri, ["id", "text"]):
            found = rows.filter(pc.is_in(rows.column("id"), wanted.column("id").combine_chunks()))
            hashes = [minhash.shingle_hashes(text).tobytes() for text in found.column("text").to_pylist()]
            columns = [found.column("id"), pa.array(hashes, pa.binary())]
            yield pa.RecordBatch.from_arrays(columns, ["id", "shingles"])

    ids = candidates.select(F.col("a").alias("id")).union(candidates.select(F.col("b").alias("id"))).distinct()
    return unique.select("unit", "id").join(ids, "id").groupBy("unit").applyInArrow(read, "id binary, shingles binary")


def _with_jaccard(pairs: DataFrame, shingles: DataFrame) -> DataFrame:
    """Pairs `a, b` with the true Jaccard similarity of their shingles."""
    kept = [field for field in pairs.schema.fields if field.name not in ("a", "b")]
    of_a, of_b = (
        shingles.select(F.col("id").alias(name), F.col("shingles").alias(f"shingles_{name}")) for name in ("a", "b")
    )

    def measure(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            sides = zip(batch.column("shingles_a").to_pylist(), batch.column("shingles_b").to_pylist(), strict=True)
            values = [jaccard(np.frombuffer(a, np.uint64), np.frombuffer(b, np.uint64)) for a, b in sides]
            yield batch.drop_columns(["shingles_a", "shingles_b"]).append_column(
                "jaccard", pa.array(values, pa.float64())
            )

    ddl = ", ".join(
        ["a binary", "b binary", *(f"`{f.name}` {f.dataType.simpleString()}" for f in kept), "jaccard double"]
    )
    both = pairs.join(of_a, "a").join(of_b, "b").select("a", "b", *(f.name for f in kept), "shingles_a", "shingles_b")
    return both.mapInArrow(measure, ddl)


def _partners(edges: DataFrame) -> DataFrame:
    """For every document the verified edge that ties it best: highest Jaccard, then smallest id."""
    both = edges.select(F.col("a").alias("removed"), F.col("b").alias("partner"), "band", "jaccard").union(
        edges.select(F.col("b").alias("removed"), F.col("a").alias("partner"), "band", "jaccard")
    )
    best = both.groupBy("removed").agg(F.min(F.struct(-F.col("jaccard"), "partner", "band", "jaccard")).alias("best"))
    return best.select("removed", "best.partner", F.col("best.jaccard").alias("partner_jaccard"), "best.band")


def _exact_evidence(exact: DataFrame, near: DataFrame) -> DataFrame:
    """Exact duplicates, kept by whatever stands for the document of the same text in the end."""
    stands = near.select(F.col("removed").alias("partner"), "kept", "jaccard")
    joined = exact.join(stands, "partner", "left")
    return joined.select(
        "unit",
        "removed",
        F.coalesce("kept", "partner").alias("kept"),
        F.lit("exact").alias("kind"),
        F.coalesce("jaccard", F.lit(1.0)).alias("jaccard"),
        "partner",
        F.lit(1.0).alias("partner_jaccard"),
        F.lit(None).cast("int").alias("band"),
    )
