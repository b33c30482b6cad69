"""`TokenDataset`: the batches of one rank, and a state of a few numbers that resumes them anywhere.

Sample k of an epoch is row `Order(num_rows, seed, epoch).rows(k)` whatever the world is, so the state is the same on
all ranks and any number of ranks, on any machine, goes on from it: exactly as if the samples before had been skipped.
"""

from collections.abc import Iterator
from typing import Any, Self, TypedDict

import numpy as np
from numpy.typing import NDArray

from pipelines.errors import RefusedError
from pipelines.reader.order import MAXIMUM, Order, StoredOrder
from pipelines.reader.rows import Ragged, TokenIds
from pipelines.reader.shards import Shards, open_shards
from pipelines.reader.trace import leave_trace
from pipelines.reader.world import Last, World
from pipelines.storage import Stores

STATE_VERSION = 1

_READ_AHEAD_BYTES = 1 << 22
"""Bytes of ids gathered at once: a gather has 0.06 ms to spare, whatever it gathers."""
_ORDER_AHEAD = 1 << 14
"""Samples whose rows are computed at once: a call takes 0.15 ms for 64 of them and 0.31 ms for 4,096."""


class Batch(TypedDict):
    """`batch_size` rows; arrays that may be written to."""

    input_ids: TokenIds
    """[batch_size, context_length] in the stored type: uint16 or uint32, cast where the model wants int64."""
    document_starts: Ragged
    """For each row int32 positions at which a document starts or goes on; `values` and `offsets` for all rows."""
    num_tokens: NDArray[np.int32]
    """[batch_size]: ids behind are end-of-text padding; 0: the whole row is."""
    rows: NDArray[np.int64]
    """[batch_size]: number of the row in the dataset; -1: a row of padding that is none of the dataset's."""


