"""A published token dataset: its manifest, its shard table, and any of its rows in constant time.

Row → shard by bisection of the running row counts, → record batch and place in it by division (all batches of a dataset
have `rows_per_batch` rows, but the last of a shard), → address by `maps`. Rows are gathered by one indexing over the
address range that holds all open maps, so the cost does not depend on how many shards a batch touches.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import overload

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from blake3 import blake3
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

from pipelines.errors import DatasetError, NotFoundError, RefusedError
from pipelines.reader.maps import MappedShard, OpenShards, map_shard
from pipelines.storage import Stores, join, normalized, scheme
from schemas.manifest import SHARDS, Manifest, Shard
from schemas.manifest import Tokenizer as TokenizerEntry
from schemas.sequence import sequence

_MAX_MAPS = 1024
"""Local shards mapped at a time; Linux allows a process 65,530 maps in all."""
_MAX_FETCHED = 4
"""Shards of other stores held in memory at a time, whole."""
_HASH_BYTES = 1 << 24


@dataclass(frozen=True)
class Ragged(Sequence[NDArray[np.int32]]):
    """Rows of different lengths: row i is `values[offsets[i]:offsets[i + 1]]`."""

    values: NDArray[np.int32]
    offsets: NDArray[np.int64]
    """One more than there are rows."""

    def __len__(self) -> int:
        return len(self.offsets) - 1

    @overload
    def __getitem__(self, index: int) -> NDArray[np.int32]: ...
    @overload
    def __getitem__(self, index: slice) -> "Ragged": ...
    def __getitem__(self, index: int | slice) -> "NDArray[np.int32] | Ragged":
        if isinstance(index, int):
            row = range(len(self))[index]
            return self.values[self.offsets[row] : self.offsets[row + 1]]
        start, stop, step = index.indices(len(self))
        if step != 1:
            raise RefusedError(f"step {step}: rows of different lengths are sliced in steps of 1 only")
        offsets = self.offsets[start : max(start, stop) + 1]
        return Ragged(self.values[offsets[0] : offsets[-1]], offsets - offsets[0])


@dataclass(frozen=True)
class Rows:
    """Some rows of a dataset, in the order asked for."""

    token_ids: NDArray[np.unsignedinteger]
    """[n, context_length] in the stored type, a copy that may be written to."""
    document_starts: Ragged
    num_tokens: NDArray[np.int32]


@dataclass(eq=False)
class Shards:
    """The rows of one token dataset. It pickles without its open maps, so that workers open their own."""

    uri: str
    stores: Stores
    manifest: Manifest
    fingerprint: str
    """BLAKE3 of manifest.json, which vouches for every byte of the dataset."""
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

    @property
    def context_length(self) -> int:
        """Token ids of a row."""
        assert self.manifest.context_length  # noqa: S101 (open_shards refuses a manifest without it)
        return self.manifest.context_length

    @property
    def tokenizer(self) -> TokenizerEntry:
        """What the manifest says of the tokenizer."""
        assert self.manifest.tokenizer  # noqa: S101 (open_shards refuses a manifest without it)
        return self.manifest.tokenizer

    @cached_property
    def token_type(self) -> np.dtype[np.unsignedinteger]:
        """The stored type of a token id: uint16 or uint32."""
        return np.dtype(self._schema.field("token_ids").type.value_type.to_pandas_dtype())

    @cached_property
    def _schema(self) -> pa.Schema:
        return sequence(self.context_length, self.tokenizer.vocabulary_size).arrow()

    @cached_property
    def _first_rows(self) -> NDArray[np.int64]:
        """Number of each shard's first row, and behind them the number of rows: int64[num_shards + 1]."""
        return np.concatenate([[0], np.cumsum(self.table["rows"].to_numpy(), dtype=np.int64)]).astype(np.int64)

    @property
    def _rows_per_batch(self) -> int:
        return int(self.manifest.extra["rows_per_batch"])

    def gather(self, rows: NDArray[np.integer]) -> Rows:
        """Copy rows out of the shards, in the order given: integers[n] of 0 … num_rows-1.

        Raises:
            RefusedError: a number is not one of the dataset's rows.
            DatasetError: a shard touched for the first time is missing or not what the manifest says.
        """
        wanted = rows.astype(np.int64)
        if len(wanted) and not (0 <= wanted.min() and wanted.max() < self.num_rows):
            raise RefusedError(f"rows {wanted.min()} to {wanted.max()} asked for, of {self.num_rows} counted from 0")
        shards = np.searchsorted(self._first_rows, wanted, side="right") - 1
        touched = np.unique(shards)
        if len(touched) <= self._maps.num_slots:
            return self._gather_open(wanted, shards, touched)
        pieces = [touched[start : start + self._maps.num_slots] for start in range(0, len(touched), self._maps.num_slots)]
        return self._gather_pieces(wanted, shards, pieces)

    @property
    def _maps(self) -> OpenShards:
        if self._open is None:
            num_slots = min(len(self.table), _MAX_MAPS if scheme(self.uri) == "file" else _MAX_FETCHED)
            largest = int(np.diff(self._first_rows).max(initial=0))
            self._open = OpenShards(len(self.table), num_slots, -(-largest // self._rows_per_batch))
        return self._open

    def _gather_pieces(
        self, rows: NDArray[np.int64], shards: NDArray[np.int64], pieces: list[NDArray[np.int64]]
    ) -> Rows:
        """Rows of more shards than may be open at once: some shards at a time, then into the order asked for."""
        places, parts = [], []
        for touched in pieces:
            places.append(np.flatnonzero(np.isin(shards, touched)))
            parts.append(self._gather_open(rows[places[-1]], shards[places[-1]], touched))
        back = np.argsort(np.concatenate(places))
        lengths = np.concatenate([np.diff(part.document_starts.offsets) for part in parts])
        begins = np.cumsum(lengths) - lengths
        values = np.concatenate([part.document_starts.values for part in parts])
        flat, offsets = _ranges(begins[back], lengths[back])
        return Rows(
            np.concatenate([part.token_ids for part in parts])[back],
            Ragged(values[flat], offsets),
            np.concatenate([part.num_tokens for part in parts])[back],
        )

    def _gather_open(
        self, rows: NDArray[np.int64], shards: NDArray[np.int64], touched: NDArray[np.int64]
    ) -> Rows:
        """The same for shards that fit into the open maps together."""
        if not len(rows):
            return Rows(
                np.empty((0, self.context_length), self.token_type),
                Ragged(np.empty(0, np.int32), np.zeros(1, np.int64)),
                np.empty(0, np.int32),
            )
        for number in touched[self._maps.slots(touched) < 0].tolist():
            self._maps.put(number, self._map(number))
        batch, place = np.divmod(rows - self._first_rows[shards], self._rows_per_batch)
        token_ids, starts_offsets, starts, num_starts, num_tokens = self._maps.addresses[
            :, self._maps.slots(shards), batch
        ]
        lowest, num_bytes = self._maps.span()
        row_type = np.dtype((np.void, self.context_length * self.token_type.itemsize))
        ids = _at(lowest, num_bytes, token_ids + place * row_type.itemsize, row_type)
        begins = _at(lowest, num_bytes, starts_offsets + place * 4, np.dtype(np.int32)).astype(np.int64)
        ends = _at(lowest, num_bytes, starts_offsets + place * 4 + 4, np.dtype(np.int32)).astype(np.int64)
        if not ((begins >= 0) & (begins <= ends) & (ends <= num_starts)).all():
            raise DatasetError(f"{self.uri}: document_starts point outside their column: copy the dataset again")
        flat, offsets = _ranges(starts + begins * 4, ends - begins, step=4)
        return Rows(
            ids.view(self.token_type).reshape(len(rows), self.context_length),
            Ragged(_at(lowest, num_bytes, flat, np.dtype(np.int32)), offsets),
            _at(lowest, num_bytes, num_tokens + place * 4, np.dtype(np.int32)),
        )

    def _shard(self, number: int) -> Shard:
        return Shard(**self.table.slice(number, 1).to_pylist()[0])

    def _map(self, number: int) -> MappedShard:
        shard = self._shard(number)
        return map_shard(self.stores, join(self.uri, shard.path), shard, self._schema, self._rows_per_batch)

    def verify(self) -> None:
        """Read every shard and compare its BLAKE3; DatasetError names the first that differs."""
        for number in range(len(self.table)):
            shard = self._shard(number)
            uri, found = join(self.uri, shard.path), blake3()
            with self.stores.open(uri) as stream:
                for piece in _pieces(stream):
                    found.update(piece)
            if found.hexdigest() != shard.blake3:
                raise DatasetError(
                    f"shard {uri}: expected BLAKE3 {shard.blake3}, found {found.hexdigest()}: copy it again"
                )
