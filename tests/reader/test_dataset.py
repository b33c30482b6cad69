import json
import multiprocessing
import pickle
from collections import Counter
from itertools import chain, islice, repeat

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.errors import RefusedError
from pipelines.reader import TokenDataset
from pipelines.reader import dataset as dataset_module
from pipelines.reader.order import Order

worlds = st.tuples(st.integers(1, 5), st.integers(1, 4))
"""(world size, batch size)"""
sizes = st.sampled_from([(1,), (2,), (7, 3), (5, 0, 8), (40,), (17, 30)])
lasts = st.sampled_from(["pad", "wrap"])


@given(shards=sizes, world=worlds, last=st.sampled_from(["pad", "wrap", "drop"]), seed=st.integers(0, 99))
@settings(max_examples=40, deadline=None)
def test_ranks_share_an_epoch_disjointly_in_batches_of_the_same_number(make_dataset, shards, world, last, seed):
    num_rows, step = sum(shards), world[0] * world[1]
    if last == "drop" and step > num_rows:
        return
    ranks = [_rows(dataset) for dataset in _ranks(make_dataset(*shards), world, last=last, seed=seed)]
    num_batches = {len(batches) for batches in ranks}
    assert num_batches == {num_rows // step if last == "drop" else -(-num_rows // step)}
    seen = _interleaved(ranks)
    order = Order(num_rows, seed, 0).rows(np.arange(num_rows)).tolist()
    assert seen[:num_rows] == order[: len(seen)]
    if last == "pad":
        assert set(seen[num_rows:]) <= {-1}
    if last == "wrap":
        later = [Order(num_rows, seed, epoch).rows(np.arange(num_rows)).tolist() for epoch in range(1, step + 1)]
        assert seen[num_rows:] == list(chain(*later))[: len(seen) - num_rows]


@given(
    shards=sizes, stops=st.lists(st.tuples(worlds, st.integers(0, 6)), max_size=4), final=worlds, seed=st.integers(0, 9)
)
@settings(max_examples=40, deadline=None)
def test_every_row_is_seen_once_an_epoch_over_any_stops_and_worlds(make_dataset, shards, stops, final, seed):
    """With "wrap", the samples of a whole run are the orders of its epochs end to end, whoever read them."""
    uri, seen, state = make_dataset(*shards), [], None
    for world, num_batches in [*stops, (final, 5)]:
        ranks = _ranks(uri, world, last="wrap", seed=seed)
        for dataset in ranks:
            if state:
                dataset.load_state_dict(json.loads(json.dumps(state)))
        taken = [_take(dataset, num_batches) for dataset in ranks]
        seen += _interleaved(taken)
        states = [dataset.state_dict() for dataset in ranks]
        assert all(one == states[0] for one in states)
        state = states[0]
    num_rows = sum(shards)
    num_epochs = len(seen) // num_rows + 1
    epochs = [Order(num_rows, seed, epoch).rows(np.arange(num_rows)).tolist() for epoch in range(num_epochs)]
    assert seen == list(chain(*epochs))[: len(seen)]


@given(shards=sizes, world=worlds, last=lasts, shuffle=st.booleans(), num_batches=st.integers(0, 30))
@settings(max_examples=40, deadline=None)
def test_to_resume_is_to_skip_and_so_is_to_resume_twice(make_dataset, shards, world, last, shuffle, num_batches):
    def fresh():
        return TokenDataset.open(
            make_dataset(*shards), seed=3, world_size=world[0], batch_size=world[1], last=last, shuffle=shuffle
        )

    skipped, first = fresh(), fresh()
    expected = _take(skipped, num_batches + 6)[num_batches:]
    _take(first, num_batches)
    for _ in range(2):
        resumed = fresh()
        resumed.load_state_dict(first.state_dict())
        again = fresh()
        again.load_state_dict(resumed.state_dict())
        assert _take(again, 6) == expected
        assert again.state_dict() == skipped.state_dict()


def test_two_then_eight_then_three_ranks_share_one_epoch(make_dataset):
    uri, state, seen = make_dataset(60, 41), None, []
    for world_size, num_batches in ((2, 5), (8, 2), (3, 100)):
        for dataset in (ranks := _ranks(uri, (world_size, 3), seed=5)):
            if state:
                dataset.load_state_dict(state)
        batches = [[batch["rows"].tolist() for batch in islice(dataset, num_batches)] for dataset in ranks]
        seen += _interleaved(batches)
        state = ranks[0].state_dict()
    assert Counter(row for row in seen if row >= 0) == Counter(range(101))
    assert (state["epoch"], state["consumed"]) == (1, 0)


def test_a_batch_holds_what_was_written_and_padding_says_so(make_dataset, recipe):
    expected = recipe((4, 3))
    dataset = TokenDataset.open(make_dataset(4, 3), seed=1, batch_size=5)
    batches = list(dataset)
    for batch in batches:
        assert batch["input_ids"].dtype == np.uint16
        assert batch["input_ids"].shape == (5, 8)
        for place, row in enumerate(batch["rows"].tolist()):
            found = {
                "token_ids": batch["input_ids"][place].tolist(),
                "document_starts": batch["document_starts"][place].tolist(),
                "num_tokens": int(batch["num_tokens"][place]),
            }
            padding = {"token_ids": [0] * 8, "document_starts": [], "num_tokens": 0}
            assert found == (expected.row(row) if row >= 0 else padding)
    assert batches[1]["rows"].tolist()[2:] == [-1, -1, -1]


@pytest.mark.parametrize("read_ahead_bytes", [1, 64, 1 << 22])
def test_how_much_is_read_at_once_changes_nothing(make_dataset, monkeypatch, read_ahead_bytes):
    dataset = TokenDataset.open(make_dataset(17, 30), seed=1, rank=1, world_size=2, batch_size=2)
    expected = [batch["input_ids"].tolist() for batch in dataset]
    monkeypatch.setattr(dataset_module, "_READ_AHEAD_BYTES", read_ahead_bytes)
    dataset.set_epoch(0)
    assert [batch["input_ids"].tolist() for batch in dataset] == expected


def test_batches_may_be_written_to_without_changing_others(make_dataset):
    dataset = TokenDataset.open(make_dataset(17), seed=1, batch_size=2)
    expected = [batch["input_ids"].copy() for batch in dataset]
    dataset.set_epoch(0)
    for batch, before in zip(dataset, expected, strict=True):
        np.testing.assert_array_equal(batch["input_ids"], before)
        batch["input_ids"][:] = 1


def test_without_shuffling_rows_come_as_they_are_stored(make_dataset):
    dataset = TokenDataset.open(make_dataset(5, 4), seed=1, batch_size=3, shuffle=False)
    assert _rows(dataset) == [[0, 1, 2], [3, 4, 5], [6, 7, 8]]


def test_each_iteration_is_the_next_epoch_in_another_order(make_dataset):
    dataset = TokenDataset.open(make_dataset(40), seed=1)
    first, second = _rows(dataset), _rows(dataset)
    assert sorted(first) == sorted(second)
    assert first != second
    assert dataset.epoch == 2
    dataset.set_epoch(1)
    assert _rows(dataset) == second


def test_a_loop_left_early_goes_on_where_it_was_left(make_dataset):
    dataset = TokenDataset.open(make_dataset(40), seed=1, batch_size=3)
    whole = _rows(TokenDataset.open(make_dataset(40), seed=1, batch_size=3))
    first = [batch["rows"].tolist() for batch in islice(dataset, 4)]
    dataset.set_epoch(0)  # the epoch it stands in: the place is kept
    assert dataset.num_batches == len(whole) - 4
    assert first + _rows(dataset) == whole


def test_the_order_says_when_a_row_is_seen(make_dataset):
    dataset = TokenDataset.open(make_dataset(40), seed=1, epoch=3)
    position = int(dataset.order.positions(np.array([25]))[0])
    assert _rows(dataset)[position] == [25]


def test_what_is_left_of_an_epoch_for_a_larger_world_is_dropped_without_an_empty_epoch(make_dataset):
    small = TokenDataset.open(make_dataset(10), seed=1, batch_size=8, last="drop")
    next(iter(small))
    assert small.state_dict()["epoch"] == 1  # no second batch of 8 in 10
    half = TokenDataset.open(make_dataset(10), seed=1, batch_size=4, last="drop")
    next(iter(half))
    small.load_state_dict(half.state_dict())
    assert small.num_batches == 0
    assert [len(rows) for rows in _rows(small)] == [8]
    assert small.epoch == 2


def test_an_epoch_that_would_drop_everything_is_refused(make_dataset):
    with pytest.raises(RefusedError, match=r"10 rows, a step of 3 ranks takes 12"):
        TokenDataset.open(make_dataset(10), seed=1, world_size=3, batch_size=4, last="drop")


def test_a_dataset_without_rows_is_refused(make_dataset):
    with pytest.raises(RefusedError, match="no rows"):
        TokenDataset.open(make_dataset(0), seed=1)


def test_a_state_is_small_json(make_dataset):
    dataset = TokenDataset.open(make_dataset(40), seed=2**63 - 1, epoch=2**63 - 1)
    next(iter(dataset))
    assert len(json.dumps(dataset.state_dict())) < 1024


def test_a_state_of_something_else_is_refused_with_both_values(make_dataset):
    dataset = TokenDataset.open(make_dataset(40), seed=1)
    state = dataset.state_dict() | {"seed": 2, "dataset": "ab", "format_version": 9, "consumed": 41}
    with pytest.raises(RefusedError) as refused:
        dataset.load_state_dict(state)
    faults = refused.value.faults
    assert "format_version 9, this dataset has 1" in faults[0]
    assert f"dataset 'ab', this dataset has '{dataset.shards.fingerprint}'" in faults[1]
    assert "seed 2, this dataset has 1" in faults[2]
    assert "consumed 41, which must be from 0 to 40" in faults[3]
    assert dataset.state_dict()["consumed"] == 0


def test_the_state_of_another_dataset_is_refused(make_dataset):
    state = TokenDataset.open(make_dataset(40), seed=1).state_dict()
    with pytest.raises(RefusedError, match="the state has dataset"):
        TokenDataset.open(make_dataset(41), seed=1).load_state_dict(state)
    with pytest.raises(RefusedError, match="the state has shuffle True, this dataset has False"):
        TokenDataset.open(make_dataset(40), seed=1, shuffle=False).load_state_dict(state)


def test_a_state_without_its_numbers_is_refused(make_dataset):
    with pytest.raises(RefusedError, match="epoch None"):
        TokenDataset.open(make_dataset(40), seed=1).load_state_dict({})


def test_an_iteration_that_another_one_overtakes_ends_with_an_error(make_dataset):
    dataset = TokenDataset.open(make_dataset(40), seed=1)
    under_way = iter(dataset)
    next(under_way)
    next(iter(dataset))
    with pytest.raises(RefusedError, match="was moved"):
        next(under_way)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"rank": 2, "world_size": 2}, "rank is 2"),
        ({"rank": -1}, "rank is -1"),
        ({"world_size": 0}, "world_size is 0"),
        ({"batch_size": 0}, "batch_size is 0"),
        ({"last": "stop"}, "last is 'stop'; known are pad, drop, wrap"),
        ({"seed": -1}, "seed is -1"),
        ({"epoch": 1 << 63}, "epoch is 9223372036854775808"),
    ],
)
def test_an_argument_out_of_range_is_refused(make_dataset, arguments, message):
    with pytest.raises(RefusedError, match=message):
        TokenDataset.open(make_dataset(40), **{"seed": 1} | arguments)


