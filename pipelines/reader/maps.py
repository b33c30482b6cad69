"""Shards in memory: a mapped Arrow file, where its columns lie, and a bounded number of them open at a time.

An uncompressed Arrow file is its columns' bytes, batch behind batch, so that a row is found by arithmetic from a few
addresses. Whatever is wrong with a file is found when it is mapped: what `gather` reads later lies inside the map.
"""

import mmap
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from blake3 import blake3
from numpy.typing import NDArray

from pipelines.errors import DatasetError, NotFoundError, StorageError, repair_command
from pipelines.storage import Stores, local_path, scheme
from schemas.manifest import Shard

_READ_BYTES = 1 << 23


@dataclass(frozen=True)
class MappedShard:
    """One shard's bytes, and for each of its record batches the address of each column."""

    buffer: pa.Buffer
    """Keeps the bytes where they are for as long as this lives."""
    token_ids: NDArray[np.int64]
    starts_offsets: NDArray[np.int64]
    starts: NDArray[np.int64]
    num_starts: NDArray[np.int64]
    """How many values lie at `starts`: an offset beyond them is damage."""
    num_tokens: NDArray[np.int64]


def map_shard(stores: Stores, uri: str, shard: Shard, schema: pa.Schema, rows_per_batch: int) -> MappedShard:
    """Map a local shard, or read one from elsewhere; DatasetError when it is not what the manifest says.

    What is read passes by whole, so its BLAKE3 is compared; of a mapped one only pages that are asked for are read.
    """
    way_out = repair_command(uri.removesuffix(f"/{shard.path}"))
    try:
        found_bytes = stores.stat(uri).size_bytes
    except NotFoundError as error:
        raise DatasetError(f"shard {uri} is missing: {way_out}") from error
    if found_bytes != shard.bytes:
        raise DatasetError(
            f"shard {uri}: expected {shard.bytes} bytes as in the manifest, found {found_bytes}: {way_out}"
        )
    try:
        buffer = _mapped(uri) if scheme(uri) == "file" else _read(stores, uri, shard)
        return _located(buffer, shard.rows, schema, rows_per_batch)
    except StorageError as error:  # a store that checks its own bytes says so itself
        raise DatasetError(f"shard {uri} cannot be read: {error}; if it is damaged, {way_out}") from error
    except pa.ArrowException as error:
        raise DatasetError(f"shard {uri}: {error}: {way_out}") from error
    except DatasetError as error:
        raise DatasetError(f"shard {uri}: {error}") from error


def _mapped(uri: str) -> pa.Buffer:
    with pa.memory_map(local_path(uri)) as file:
        return file.read_buffer()


def _read(stores: Stores, uri: str, shard: Shard) -> pa.Buffer:
    """All bytes of an object, in a map of their own: it lies near the other maps and goes back to the system whole."""
    memory, digest = mmap.mmap(-1, shard.bytes), blake3()
    done = 0
    with stores.open(uri) as stream:
        while done < shard.bytes and (piece := stream.read(min(_READ_BYTES, shard.bytes - done))):
            memory[done : done + len(piece)] = piece
            digest.update(piece)
            done += len(piece)
    if done < shard.bytes:
        raise DatasetError(f"expected {shard.bytes} bytes, and the stream ended at {done}: read it again")
    if digest.hexdigest() != shard.blake3:
        found = f"expected BLAKE3 {shard.blake3}, found {digest.hexdigest()}"
        raise DatasetError(f"{found}: {repair_command(uri.removesuffix(f'/{shard.path}'))}")
    return pa.py_buffer(memory)


