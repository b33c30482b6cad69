"""A published token dataset: its manifest, its shard table, and any of its rows in constant time.

Row → shard by bisection of the running row counts, → record batch and place in it by division (every record batch of
a dataset has `rows_per_batch` rows, but the last of a shard), → address by `maps`, → copy by `rows`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from blake3 import blake3
from numpy.typing import NDArray

from pipelines.errors import ColdError, DatasetError, NotFoundError, RefusedError, repair_command
from pipelines.reader.maps import OpenShards, map_shard
from pipelines.reader.rows import Rows, TokenType, concatenated, empty_rows, read_rows
from pipelines.storage import Stores, join, normalized, scheme
from schemas.manifest import SHARDS, Manifest, Shard, Tokenizer
from schemas.moved import MOVED, Moved
from schemas.sequence import sequence, token_type

_MAX_MAPS = 1024
"""Local shards mapped at a time; Linux allows a process 65,530 maps in all."""
_MAX_FETCHED = 4
"""Shards of other stores held in memory at a time, whole."""
_HASH_BYTES = 1 << 24


@dataclass(eq=False)
class Shards:
    """The rows of one token dataset. It pickles without its open maps: every process opens its own."""

    uri: str
    stores: Stores
    manifest: Manifest
    fingerprint: str
    """BLAKE3 of manifest.json, which vouches for every byte of the dataset."""
    tokenizer: Tokenizer
    context_length: int
    """Token ids of a row."""
    rows_per_batch: int
    """Rows of every record batch but the last of a shard."""
    table: pa.Table
    """As schemas.manifest.SHARDS."""
    _open: OpenShards | None = field(default=None, init=False, repr=False)

    def __getstate__(self) -> dict[str, object]:
        """Everything but the maps."""
        return self.__dict__ | {"_open": None}

    @property
    def num_rows(self) -> int:
        """Rows of all shards."""
        return int(self._first_rows[-1])

    @cached_property
    def token_type(self) -> TokenType:
        """The stored type of a token id."""
        stored = token_type(self.tokenizer.vocabulary_size)
        return np.dtype(np.uint16) if stored == pa.uint16() else np.dtype(np.uint32)

    @property
    def _schema(self) -> pa.Schema:
        # Not kept: a pickled Arrow schema comes back with the items of fixed-size lists nullable (pyarrow 26).
        return sequence(self.context_length, self.tokenizer.vocabulary_size).arrow()

    @cached_property
    def _first_rows(self) -> NDArray[np.int64]:
        """Number of each shard's first row, and behind them the number of rows: int64[num_shards + 1]."""
        return np.cumsum(np.concatenate([[0], self.table["rows"].to_numpy()]), dtype=np.int64)

    @property
    def _maps(self) -> OpenShards:
        if self._open is None:
            limit = _MAX_MAPS if scheme(self.uri) == "file" else _MAX_FETCHED
            largest = int(np.diff(self._first_rows).max(initial=0))
            max_batches = -(-largest // self.rows_per_batch)
            self._open = OpenShards(len(self.table), min(len(self.table), limit), max_batches)
        return self._open

    def gather(self, rows: NDArray[np.integer]) -> Rows:
        """Copy rows out of the shards, in the order given: integers[n] of 0 … num_rows-1.

        Raises:
            RefusedError: a number is not one of the dataset's rows.
            DatasetError: a shard touched for the first time is missing or not what the manifest says.
        """
        wanted = rows.astype(np.int64)
        if not len(wanted):
            return empty_rows(self.context_length, self.token_type)
        if wanted.min() < 0 or wanted.max() >= self.num_rows:
            raise RefusedError(f"rows {wanted.min()} to {wanted.max()} asked for, of {self.num_rows} counted from 0")
        shards = np.searchsorted(self._first_rows, wanted, side="right") - 1
        touched = np.unique(shards)
        step = self._maps.num_slots
        if len(touched) <= step:
            return self._read(wanted, shards, touched)
        # More shards than may be open: some at a time, then back into the order asked for.
        groups = [touched[start : start + step] for start in range(0, len(touched), step)]
        places = [np.flatnonzero(np.isin(shards, group)) for group in groups]
        parts = [self._read(wanted[at], shards[at], group) for at, group in zip(places, groups, strict=True)]
        return concatenated(parts).take(np.argsort(np.concatenate(places)))

    def _read(self, rows: NDArray[np.int64], shards: NDArray[np.int64], touched: NDArray[np.int64]) -> Rows:
        """Rows of shards that fit into the open maps together; `touched` names each of the shards once."""
        for number in touched[self._maps.slots(touched) < 0].tolist():
            shard = self._shard(number)
            uri = join(self.uri, shard.path)
            self._maps.put(number, map_shard(self.stores, uri, shard, self._schema, self.rows_per_batch))
        batches, places = np.divmod(rows - self._first_rows[shards], self.rows_per_batch)
        slots = self._maps.slots(shards)
        try:
            return read_rows(self._maps, slots, batches, places, self.context_length, self.token_type)
        except DatasetError as error:
            names = ", ".join(self._shard(number).path for number in touched[:8].tolist())
            raise DatasetError(f"{self.uri}, in one of {names}: {error}") from error

    def _shard(self, number: int) -> Shard:
        return Shard(**self.table.slice(number, 1).to_pylist()[0])

    def verify(self) -> None:
        """Read every shard and compare its BLAKE3; DatasetError names the first that differs."""
        for number in range(len(self.table)):
            shard = self._shard(number)
            uri = join(self.uri, shard.path)
            found = blake3(max_threads=blake3.AUTO)
            for piece in self._pieces(uri):
                found.update(piece)
            if found.hexdigest() != shard.blake3:
                raise DatasetError(
                    f"shard {uri}: expected BLAKE3 {shard.blake3}, found {found.hexdigest()}: "
                    f"{repair_command(self.uri)}"
                )

    def _pieces(self, uri: str) -> Iterator[bytes]:
        try:
            with self.stores.open(uri) as stream:
                while piece := stream.read(_HASH_BYTES):
                    yield piece
        except NotFoundError as error:
            raise DatasetError(f"shard {uri} is missing: {repair_command(self.uri)}") from error


def open_shards(uri: str, stores: Stores | None = None, *, verify: bool = False) -> Shards:
    """Read a token dataset's manifest and shard table; shards are opened when a row of theirs is asked for.

    Args:
        uri: the folder that holds manifest.json; a plain path or any URI that `stores` reads.
        stores: where URIs are read; those of this machine when left out.
        verify: read every shard first and compare its BLAKE3.

    Raises:
        DatasetError: no manifest, one of another format version, or files that are not those it vouches for.
        ColdError: the dataset was moved to another store.
    """
    stores, uri = stores or Stores(), normalized(uri)
    text = _published(stores, uri)
    try:
        manifest = Manifest.from_json(text.decode())
    except (ValueError, KeyError, TypeError) as error:
        raise DatasetError(f"{join(uri, 'manifest.json')}: {error}") from error
    rows_per_batch = manifest.extra.get("rows_per_batch")
    if not (manifest.tokenizer and manifest.context_length and isinstance(rows_per_batch, int) and rows_per_batch > 0):
        raise DatasetError(
            f"{uri} is a dataset of stage {manifest.stage!r}; readers need tokens: "
            "a manifest with tokenizer, context_length and extra.rows_per_batch"
        )
    fingerprint = blake3(text).hexdigest()
    table = _shard_table(stores, uri, manifest)
    shards = Shards(
        uri, stores, manifest, fingerprint, manifest.tokenizer, manifest.context_length, rows_per_batch, table
    )
    if verify:
        shards.verify()
    return shards


def _published(stores: Stores, uri: str) -> bytes:
    try:
        return stores.read(join(uri, "manifest.json"))
    except NotFoundError as error:
        _refuse_moved(stores, uri)
        raise DatasetError(
            f"{uri} is not published (no manifest.json): finish the run that makes it, or check the name"
        ) from error


def _refuse_moved(stores: Stores, uri: str) -> None:
    """ColdError when the dataset that was here lies elsewhere, with the command that brings it back."""
    try:
        moved = Moved.from_json(stores.read(join(uri, MOVED)).decode())
    except NotFoundError:
        return
    except ValueError as error:
        raise DatasetError(f"{join(uri, MOVED)}: {error}") from error
    raise ColdError(moved.told(uri))


def _shard_table(stores: Stores, uri: str, manifest: Manifest) -> pa.Table:
    name = join(uri, "shards.parquet")
    try:
        data = stores.read(name)
    except NotFoundError as error:
        raise DatasetError(f"{name} is missing: {repair_command(uri)}") from error
    found = blake3(data).hexdigest()
    if found != manifest.shards_hash:
        raise DatasetError(f"{name}: expected BLAKE3 {manifest.shards_hash}, found {found}: {repair_command(uri)}")
    table = pq.read_table(pa.BufferReader(data)).select(SHARDS.names).cast(SHARDS.arrow())
    num_rows = int(table["rows"].to_numpy().sum())
    if num_rows != manifest.totals.get("rows"):
        raise DatasetError(f"{name}: {num_rows} rows in all, but the manifest counts {manifest.totals.get('rows')}")
    return table
