"""Shortest paths between all hosts: Floyd-Warshall, one NumPy call a host in the middle."""

import numpy as np

from pipelines.transfer.graph.arrays import Floats, Ints


def shortest_paths(weight: Floats) -> tuple[Floats, Ints]:
    """Length of the shortest path of every pair, [n, n], and the host before the last on it; -1 where there is none.

    `weight` is infinite where there is no link and must not be negative. Of equal paths the one found first stays.
    """
    size = len(weight)
    length = weight.copy()
    np.fill_diagonal(length, 0.0)
    before = np.where(np.isfinite(weight), np.arange(size)[:, None], -1)
    np.fill_diagonal(before, np.arange(size))
    for middle in range(size):
        through = length[:, middle, None] + length[middle]
        is_shorter = through < length
        np.copyto(length, through, where=is_shorter)
        np.copyto(before, np.broadcast_to(before[middle], before.shape), where=is_shorter)
    return length, before


def path_links(before: Ints, start: int, end: int) -> list[tuple[int, int]]:
    """The links of the shortest path from `start` to `end`, in order."""
    links = []
    while end != start:
        links.append((int(before[start, end]), end))
        end = links[-1][0]
    return links[::-1]
