"""The global order is a seeded permutation that depends on each id alone."""

import numpy as np
import pyarrow as pa
from blake3 import blake3

from pipelines.stages.order import order_keys, shard_of, sortable

IDS = pa.array([blake3(str(number).encode()).digest(length=16) for number in range(20_000)], pa.binary())


def test_a_key_depends_on_its_id_and_the_seed_alone() -> None:
    keys = order_keys(IDS, seed=3)
    assert (order_keys(IDS.slice(500, 10), seed=3) == keys[500:510]).all()
    assert (order_keys(IDS, seed=4) != keys).all()
    assert len(np.unique(keys)) == len(IDS)


def test_shards_are_equal_ranges_of_the_order_and_hold_about_the_same() -> None:
    keys = order_keys(IDS, seed=3)
    shards = shard_of(keys, 7)
    assert (np.diff(shards[np.argsort(keys)]) >= 0).all()
    counts = np.bincount(shards, minlength=7)
    assert counts.min() > 0.9 * len(IDS) / 7
    assert counts.sum() == len(IDS)


def test_the_sortable_form_keeps_the_order_of_unsigned_keys() -> None:
    keys = np.array([0, 1, 2**63 - 1, 2**63, 2**64 - 1], np.uint64)
    assert (np.diff(sortable(keys).astype(object)) > 0).all()


def test_the_order_is_no_function_of_the_order_of_ids() -> None:
    ranks = np.argsort(np.argsort(order_keys(IDS, seed=0)))
    correlation = np.corrcoef(ranks, np.arange(len(IDS)))[0, 1]
    assert abs(correlation) < 4 / np.sqrt(len(IDS))


def test_the_order_stays_what_it_was_in_earlier_versions() -> None:
    assert order_keys(pa.array([bytes(range(16))]), seed=1).tolist() == [GOLDEN]


GOLDEN = 3807527869204031592
