"""`Topology`: hosts and the directed links between them, as arrays ordered by name.

Nothing depends on the order in which files name hosts: index follows name, and every tie is broken by the lower index.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from pipelines.transfer.graph.arrays import Bools, Floats


@dataclass(frozen=True, eq=False)
class Topology:
    """n hosts; every array is indexed by host, the square ones by (sender, receiver)."""

    names: tuple[str, ...]
    """In order."""
    sites: tuple[str, ...]
    uplink_bits_per_second: Floats
    """[n] of all that a host sends at once; infinite: no limit known."""
    downlink_bits_per_second: Floats
    """[n] of all that a host receives at once; infinite: no limit known."""
    usd_per_hour: Floats
    """[n] of a host while it takes part."""
    bits_per_second: Floats
    """[n, n] of a link; 0: there is none; infinite: only uplink and downlink limit it."""
    usd_per_gigabyte: Floats
    """[n, n] of what a link carries."""
    round_trip_milliseconds: Floats
    """[n, n]; 0 where nobody measured."""

    @cached_property
    def index(self) -> dict[str, int]:
        """Name → index."""
        return {name: number for number, name in enumerate(self.names)}

    @cached_property
    def links(self) -> Bools:
        """[n, n]: whether anything can go from one host to the other."""
        return (
            (self.bits_per_second > 0)
            & (self.uplink_bits_per_second > 0)[:, None]
            & (self.downlink_bits_per_second > 0)[None, :]
        )

    @property
    def has_limited_links(self) -> bool:
        """Whether any link has a rate, a price or an absence of its own, beyond what its two hosts can."""
        others = ~np.eye(len(self.names), dtype=bool)
        return bool(np.isfinite(self.bits_per_second[others]).any() or self.usd_per_gigabyte[others].any())

    @property
    def links_without_rate(self) -> list[tuple[int, int]]:
        """Links that nothing limits: neither a rate of their own nor one of their hosts'."""
        least = np.minimum(self.uplink_bits_per_second[:, None], self.downlink_bits_per_second[None, :])
        free = self.links & np.isinf(np.minimum(least, self.bits_per_second)) & ~np.eye(len(self.names), dtype=bool)
        return [(int(sender), int(receiver)) for sender, receiver in np.argwhere(free)]

    def reachable(self, source: int) -> Bools:
        """[n]: whom the source's bytes can reach at all."""
        reached = np.zeros(len(self.names), dtype=bool)
        frontier = reached.copy()
        frontier[source] = True
        while frontier.any():
            reached |= frontier
            frontier = self.links[frontier].any(axis=0) & ~reached
        return reached

    def only(self, hosts: Iterable[int]) -> "Topology":
        """The part of it between these hosts."""
        kept = sorted(set(hosts))
        square = np.ix_(kept, kept)
        return Topology(
            tuple(self.names[host] for host in kept),
            tuple(self.sites[host] for host in kept),
            self.uplink_bits_per_second[kept],
            self.downlink_bits_per_second[kept],
            self.usd_per_hour[kept],
            self.bits_per_second[square],
            self.usd_per_gigabyte[square],
            self.round_trip_milliseconds[square],
        )
