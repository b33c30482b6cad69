"""A histogram as numbers for SVG: bars, the recipe's thresholds and the side that they reject.

Shares are drawn on a linear axis, everything else with a bin per power of two side by side (a logarithmic axis).
Heights are square roots of counts, so that the tail that a threshold cuts off stays visible beside the mode.
"""

from dataclasses import dataclass
from math import log2, sqrt

from pipelines.report.model import Bin, Histogram, Threshold

WIDTH, HEIGHT = 300.0, 84.0
"""Of the drawing, in SVG's user units."""
_FEWEST_SHARE_BINS = 0.2
"""At least so much of 0..1 is on the axis."""


@dataclass(frozen=True)
class Bar:
    """One bin."""

    x: float
    width: float
    y: float
    height: float
    label: str


@dataclass(frozen=True)
class Line:
    """One threshold and the shaded side."""

    x: float
    shade_x: float
    shade_width: float
    threshold: Threshold
    label: str
    anchor: str
    """`start` or `end`: on which side of the line its label has room."""


@dataclass(frozen=True)
class Chart:
    """Everything that is drawn of a histogram."""

    of: Histogram
    bars: tuple[Bar, ...]
    lines: tuple[Line, ...]
    left: str
    right: str
    """What stands at the ends of the axis."""


def chart(of: Histogram) -> Chart:
    """Lay out a histogram; one without values has no bars."""
    axis = _Axis.of(of)
    highest = max((count for _, _, count in of.bins), default=1)
    bars = tuple(_bar(axis, part, highest) for part in of.bins)
    lines = tuple(_line(axis, threshold) for threshold in of.thresholds)
    return Chart(of, bars, lines, number(axis.low), number(axis.high))


def number(value: float | None) -> str:
    """A value as short as it stays meaningful: 0.15, 2,048, 1.2e-08."""
    if value is None:
        return "-"
    if abs(value) >= 1000 and value == int(value):  # noqa: PLR2004 (four digits need a comma)
        return f"{value:,.0f}"
    return f"{value:.4g}"


@dataclass(frozen=True)
class _Axis:
    low: float
    high: float
    logarithmic: bool

    @classmethod
    def of(cls, histogram: Histogram) -> "_Axis":
        edges = [edge for low, high, _ in histogram.bins for edge in (low, high) if edge is not None]
        edges += [threshold.value for threshold in histogram.thresholds]
        low, high = min(edges, default=0.0), max(edges, default=1.0)
        if histogram.unit == "share":
            return cls(min(0.0, low), min(1.0, max(_FEWEST_SHARE_BINS, high * 1.1)), logarithmic=False)
        return cls(low, high if high > low else low + 1.0, logarithmic=True)

    def x(self, value: float | None, otherwise: float) -> float:
        if value is None:
            return otherwise
        low, high, at = (_magnitude(end) if self.logarithmic else end for end in (self.low, self.high, value))
        return round(min(1.0, max(0.0, (at - low) / (high - low))) * WIDTH, 2)


def _magnitude(value: float) -> float:
    """Zero at zero, growing by one with each power of two from one on, linear below one and odd."""
    size = abs(value)
    scaled = 1.0 + log2(size) if size >= 1.0 else size
    return scaled if value >= 0 else -scaled


def _bar(axis: _Axis, part: Bin, highest: int) -> Bar:
    low, high, count = part
    start, end = axis.x(low, 0.0), axis.x(high, WIDTH)
    # Bins at the very end of the axis (zero of a logarithmic one, more than 1 of a share) have no width of their own.
    width = max(2.0, end - start - 1.0)
    height = round(max(1.5, HEIGHT * sqrt(count / highest)), 2)
    x = min(start, WIDTH - width)
    return Bar(round(x, 2), round(width, 2), round(HEIGHT - height, 2), height, _bin_label(part))


def _bin_label(part: Bin) -> str:
    low, high, count = part
    between = number(low) if low == high else f"{number(low)} to {number(high)}"
    between = f"below {number(high)}" if low is None else f"above {number(low)}" if high is None else between
    return f"{between}: {count:,}"


def _line(axis: _Axis, threshold: Threshold) -> Line:
    x = axis.x(threshold.value, 0.0)
    above = threshold.rejects == "above"
    shade = (x, round(WIDTH - x, 2)) if above else (0.0, x)
    label = f"{'>' if above else '<'} {number(threshold.value)}"
    return Line(x, *shade, threshold, label, "end" if x > WIDTH / 2 else "start")
