"""Topologies for the tests of the planner: by hand from a few lines, or drawn."""

import numpy as np
from hypothesis import strategies as st

from pipelines.transfer.tables import LINK_COLUMNS, NODE_COLUMNS, topology_of
from pipelines.transfer.topology import Topology

NODE_HEAD, LINK_HEAD = ",".join(NODE_COLUMNS), ",".join(LINK_COLUMNS)


def nodes_csv(*lines: str) -> str:
    return "\n".join([NODE_HEAD, *lines])


def links_csv(*lines: str) -> str:
    return "\n".join([LINK_HEAD, *lines])


def of(nodes: str, links: str) -> Topology:
    """Of `name` or `name:uplink:downlink`, and `a>b rate price`, spaces and commas between."""
    rows = [(*word.split(":"), "", "")[:3] for word in nodes.split()]
    given = [link.replace(">", " ").split() for link in links.split(",")] if links else []
    return topology_of(
        nodes_csv(*(f"{name},,{up},{down}," for name, up, down in rows)),
        links_csv(*(f"{a},{b},{rate},{price}," for a, b, rate, price in given)),
    )


def random_topology(size: int, seed: int, *, density: float = 1.0, limited_hosts: bool = True) -> Topology:
    """A digraph in which the first host reaches every other; rates of 0.1 to 10 Gbit/s."""
    draw = np.random.default_rng(seed)
    rates = draw.uniform(1e8, 1e10, (size, size))
    rates[draw.random((size, size)) > density] = 0
    rates[np.arange(size - 1), np.arange(1, size)] = 1e9
    np.fill_diagonal(rates, 0)
    no_limit = np.full(size, np.inf)
    return Topology(
        names=tuple(f"h{number:03d}" for number in range(size)),
        sites=("",) * size,
        uplink_bits_per_second=draw.uniform(1e9, 2e10, size) if limited_hosts else no_limit,
        downlink_bits_per_second=draw.uniform(5e9, 4e10, size) if limited_hosts else no_limit,
        usd_per_hour=np.zeros(size),
        bits_per_second=rates,
        usd_per_gigabyte=draw.integers(1, 20, (size, size)) / 100,
        round_trip_milliseconds=np.zeros((size, size)),
    )


def topologies(max_size: int = 7) -> st.SearchStrategy[Topology]:
    """Small random digraphs, sparse and dense, with limits of hosts and without."""
    return st.builds(
        random_topology,
        st.integers(2, max_size),
        st.integers(0, 10_000),
        density=st.sampled_from([0.2, 0.5, 1.0]),
        limited_hosts=st.booleans(),
    )