def test_it_pickles_with_its_place(make_dataset):
    dataset = TokenDataset.open(make_dataset(40), seed=1, batch_size=3)
    _take(dataset, 5)
    again = pickle.loads(pickle.dumps(dataset))  # noqa: S301 (dumped in this line)
    assert _rows(again) == _rows(dataset)


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_worker_processes_read_what_their_parent_would(make_dataset, method):
    dataset = TokenDataset.open(make_dataset(40), seed=1, batch_size=3)
    first = _take(dataset, 2)
    with multiprocessing.get_context(method).Pool(1) as pool:
        found = pool.apply(_rows, [dataset])
    assert first + found == _rows(TokenDataset.open(make_dataset(40), seed=1, batch_size=3))


def _ranks(uri, world, **arguments):
    world_size, batch_size = world
    return [
        TokenDataset.open(uri, rank=rank, world_size=world_size, batch_size=batch_size, **arguments)
        for rank in range(world_size)
    ]


def _rows(dataset):
    """The rows of each batch of one iteration."""
    return [batch["rows"].tolist() for batch in dataset]


def _take(dataset, num_batches):
    """The rows of each of the next batches, over as many epochs as that takes."""
    batches = chain.from_iterable(repeat(dataset))
    return [batch["rows"].tolist() for batch in islice(batches, num_batches)]


def _interleaved(ranks):
    """Rows of the ranks' batches in the global order: sample k of a step is of rank k % world_size."""
    return [row for step in zip(*ranks, strict=True) for turn in zip(*step, strict=True) for row in turn]
