"""The global order: a seeded permutation of the documents, computed from each id alone.

A document's place is a mix of the seed and its id, so it depends on no other document, no partition and no clock.
"""

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_SIGN = np.uint64(1 << 63)


def order_keys(ids: pa.Array, seed: int) -> NDArray[np.uint64]:
    """Ids (binary, 16 bytes each) → uint64 keys; sort by (key, id) for the order."""
    head = np.frombuffer(b"".join(ids.to_pylist()), dtype="<u8").reshape(len(ids), 2)[:, 0]
    start = mixed(np.full(1, seed % (1 << 64), np.uint64))
    return mixed(head ^ start)


def shard_of(keys: NDArray[np.uint64], num_shards: int) -> NDArray[np.int32]:
    """Equal ranges of the key space; shards read one after the other are in the order of the keys."""
    return ((keys >> np.uint64(32)) * np.uint64(num_shards) >> np.uint64(32)).astype(np.int32)


def sortable(keys: NDArray[np.uint64]) -> NDArray[np.int64]:
    """The same order in the signed integers that Spark sorts."""
    return (keys ^ _SIGN).view(np.int64)


def mixed(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """splitmix64's step and finaliser (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", 2014)."""
    values = values + _GOLDEN
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))
