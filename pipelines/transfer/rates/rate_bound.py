"""Rates that no plan can exceed, found without looking at trees.

Of hosts limited by uplinks and downlinks: T* = max(S/u_src, S/d_min, N*S/(u_src + sum u_i)) for S bits and N receivers
(Mundinger, Weber and Weiss, Journal of Scheduling 11, 2008; every copy leaves some uplink), here as a rate. With limits
of links: the least maximum flow from the source to any one receiver, what its hosts can send and receive
included (what is true of one receiver alone is true of it among others).
"""

from collections.abc import Sequence

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_flow

from pipelines.transfer.graph.arrays import Floats
from pipelines.transfer.topology import Topology

_UNITS = (1 << 31) - 1
"""scipy's flows are 32-bit: rates are rounded up to parts of an upper bound, 5e-10 of it."""
MAX_FLOW_HOSTS = 128
"""A flow for each receiver on n^2 links: 0.1 s for 71 hosts."""


def rate_bound(topology: Topology, source: int, destinations: Sequence[int]) -> tuple[float, str]:
    """Bits a second, and how the bound was found."""
    bound = _of_limits(topology, source, destinations)
    found_by = "uplinks and downlinks"
    if topology.has_limited_links and len(topology.names) <= MAX_FLOW_HOSTS:
        flow = min(_flow(topology, source, receiver, bound) for receiver in destinations)
        if flow < bound * (1 - 1e-9):
            return flow, "least maximum flow to a receiver"
    return bound, found_by


def _of_limits(topology: Topology, source: int, destinations: Sequence[int]) -> float:
    """What leaves the source, enters each receiver, and all uplinks together for a copy to each receiver."""
    into = np.where(topology.links, topology.bits_per_second, 0.0)
    out = np.minimum(topology.uplink_bits_per_second, into.sum(axis=1))
    inward = np.minimum(topology.downlink_bits_per_second, into.sum(axis=0))
    return float(min(out[source], inward[list(destinations)].min(), _all_uplinks(out, source, destinations)))


def _all_uplinks(out: Floats, source: int, destinations: Sequence[int]) -> float:
    """Every receiver's copy leaves some uplink; a relay takes in each bit once, so it can only help with the rest."""
    if len(destinations) + 1 < len(out):
        return float(out.sum() / len(destinations))
    return float((out[source] + out[list(destinations)].sum()) / len(destinations))


def _flow(topology: Topology, source: int, receiver: int, bound: float) -> float:
    """The maximum flow to one receiver; each host is two nodes with what it may send between them."""
    size = len(topology.names)
    unit = bound / (_UNITS / (4 * size))
    whole = np.zeros((2 * size, 2 * size))
    whole[size:, :size] = np.where(topology.links, np.minimum(topology.bits_per_second, bound), 0)
    inner = np.minimum(topology.uplink_bits_per_second, bound)
    relay = np.minimum(inner, topology.downlink_bits_per_second)
    relay[source] = inner[source]
    whole[np.arange(size), size + np.arange(size)] = relay
    graph = csr_array(np.ceil(whole / unit).astype(np.int32))
    value = maximum_flow(graph, source, receiver).flow_value * unit
    return float(min(value, topology.downlink_bits_per_second[receiver], bound))
