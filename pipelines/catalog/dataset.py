"""A published dataset: its manifest, its shards, and whether they are still what the manifest says."""

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

import pyarrow as pa
import pyarrow.parquet as pq
from blake3 import blake3

from pipelines.catalog.layout import MANIFEST, SHARDS, STATISTICS, TOKENIZER
from pipelines.errors import ColdError, DatasetError, NotFoundError, StorageError, repair_command
from pipelines.storage import Stores, join, normalized, relative
from pipelines.storage.parallel import in_parallel
from schemas import Manifest, Shard
from schemas.manifest import SHARDS as SHARD_TABLE
from schemas.moved import MOVED, Moved, is_mark

BLOCK_BYTES = 8 << 20
"""Read at once."""
NUM_THREADS = 8
"""Files read at a time where nobody says otherwise: they wait for stores more than for cores."""

Watch = Callable[[int], None]
"""Told, from any thread, how many bytes more have been read; what it raises ends the work."""


def unwatched(num_bytes: int) -> None:
    """A `Watch` that nobody looks at."""


@dataclass(frozen=True, slots=True)
class DatasetFile:
    """A file that belongs to a dataset, and what is known of its bytes."""

    path: str
    """Relative to the dataset."""
    size_bytes: int
    """As the manifest says; where it says nothing as the store does, 0 when it is missing there."""
    blake3: str | None
    """Hexadecimal; None where the manifest vouches for nothing: rejected rows, quarantine, accounts."""


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
            raise DatasetError(f"{join(self.uri, SHARDS)} is missing: {repair_command(self.uri)}") from error
        found = blake3(data).hexdigest()
        if found != self.manifest.shards_hash:
            raise DatasetError(
                f"{join(self.uri, SHARDS)} has BLAKE3 {found}, its manifest says {self.manifest.shards_hash}: "
                f"{repair_command(self.uri)}, or make the version again"
            )
        return pq.read_table(io.BytesIO(data))

    def shards(self) -> Iterator[Shard]:
        """Its shards in order."""
        for batch in self.shard_table.to_batches():
            for row in batch.to_pylist():
                yield Shard(**row)

    def files(self) -> Iterator[DatasetFile]:
        """Every file of the dataset but its manifest: first those that this vouches for, there or not, then the others.

        A row per shard is in memory (about 150 bytes), whatever else lies there is streamed.
        """
        shards = {shard.path: (shard.bytes, shard.blake3) for shard in self.shards()}
        for path, (size_bytes, digest) in shards.items():
            yield DatasetFile(path, size_bytes, digest)
        others = self._hashes_of_others()
        for path, digest in others.items():
            yield DatasetFile(path, self._size_bytes(path), digest)
        for stat in self.stores.list_files(self.uri):
            path = relative(stat.uri, self.uri)
            if path not in shards and path not in others and path != MANIFEST and not is_mark(path):
                yield DatasetFile(path, stat.size_bytes, None)

    def verify(self, num_threads: int = NUM_THREADS, watch: Watch = unwatched) -> None:
        """Read every file that the manifest vouches for; DatasetError names each one that is missing or altered."""
        vouched_for = (file for file in self.files() if file.blake3)
        found = in_parallel(lambda file: fault_of(self.stores, self.uri, file, watch), vouched_for, num_threads)
        if faults := [fault for fault in found if fault]:
            head = f"{self.uri}: {len(faults)} files are not what the manifest says:"
            raise DatasetError("\n".join([head, *faults, repair_command(self.uri)]))

    def _hashes_of_others(self) -> dict[str, str]:
        """The manifest's hash of each file that is no shard."""
        manifest = self.manifest
        found = {SHARDS: manifest.shards_hash}
        if manifest.tokenizer:
            found[TOKENIZER] = manifest.tokenizer.hash
        if statistics_hash := manifest.extra.get("statistics_hash"):
            found[STATISTICS] = statistics_hash
        return found

    def _size_bytes(self, path: str) -> int:
        try:
            return self.stores.stat(join(self.uri, path)).size_bytes
        except NotFoundError:
            return 0


def open_dataset(uri: str, stores: Stores | None = None) -> Dataset:
    """Open a published dataset.

    DatasetError when there is no manifest or it cannot be read, ColdError when the dataset was moved elsewhere.
    """
    stores, uri = stores or Stores(), normalized(uri)
    try:
        text = stores.read(join(uri, MANIFEST))
    except NotFoundError as error:
        if moved := moved_from(stores, uri):
            raise ColdError(moved.told(uri)) from error
        raise DatasetError(f"{uri} is not a published dataset: it has no {MANIFEST}") from error
    try:
        manifest = Manifest.from_json(text.decode())
    except (ValueError, TypeError, KeyError) as error:
        raise DatasetError(f"{join(uri, MANIFEST)}: {error}") from error
    return Dataset(uri, manifest, blake3(text).hexdigest(), stores)


def is_published(stores: Stores, uri: str) -> bool:
    """Whether there is a dataset; ColdError when there was, and it lies elsewhere: it must not be made twice."""
    if stores.exists(join(uri, MANIFEST)):
        return True
    if moved := moved_from(stores, uri):
        raise ColdError(moved.told(uri))
    return False


def moved_from(stores: Stores, uri: str) -> Moved | None:
    """Where the dataset that was at `uri` lies now; None when it was not moved."""
    try:
        text = stores.read(join(uri, MOVED))
    except NotFoundError:
        return None
    try:
        return Moved.from_json(text.decode())
    except ValueError as error:
        raise DatasetError(f"{join(uri, MOVED)}: {error}") from error


def shards_to_parquet(shards: list[Shard]) -> bytes:
    """The bytes of `shards.parquet`: the same rows give the same bytes."""
    columns = {name: [getattr(shard, name) for shard in shards] for name in SHARD_TABLE.names}
    sink = io.BytesIO()
    pq.write_table(pa.table(columns, schema=SHARD_TABLE.arrow()), sink, compression="zstd")
    return sink.getvalue()


def fault_of(stores: Stores, uri: str, file: DatasetFile, watch: Watch = unwatched) -> str | None:
    """Read `file` of the dataset at `uri`; None when its hash is the one known, else what is wrong, with its name."""
    try:
        size_bytes, found = hash_of(stores, join(uri, file.path), watch)
    except NotFoundError:
        return f"{file.path}: missing"
    except StorageError as error:  # a store that checks its own bytes says so itself
        return f"{file.path}: cannot be read: {error}"
    if found == file.blake3:
        return None
    expected = f"{file.size_bytes} bytes, " if size_bytes != file.size_bytes else ""
    return f"{file.path}: {size_bytes} bytes, BLAKE3 {found}; expected {expected}{file.blake3}"


def hash_of(stores: Stores, uri: str, watch: Watch = unwatched) -> tuple[int, str]:
    """Size in bytes and BLAKE3 of an object, read in blocks."""
    digest, size_bytes = blake3(), 0
    with stores.open(uri) as stream:
        while block := stream.read(BLOCK_BYTES):
            digest.update(block)
            size_bytes += len(block)
            watch(len(block))
    return size_bytes, digest.hexdigest()
