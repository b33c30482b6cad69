import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.errors import RefusedError
from pipelines.reader.order import Order, StoredOrder

SIZES = [1, 2, 3, 5, 7, 97, 101, 255, 256, 257, 4095, 4096, 4097, 65_537, 99_991, 1 << 17]
GOLDEN_10 = [8, 7, 3, 6, 4, 0, 9, 1, 5, 2]
GOLDEN_MILLION = [672095, 118034, 118978, 100342, 479798, 924321]
GOLDEN_LARGE = [682219405093396, 976402093202261, 509822727123226, 486073423837036, 628540047634122, 505609046281970]

seeds = st.integers(0, 2**63 - 1)


@pytest.mark.parametrize("num_rows", SIZES)
def test_every_row_is_at_exactly_one_position(num_rows):
    rows = Order(num_rows, seed=7, epoch=3).rows(np.arange(num_rows))
    assert rows.dtype == np.uint64
    np.testing.assert_array_equal(np.sort(rows), np.arange(num_rows))


@given(num_rows=st.integers(1, 3000), seed=seeds, epoch=seeds)
@settings(max_examples=25, deadline=None)
def test_any_seed_and_epoch_permute_any_number_of_rows_and_back(num_rows, seed, epoch):
    order = Order(num_rows, seed, epoch)
    rows = order.rows(np.arange(num_rows))
    assert len(set(rows.tolist())) == num_rows
    np.testing.assert_array_equal(order.positions(rows), np.arange(num_rows))


@given(num_rows=st.integers(1 << 20, (1 << 63) - 1), seed=seeds, picks=st.lists(st.floats(0, 0.999), min_size=1))
@settings(max_examples=50, deadline=None)
def test_positions_undo_rows_however_many_there_are(num_rows, seed, picks):
    positions = np.array([int(pick * num_rows) for pick in picks], np.uint64)
    order = Order(num_rows, seed, epoch=0)
    rows = order.rows(positions)
    assert (rows < num_rows).all()
    np.testing.assert_array_equal(order.positions(rows), positions)


def test_a_part_of_the_positions_has_the_rows_it_has_among_all():
    order = Order(100_003, seed=1, epoch=2)
    everything = order.rows(np.arange(100_003))
    np.testing.assert_array_equal(order.rows(np.arange(30_000, 90_000, 7)), everything[30_000:90_000:7])


def test_the_order_is_the_same_on_every_platform_and_in_every_version():
    first = np.arange(6)
    assert Order(10, seed=0, epoch=0).rows(np.arange(10)).tolist() == GOLDEN_10
    assert Order(1_000_003, seed=7, epoch=1).rows(first).tolist() == GOLDEN_MILLION
    assert Order(10**15, seed=2**63 - 1, epoch=5).rows(first).tolist() == GOLDEN_LARGE


def test_another_seed_or_epoch_is_another_order():
    positions = np.arange(1000)
    orders = [Order(1000, *key).rows(positions) for key in ((0, 0), (1, 0), (0, 1), (1, 1))]
    for number, one in enumerate(orders):
        for other in orders[:number]:
            assert np.count_nonzero(one == other) < 10  # 1 expected, Poisson: P(10 or more) < 2e-7


@pytest.mark.parametrize("num_rows", [3, 4, 5])
def test_all_orders_of_a_few_rows_are_equally_frequent(num_rows):
    num_seeds = 1500
    places = num_rows ** np.arange(num_rows)
    found = [int(Order(num_rows, seed, 0).rows(np.arange(num_rows)) @ places) for seed in range(num_seeds)]
    counts = np.unique(found, return_counts=True)[1]
    num_orders = int(np.prod(np.arange(1, num_rows + 1)))
    expected = num_seeds / num_orders
    chi_square = ((counts - expected) ** 2 / expected).sum() + expected * (num_orders - len(counts))
    assert _deviations(chi_square, num_orders - 1) < 5


@pytest.mark.parametrize("num_rows", [1 << 16, 99_991, (1 << 17) + 1])
@pytest.mark.parametrize("distance", [1, 2, 64])
def test_rows_seen_near_each_other_are_not_near_in_the_dataset(num_rows, distance):
    """Chi-square of 16 x 16 bins of (row, row seen `distance` later), and of 64 bins of their difference."""
    for seed in range(3):
        rows = Order(num_rows, seed, epoch=0).rows(np.arange(num_rows)).astype(np.int64)
        first, second = rows[:-distance], rows[distance:]
        pairs = (first * 16 // num_rows) * 16 + second * 16 // num_rows
        assert abs(_chi_square(pairs, 256)) < 5
        assert abs(_chi_square((second - first) % num_rows * 64 // num_rows, 64)) < 5


@pytest.mark.parametrize("num_rows", [10_007, 1 << 16, 99_991])
def test_position_and_row_are_not_correlated(num_rows):
    """Spearman's coefficient of a random permutation has mean 0 and variance 1 / (N - 1)."""
    positions = np.arange(num_rows)
    for seed in range(5):
        coefficient = np.corrcoef(positions, Order(num_rows, seed, epoch=0).rows(positions))[0, 1]
        assert abs(coefficient) * np.sqrt(num_rows - 1) < 5


def test_orders_of_neighbouring_epochs_are_not_correlated():
    positions = np.arange(65_536)
    one, other = (Order(65_536, 7, epoch).rows(positions) for epoch in (0, 1))
    assert abs(np.corrcoef(one, other)[0, 1]) * np.sqrt(65_535) < 5


def test_what_does_not_fit_is_refused_all_at_once():
    with pytest.raises(RefusedError) as refused:
        Order(5, seed=-1, epoch=2**63)
    assert [fault.split()[0] for fault in refused.value.faults] == ["seed", "epoch"]


@pytest.mark.parametrize("order", [Order(5, 0, 0), StoredOrder(5)])
@pytest.mark.parametrize("wrong", [[-1], [5], [0, 2**40]])
def test_a_position_outside_the_epoch_is_refused(order, wrong):
    for method in (order.rows, order.positions):
        with pytest.raises(RefusedError, match="of 5 rows"):
            method(np.array(wrong))


def test_the_stored_order_is_the_identity():
    assert (
        StoredOrder(5).rows(np.arange(5)).tolist() == StoredOrder(5).positions(np.arange(5)).tolist() == [0, 1, 2, 3, 4]
    )


def _chi_square(bins, num_bins):
    counts = np.bincount(bins, minlength=num_bins)
    expected = len(bins) / num_bins
    return _deviations(((counts - expected) ** 2 / expected).sum(), num_bins - 1)


def _deviations(chi_square, degrees):
    """How many standard deviations above its mean: a chi-square's variance is twice its degrees of freedom."""
    return (chi_square - degrees) / np.sqrt(2 * degrees)
