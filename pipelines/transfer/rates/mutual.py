"""The greatest rate among hosts that only their uplinks and downlinks limit, written down without a search.

The source sends each receiver a stream of its own, which that receiver passes on to all others, and with what uplink it
has left one stream to all. With streams in proportion to the uplinks every uplink is full, which is the bound
(Mundinger, Weber and Weiss 2008; Kumar and Ross, INFOCOM 2006).
"""

import numpy as np

from pipelines.transfer.graph.arrays import Floats
from pipelines.transfer.graph.trees import Edges


def mutual_broadcast(
    uplinks: Floats, downlinks: Floats, source: int, destinations: list[int]
) -> list[tuple[float, Edges]]:
    """Trees with their rates, bits a second; every host but the source must be a destination or stay out."""
    slowest = float(downlinks[destinations].min())
    source_uplink = min(float(uplinks[source]), slowest * len(destinations))  # more it cannot use
    own, to_all = _streams(source_uplink, uplinks[destinations])
    scale = min(1.0, slowest / (float(own.sum()) + to_all))
    trees = [
        (float(stream) * scale, _passed_on(source, first, destinations))
        for stream, first in zip(own, destinations, strict=True)
        if stream > 0
    ]
    if to_all > 0:
        trees.append((float(to_all) * scale, tuple((source, host) for host in destinations)))
    return trees


def _streams(source_uplink: float, uplinks: Floats) -> tuple[Floats, float]:
    """The rate of each receiver's own stream, and that of the stream to all."""
    num_others = len(uplinks) - 1
    if num_others == 0:
        return np.array([source_uplink]), 0.0
    passed_on = np.minimum(uplinks, source_uplink * num_others) / num_others  # more than that nobody gets to pass on
    total = float(passed_on.sum())
    if total >= source_uplink:
        return passed_on * (source_uplink / total), 0.0
    return passed_on, (source_uplink - total) / len(uplinks)


def _passed_on(source: int, first: int, destinations: list[int]) -> Edges:
    return ((source, first), *((first, host) for host in destinations if host != first))
