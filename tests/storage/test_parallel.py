"""Several things at a time, told in their order, and no further than where one failed."""

import threading
import time

import pytest

from pipelines.storage.parallel import in_parallel


def test_results_come_in_the_order_of_the_items_however_long_each_takes():
    def work(number):
        time.sleep(0.02 if number % 5 == 0 else 0)
        return number * number

    assert list(in_parallel(work, range(40), 4)) == [number * number for number in range(40)]


def test_as_many_are_under_way_as_there_are_threads():
    both = threading.Barrier(3)
    assert list(in_parallel(lambda _: both.wait(60) >= 0, range(3), 3)) == [True] * 3


def test_items_are_taken_a_bounded_number_ahead():
    taken = []

    def items():
        for number in range(1000):
            taken.append(number)
            yield number

    results = in_parallel(lambda number: number, items(), 2)
    next(results)
    assert len(taken) <= 8
    results.close()


def test_after_an_error_what_was_not_begun_is_dropped():
    begun = []

    def work(number):
        begun.append(number)
        if number == 0:
            raise ZeroDivisionError
        time.sleep(0.5)

    with pytest.raises(ZeroDivisionError):
        list(in_parallel(work, range(4), 1))
    assert set(begun) <= {0, 1}