def _located(buffer: pa.Buffer, num_rows: int, schema: pa.Schema, rows_per_batch: int) -> MappedShard:
    with pa.ipc.open_file(pa.BufferReader(buffer)) as reader:
        if not reader.schema.equals(schema):
            raise DatasetError(f"expected the columns {_in_words(schema)}, found {_in_words(reader.schema)}")
        batches = [reader.get_batch(number) for number in range(reader.num_record_batches)]
    for batch in batches:
        batch.validate()  # buffers too short for their rows; what the offsets say is checked when a row is read
    found = [batch.num_rows for batch in batches]
    expected = [min(rows_per_batch, num_rows - start) for start in range(0, num_rows, rows_per_batch)]
    if found != expected:
        raise DatasetError(
            f"expected {num_rows} rows in batches of {rows_per_batch}, found {sum(found)} rows in {len(found)} batches"
        )
    pieces = [_addresses(buffer, batch) for batch in batches]
    return MappedShard(buffer, *np.array(pieces, dtype=np.int64).reshape(-1, 5).T)


def _addresses(buffer: pa.Buffer, batch: pa.RecordBatch) -> tuple[int, int, int, int, int]:
    """Where the columns of a batch lie; DatasetError when it is outside the map, as decompressed values are."""
    ids, starts, num_tokens = batch.columns
    token_ids, offsets, values, counts = (
        ids.buffers()[-1],
        starts.buffers()[1],
        starts.buffers()[-1] if len(starts.values) else None,
        num_tokens.buffers()[-1],
    )
    for column in (token_ids, offsets, values, counts):
        if column and not (
            buffer.address <= column.address and column.address + column.size <= buffer.address + buffer.size
        ):
            raise DatasetError("compressed columns cannot be mapped: write the dataset's shards without compression")
    start = values.address if values else buffer.address
    return token_ids.address, offsets.address, start, len(starts.values), counts.address


def _in_words(schema: pa.Schema) -> str:
    return ", ".join(f"{field.name}: {field.type}" for field in schema)


class OpenShards:
    """At most `num_slots` mapped shards; the one unused for longest makes room.

    `addresses` is int64[5, num_slots, batches of the largest shard]: for each open shard and record batch what
    MappedShard says of it, side by side, so that rows of many shards are located by one indexing.
    """

    def __init__(self, num_shards: int, num_slots: int, max_batches: int) -> None:
        self.num_slots = num_slots
        self.addresses = np.zeros((5, num_slots, max_batches), dtype=np.int64)
        self._slot = np.full(num_shards, -1, dtype=np.int64)
        self._last_use = np.zeros(num_slots, dtype=np.int64)
        self._now = 0
        self._mapped: dict[int, tuple[int, MappedShard]] = {}
        """Slot → number and map of the shard in it."""
        self._span: tuple[pa.Buffer, int] | None = None

    def slots(self, shards: NDArray[np.int64]) -> NDArray[np.int64]:
        """The slot of each shard, -1 where it has to be put first; those found count as used now."""
        self._now += 1
        slots = self._slot[shards]
        self._last_use[slots[slots >= 0]] = self._now
        return slots

    def put(self, number: int, mapped: MappedShard) -> None:
        """Give a shard a slot, taking that of the one unused for longest."""
        slot = int(self._last_use.argmin())
        if slot in self._mapped:
            self._slot[self._mapped[slot][0]] = -1
        columns = (mapped.token_ids, mapped.starts_offsets, mapped.starts, mapped.num_starts, mapped.num_tokens)
        for table, values in zip(self.addresses, columns, strict=True):
            table[slot, : len(values)] = values
        self._mapped[slot] = (number, mapped)
        self._span = None
        self._slot[number] = slot
        self._last_use[slot] = self._now

    def span(self) -> tuple[pa.Buffer, int]:
        """The open map that lies lowest, and how many bytes lie between its start and the end of the highest."""
        if self._span is None:
            buffers = [mapped.buffer for _, mapped in self._mapped.values()]
            lowest = min(buffers, key=lambda buffer: buffer.address)
            end = max(buffer.address + buffer.size for buffer in buffers)
            self._span = (lowest, end - lowest.address)
        return self._span
