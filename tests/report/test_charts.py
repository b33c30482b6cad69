from itertools import pairwise

import pytest

from pipelines.report import Histogram, Threshold
from pipelines.report.charts import WIDTH, chart, number


def test_a_threshold_shades_the_side_it_rejects():
    bins = ((0.0, 0.02, 90), (0.98, 1.0, 10))
    above, below = Threshold(0.25, "above", "a"), Threshold(0.5, "below", "b")
    lines = chart(Histogram("h", bins, 100, unit="share", thresholds=(above, below))).lines
    assert (lines[0].x, lines[0].shade_x, lines[0].shade_width) == (WIDTH / 4, WIDTH / 4, WIDTH * 3 / 4)
    assert (lines[1].x, lines[1].shade_x, lines[1].shade_width) == (WIDTH / 2, 0.0, WIDTH / 2)
    assert [line.label for line in lines] == ["> 0.25", "< 0.5"]


def test_powers_of_two_stand_side_by_side():
    bins = tuple((2.0**at, 2.0 ** (at + 1), 1) for at in range(10))
    drawn = chart(Histogram("h", bins, 10)).bars
    assert {round(after.x - before.x) for before, after in pairwise(drawn)} == {round(WIDTH / 10)}


def test_everything_lies_inside_the_drawing():
    bins = ((None, -2.0, 1), (-2.0, -1.0, 3), (0.0, 0.0, 5), (0.0, 0.5, 1), (1.0, 2.0, 9), (2.0**69, None, 1))
    drawn = chart(Histogram("h", bins, 20, thresholds=(Threshold(1e30, "above", "far"),)))
    for bar in drawn.bars:
        assert 0 <= bar.x <= bar.x + bar.width <= WIDTH
        assert bar.y >= 0
    assert all(0 <= line.x <= WIDTH for line in drawn.lines)


def test_a_share_above_one_and_an_empty_histogram_are_drawn():
    drawn = chart(Histogram("h", ((0.98, 1.0, 5), (1.0, None, 2)), 7, unit="share"))
    assert drawn.bars[1].label == "above 1: 2"
    assert chart(Histogram("h", (), 0)).bars == ()


@pytest.mark.parametrize(("value", "said"), [(0.15, "0.15"), (100_000.0, "100,000"), (2048, "2,048"), (None, "-")])
def test_numbers_are_short(value, said):
    assert number(value) == said
