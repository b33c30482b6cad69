"""Publishing: reconcile the counts, sweep what is not part of the dataset, write the manifest last and once."""

from collections.abc import Iterable
from dataclasses import replace

from blake3 import blake3

from pipelines.catalog.dataset import Dataset, open_dataset, shards_to_parquet
from pipelines.catalog.layout import MANIFEST, SHARDS
from pipelines.errors import AlreadyExistsError, DatasetError, ReconciliationError
from pipelines.storage import Stores, join, relative
from schemas import Manifest, Shard


def publish(stores: Stores, uri: str, manifest: Manifest, shards: list[Shard], other_files: Iterable[str]) -> Dataset:
    """Make the dataset at `uri` one that can be believed.

    `other_files`: paths in the dataset, besides shards, that belong to it; everything else there (of killed runs)
    is removed. ReconciliationError when the manifest's counts do not add up, DatasetError when another dataset is
    published there: then nothing is touched.
    """
    table = shards_to_parquet(shards)
    manifest = replace(manifest, shards_hash=blake3(table).hexdigest())
    reconcile(manifest, shards)
    if not stores.exists(join(uri, MANIFEST)):
        put_unpublished(stores, uri, SHARDS, table)
        _sweep(stores, uri, {MANIFEST, SHARDS, *other_files, *(shard.path for shard in shards)})
    put_same(stores, join(uri, MANIFEST), manifest.to_json().encode())
    return open_dataset(uri, stores)


def reconcile(manifest: Manifest, shards: list[Shard]) -> None:
    """Refuse a manifest whose sums disagree with each other or with its shards."""
    faults = []
    if left := manifest.unaccounted():
        faults.append(f"in = kept + rejected + duplicates + quarantined misses {left} documents: {manifest.accounting}")
    for total, of_shards in (
        ("rows", sum(shard.rows for shard in shards)),
        ("tokens", sum(shard.tokens for shard in shards)),
        ("bytes", sum(shard.bytes for shard in shards)),
        ("shards", len(shards)),
    ):
        if manifest.totals[total] != of_shards:
            faults.append(f"total {total} is {manifest.totals[total]}, the shards hold {of_shards}")
    if faults:
        raise ReconciliationError(
            "\n".join([f"{manifest.stage} {manifest.version}: the counts do not add up", *faults])
        )


def put_same(stores: Stores, uri: str, data: bytes) -> None:
    """Write an object, or find there exactly these bytes; DatasetError when others are there."""
    try:
        stores.put_if_absent(uri, data)
    except AlreadyExistsError:
        there = stores.read(uri)
        if there != data:
            raise DatasetError(
                f"{uri} is there with other bytes ({len(there)}, BLAKE3 {blake3(there).hexdigest()[:16]}; expected "
                f"{len(data)}, {blake3(data).hexdigest()[:16]}): the same inputs and recipe gave two results"
            ) from None


def put_unpublished(stores: Stores, uri: str, name: str, data: bytes) -> None:
    """Write a file of the dataset at `uri`, over what a killed run may have left when nothing is published there."""
    if not stores.exists(join(uri, MANIFEST)) and stores.exists(join(uri, name)):
        stores.delete(join(uri, name))
    put_same(stores, join(uri, name), data)


def _sweep(stores: Stores, uri: str, belonging: set[str]) -> None:
    stores.sweep(uri)
    for stat in stores.list_files(uri):
        if relative(stat.uri, uri) not in belonging:
            stores.delete(stat.uri)
