"""Everything that a tree can fill: links, uplinks, downlinks, as one vector with what each tree takes of it.

A host that sends a copy to two children takes twice of its uplink: nothing is hidden by splitting nodes.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from pipelines.transfer.graph.arrays import Floats, Ints
from pipelines.transfer.graph.trees import Edges
from pipelines.transfer.topology import Topology

Load = tuple[Ints, Floats]
"""Positions in the vector, and how often a tree takes of each."""


@dataclass(frozen=True)
class Capacities:
    """n^2 links, n uplinks, n downlinks; infinite where there is no limit."""

    topology: Topology

    @cached_property
    def limits(self) -> Floats:
        """[n^2 + 2n] bits a second; infinite for links that cannot be used, for no tree has them."""
        links = np.where(self.topology.links, self.topology.bits_per_second, np.inf)
        return np.concatenate(
            [links.ravel(), self.topology.uplink_bits_per_second, self.topology.downlink_bits_per_second]
        )

    def weights(self, lengths: Floats) -> Floats:
        """[n, n]: what a link of a tree costs at these prices of a bit a second; infinite where there is none."""
        size = len(self.topology.names)
        up, down = lengths[size * size : -size], lengths[-size:]
        weight = lengths[: size * size].reshape(size, size) + up[:, None] + down[None, :]
        return np.where(self.topology.links, weight, np.inf)

    def load(self, edges: Edges) -> Load:
        """What a tree takes."""
        size = len(self.topology.names)
        senders, receivers = np.array(edges).T
        uplinks, num_children = np.unique(senders, return_counts=True)
        taken = np.concatenate([senders * size + receivers, size * size + uplinks, size * size + size + receivers])
        times = np.concatenate([np.ones(len(edges)), num_children, np.ones(len(edges))])
        is_limited = np.isfinite(self.limits[taken])
        return taken[is_limited], times[is_limited]

    def greatest_rate(self, load: Load) -> float:
        """Of one tree alone."""
        taken, times = load
        return float((self.limits[taken] / times).min(initial=np.inf))
