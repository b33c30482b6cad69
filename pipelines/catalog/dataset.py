"""A published dataset: its manifest, its shards, and whether they are still what the manifest says."""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import pyarrow as pa
import pyarrow.parquet as pq
from blake3 import blake3

from pipelines.catalog.layout import MANIFEST, SHARDS
from pipelines.errors import DatasetError, NotFoundError
from pipelines.storage import Stores, join, normalized
from schemas import Manifest, Shard
from schemas.manifest import SHARDS as SHARD_TABLE

_BLOCK_BYTES = 8 << 20


@dataclass(frozen=True)
class Dataset:
    """One stage of a corpus, believed because its manifest is there."""

    uri: str
    manifest: Manifest
    manifest_hash: str
    """BLAKE3 of manifest.json."""
    stores: Stores

    @cached_property
    def shard_table(self) -> pa.Table:
        """`shards.parquet`, checked against the manifest; DatasetError when it is another one."""
        try:
            data = self.stores.read(join(self.uri, SHARDS))
        except NotFoundError as error:
            raise DatasetError(f"{join(self.uri, SHARDS)} is missing: restore it from a replica") from error
        found = blake3(data).hexdigest()
        if found != self.manifest.shards_hash:
            raise DatasetError(
                f"{join(self.uri, SHARDS)} has BLAKE3 {found}, its manifest says {self.manifest.shards_hash}: "
                "restore the file from a replica or make the version again"
            )
        return pq.read_table(io.BytesIO(data))

    def shards(self) -> Iterator[Shard]:
        """Its shards in order."""
        for batch in self.shard_table.to_batches():
            for row in batch.to_pylist():
                yield Shard(**row)

    def verify(self) -> None:
        """Read every shard again; DatasetError names each one that is missing or altered."""
        faults = [fault for shard in self.shards() if (fault := self._fault(shard))]
        if faults:
            raise DatasetError(
                "\n".join([f"{self.uri}: {len(faults)} shards are not what the manifest says:", *faults])
            )

    def _fault(self, shard: Shard) -> str | None:
        try:
            size_bytes, found = hash_of(self.stores, join(self.uri, shard.path))
        except NotFoundError:
            return f"{shard.path}: missing"
        if (size_bytes, found) != (shard.bytes, shard.blake3):
            return f"{shard.path}: {size_bytes} bytes, BLAKE3 {found}; expected {shard.bytes} bytes, {shard.blake3}"
        return None


def open_dataset(uri: str, stores: Stores | None = None) -> Dataset:
    """Open a published dataset; DatasetError when there is no manifest or it cannot be read."""
    stores, uri = stores or Stores(), normalized(uri)
    try:
        text = stores.read(join(uri, MANIFEST))
    except NotFoundError as error:
        raise DatasetError(f"{uri} is not a published dataset: it has no {MANIFEST}") from error
    try:
        manifest = Manifest.from_json(text.decode())
    except (ValueError, TypeError, KeyError) as error:
        raise DatasetError(f"{join(uri, MANIFEST)}: {error}") from error
    return Dataset(uri, manifest, blake3(text).hexdigest(), stores)


def shards_to_parquet(shards: list[Shard]) -> bytes:
    """The bytes of `shards.parquet`: the same rows give the same bytes."""
    columns = {name: [getattr(shard, name) for shard in shards] for name in SHARD_TABLE.names}
    sink = io.BytesIO()
    pq.write_table(pa.table(columns, schema=SHARD_TABLE.arrow()), sink, compression="zstd")
    return sink.getvalue()


def hash_of(stores: Stores, uri: str) -> tuple[int, str]:
    """Size in bytes and BLAKE3 of an object, read in blocks."""
    digest, size_bytes = blake3(), 0
    with stores.open(uri) as stream:
        while block := stream.read(_BLOCK_BYTES):
            digest.update(block)
            size_bytes += len(block)
    return size_bytes, digest.hexdigest()
