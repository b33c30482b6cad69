import io
from dataclasses import replace

import pytest
from rich.console import Console

from jobs.progress import ProgressDisplay, describe, duration, share_done, size
from pipelines.stages.progress import Progress

HALF = Progress("clean", "read", 8, 4, 1000, 5_000_000, 10_000_000, False)


def test_half_way_it_says_rates_what_to_expect_and_the_time_left():
    assert describe(HALF, 20.0) == (
        "4/8 units · 1,000 documents (50/s) · 5.0 MB (250.0 kB/s) · about 2,000 in all · 20 s left"
    )


def test_at_the_start_nothing_is_guessed():
    assert describe(replace(HALF, done_units=0, documents=0, bytes=0), 0.0) == "0/8 units"


def test_at_the_end_it_says_how_long_it_took():
    done = replace(HALF, done_units=8, documents=2000, bytes=10_000_000, finished=True)
    assert describe(done, 100.0) == "8/8 units · 2,000 documents (20/s) · 10.0 MB (100.0 kB/s) · done in 1:40 min"


def test_without_bytes_the_share_is_that_of_the_units():
    assert share_done(replace(HALF, bytes=0, total_bytes=0, done_units=2)) == 0.25


def test_a_unit_counted_twice_never_makes_more_than_all():
    assert share_done(replace(HALF, bytes=12_000_000)) == 1.0
    assert describe(replace(HALF, bytes=12_000_000), 10.0).endswith("0 s left")


def test_an_activity_without_units_has_no_share():
    assert share_done(Progress("Spark", "start", 0, 0, 0, 0, 0)) is None


@pytest.mark.parametrize(
    ("num_bytes", "read_as"), [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (2.5e9, "2.5 GB"), (3e18, "3,000.0 PB")]
)
def test_bytes_are_written_in_powers_of_a_thousand(num_bytes, read_as):
    assert size(num_bytes) == read_as


@pytest.mark.parametrize(
    ("seconds", "read_as"), [(0.4, "0 s"), (59.6, "1:00 min"), (125, "2:05 min"), (12000, "3:20 h")]
)
def test_seconds_are_written_as_a_person_says_them(seconds, read_as):
    assert duration(seconds) == read_as


def test_where_there_is_no_terminal_a_line_is_printed_every_ten_seconds_and_at_the_end():
    times = iter([0.0, 1.0, 10.0, 11.0, 12.0, 13.0])
    out = io.StringIO()
    with ProgressDisplay(Console(file=out, width=40), clock=lambda: next(times)) as display:
        for _ in range(4):
            display(HALF)
        display(replace(HALF, finished=True))
        display(replace(HALF, finished=True))
    lines = out.getvalue().splitlines()
    assert [line.rpartition(" · ")[2] for line in lines] == ["10 s left", "done in 12 s"]
    assert lines[0].startswith("clean: read: 4/8 units")


def test_on_a_terminal_each_activity_has_a_bar():
    out = io.StringIO()
    with ProgressDisplay(Console(file=out, width=200, force_terminal=True)) as display:
        display(HALF)
        display(replace(HALF, activity="write", finished=True))
    shown = out.getvalue()
    assert "read" in shown
    assert "4/8 units" in shown
    assert "done in" in shown
