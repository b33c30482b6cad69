"""How far many threads are, told now and then; an interrupt that ends them before the next block."""

import os
import signal
import threading
import time

import pytest

from jobs.watched import Watched
from pipelines.storage.parallel import in_parallel


def test_bytes_of_all_threads_are_added_up_and_told_at_the_end(capsys):
    with Watched("copy", "send", 4_000_000) as watch:
        threads = [threading.Thread(target=lambda: [watch(1000) for _ in range(1000)]) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert capsys.readouterr().err.startswith("copy: send: 4.0 MB (")


def test_it_is_told_at_most_twice_a_second_and_a_line_every_ten(capsys):
    now = [0.0]
    with Watched("copy", "send", 1000, clock=lambda: now[0]) as watch:
        for _ in range(60):
            now[0] += 0.25
            watch(10)
    lines = capsys.readouterr().err.splitlines()
    assert lines == ["copy: send: 400 B (40 B/s) · 15 s left", "copy: send: 600 B (40 B/s) · done in 15 s"]


def test_after_an_error_nothing_is_said_to_be_done(capsys):
    with pytest.raises(ZeroDivisionError), Watched("copy", "send") as watch:  # noqa: PT012 (the block is what is tested)
        watch(10)
        raise ZeroDivisionError
    assert "done" not in capsys.readouterr().err


def test_an_interrupt_ends_the_threads_at_their_next_block_and_is_what_is_told():
    before, taken_back, both = signal.getsignal(signal.SIGINT), [], threading.Barrier(2)

    def send(number, watch):
        try:
            both.wait()
            if number == 0:
                time.sleep(0.2)  # until the pool has written down that it started the other thread
                os.kill(os.getpid(), signal.SIGINT)
            while True:  # a file that never ends
                watch(1)
        except BaseException:
            taken_back.append(number)
            raise

    with pytest.raises(KeyboardInterrupt), Watched("copy", "send") as watch:
        list(in_parallel(lambda number: send(number, watch), range(100), 2))
    assert sorted(taken_back) == [0, 1]
    assert signal.getsignal(signal.SIGINT) == before