class TokenDataset:
    """Iterate for the batches of one epoch, from where the dataset stands; the next iteration is the next epoch.

    Leaving a loop early keeps the place: another loop goes on with the batch behind. The state counts a batch from the
    moment it is handed out. One iteration runs at a time. It pickles, place included, without its open maps.
    """

    def __init__(self, shards: Shards, world: World, *, seed: int, shuffle: bool = True, epoch: int = 0) -> None:
        self.shards = shards
        self.world = world
        self.seed = seed
        self.shuffle = shuffle
        self._epoch = epoch
        self._consumed = 0
        self._order_of(epoch)  # refuses a seed or an epoch out of range
        _check_rows(shards, world)

    @classmethod
    def open(
        cls,
        uri: str,
        *,
        seed: int,
        rank: int = 0,
        world_size: int = 1,
        batch_size: int = 1,
        shuffle: bool = True,
        epoch: int = 0,
        last: Last = "pad",
        verify: bool = False,
        stores: Stores | None = None,
    ) -> Self:
        """Open the token dataset at `uri`; rank 0 leaves a trace of the day there, where it may write.

        Args:
            uri: the folder that holds manifest.json; a plain path or any URI that `stores` reads.
            seed: from 0 to 2^63 - 1; with the epoch it decides the order.
            rank: which of the `world_size` readers this is, from 0.
            world_size: readers that share each epoch.
            batch_size: rows of a batch of one rank.
            shuffle: False reads the rows as they are stored (they were shuffled once when the dataset was made).
            epoch: the epoch to start with, from 0.
            last: what becomes of an uneven end (`world.Last`); every rank gets the same number of batches anyway.
            verify: read every shard first and compare its BLAKE3.
            stores: where URIs are read; those of this machine when left out.

        Raises:
            RefusedError: an argument is out of range.
            DatasetError: not a published token dataset, or files that are not those its manifest vouches for.
            ColdError: the dataset was moved to another store.
        """
        world = World(rank, world_size, batch_size, last)
        dataset = cls(open_shards(uri, stores, verify=verify), world, seed=seed, shuffle=shuffle, epoch=epoch)
        if not rank:
            leave_trace(dataset.shards.stores, dataset.shards.uri)
        return dataset

    @property
    def epoch(self) -> int:
        """The epoch it stands in; behind the last batch of an epoch, the next one."""
        return self._epoch

    @property
    def consumed(self) -> int:
        """Samples of this epoch that all ranks together have been handed."""
        return self._consumed

    @property
    def num_batches(self) -> int:
        """Batches left in this epoch, the same on every rank."""
        return self.world.num_steps(self.shards.num_rows - self._consumed)

    @property
    def order(self) -> Order | StoredOrder:
        """The order of this epoch: `rows` says what is seen when, `positions` when a row is seen."""
        return self._order_of(self._epoch)

    def set_epoch(self, epoch: int) -> None:
        """Stand at the start of `epoch`; nothing happens when it stands in that epoch already.

        So a loop over epochs that calls this first goes on in the middle of the epoch that a state was loaded from.
        """
        if epoch != self._epoch:
            self._order_of(epoch)
            self._epoch, self._consumed = epoch, 0

    def state_dict(self) -> dict[str, Any]:
        """Where the run stands, the same on every rank: plain values for JSON, below 1 KiB."""
        return {
            "format_version": STATE_VERSION,
            "dataset": self.shards.fingerprint,
            "seed": self.seed,
            "shuffle": self.shuffle,
            "epoch": self._epoch,
            "consumed": self._consumed,
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Stand where a run of any world stood; RefusedError when it read another dataset or in another order."""
        own = self.state_dict()
        faults = [
            f"the state has {name} {state.get(name)!r}, this dataset has {own[name]!r}: open what the state is of"
            for name in ("format_version", "dataset", "seed", "shuffle")
            if state.get(name) != own[name]
        ]
        for name, limit in (("epoch", MAXIMUM - 1), ("consumed", self.shards.num_rows)):
            value = state.get(name)
            if not (isinstance(value, int) and 0 <= value <= limit):
                faults.append(f"the state has {name} {value!r}, which must be from 0 to {limit}")
        if faults:
            raise RefusedError(*faults)
        self._epoch, self._consumed = state["epoch"], state["consumed"]

    def __iter__(self) -> Iterator[Batch]:
        """The batches left in this epoch, or of the next one when none is left.

        Raises:
            RefusedError: the dataset was moved, by another iteration or a state, while this one was under way.
            DatasetError: a shard is missing or not what the manifest says.
        """
        if not self.num_batches:
            self._epoch, self._consumed = self._epoch + 1, 0
        here = epoch, start = self._epoch, self._consumed
        steps_left, ahead = self.num_batches, 1
        while steps_left:
            ahead = max(1, min(ahead, steps_left, _ORDER_AHEAD // self.world.batch_size))
            for batch in self._read(epoch, start, ahead):
                if (self._epoch, self._consumed) != here:
                    raise RefusedError(f"the dataset was moved from {here} (epoch, consumed): start a new iteration")
                steps_left -= 1
                start += self.world.samples_per_step
                here = self._epoch, self._consumed = (epoch, start) if steps_left else self._behind(epoch, start)
                yield batch
            ahead *= 2  # from one batch, so that the first comes as soon as it can

    def _behind(self, epoch: int, start: int) -> tuple[int, int]:
        """Epoch and samples consumed behind the last batch of `epoch`, whose last step ended at `start`."""
        if self.world.last != "wrap":
            return epoch + 1, 0
        more, consumed = divmod(start, self.shards.num_rows)
        return epoch + more, consumed

    def _read(self, epoch: int, start: int, num_steps: int) -> Iterator[Batch]:
        """The batches of the next steps, several gathered at once."""
        batch_size, row_bytes = self.world.batch_size, self.shards.context_length * self.shards.token_type.itemsize
        numbers = self._rows(epoch, self.world.positions(start, num_steps))
        at_once = batch_size * max(1, _READ_AHEAD_BYTES // (batch_size * row_bytes))
        for first in range(0, len(numbers), at_once):
            yield from self._gathered(numbers[first : first + at_once])

    def _gathered(self, numbers: NDArray[np.int64]) -> Iterator[Batch]:
        """These rows in batches; what is -1 lies at the end and is padding."""
        found = self.shards.gather(numbers[numbers >= 0]).padded(len(numbers), self.shards.tokenizer.end_of_text_id)
        for first in range(0, len(numbers), self.world.batch_size):
            part = slice(first, first + self.world.batch_size)
            yield Batch(
                input_ids=found.token_ids[part],
                document_starts=found.document_starts[part],
                num_tokens=found.num_tokens[part],
                rows=numbers[part],
            )

    def _rows(self, epoch: int, positions: NDArray[np.int64]) -> NDArray[np.int64]:
        """The row at each position, rising; behind the end of the epoch those of the next ones (`wrap`), or -1."""
        rows = np.full(len(positions), -1, np.int64)
        num_epochs = positions[-1] // self.shards.num_rows + 1 if self.world.last == "wrap" else 1
        for turn in range(num_epochs):
            first = turn * self.shards.num_rows
            part = slice(*np.searchsorted(positions, [first, first + self.shards.num_rows]))
            rows[part] = self._order_of(epoch + turn).rows(positions[part] - first)
        return rows

    def _order_of(self, epoch: int) -> Order | StoredOrder:
        shuffled = Order(self.shards.num_rows, self.seed, epoch)
        return shuffled if self.shuffle else StoredOrder(self.shards.num_rows)


def _check_rows(shards: Shards, world: World) -> None:
    """RefusedError when no epoch would have a batch, so that a loop over epochs would never end."""
    if not shards.num_rows:
        raise RefusedError(f"{shards.uri} has no rows: there is nothing to read")
    if not world.num_steps(shards.num_rows):
        raise RefusedError(
            f"{shards.uri} has {shards.num_rows} rows, a step of {world.world_size} ranks takes "
            f'{world.samples_per_step}, and last="drop" would drop them all: read with last="pad" or "wrap"'
        )
