"""The lightest arborescence that spans a digraph from a root: Chu-Liu/Edmonds on dense arrays.

Gabow et al. (Combinatorica 6, 1986): follow each node's lightest way in until a path comes back to itself, contract
that cycle, go on. A contraction is a minimum over the columns of its members, so each of the at most 2n nodes costs a
handful of NumPy calls of length n: n^2 in all. Equal weights: the sender that comes first, then the receiver.
"""

import numpy as np

from pipelines.transfer.graph.arrays import Floats, Ints

Parents = Ints


def minimum_arborescence(weight: Floats, root: int) -> Parents:
    """The sender of each node, [n]; -1 for the root.

    `weight` [n, n] is indexed by (sender, receiver), infinite where there is no link; ValueError when some node cannot
    be reached.
    """
    forest = _Contraction(weight, root)
    for node in range(len(weight)):
        forest.grow_from(node)
    return forest.expanded()


def weight_of(weight: Floats, parents: Parents) -> float:
    """What the links of an arborescence weigh together."""
    receivers = np.flatnonzero(parents >= 0)
    return float(weight[parents[receivers], receivers].sum())


class _Contraction:
    """The digraph while cycles become nodes: ids below n are nodes, ids from n on are contracted cycles."""

    def __init__(self, weight: Floats, root: int) -> None:
        size = len(weight)
        self.size, self.root = size, root
        self.ways_in: list[Floats | None] = list(np.array(weight.T, dtype=np.float64, order="C"))
        self.ends: list[Ints | None] = [None] * size
        """Of each way into a cycle, indexed by sender: the node inside that receives. None: the node itself."""
        for node, column in enumerate(self.ways_in):
            assert column is not None  # noqa: S101 (for the types: none is dropped yet)
            column[node] = np.inf
        self.belongs = np.arange(size)
        """Node → the outermost cycle it lies in."""
        self.parent_cycle = [-1] * size
        self.chosen: list[tuple[int, int]] = [(-1, -1)] * size
        """The way into each id: sender, receiver."""
        self.lightest = [0.0] * size
        self.is_done = [node == root for node in range(size)]
        """Whether the way in has been followed back to the root."""

    def grow_from(self, node: int) -> None:
        """Follow the lightest way in from `node` to something that hangs on the root."""
        path: list[int] = []
        on_path: set[int] = set()
        current = int(self.belongs[node])
        while not self.is_done[current]:
            if current in on_path:
                start = path.index(current)
                on_path.difference_update(path[start:])
                path[start:], current = [], self._contract(path[start:])
                continue
            path.append(current)
            on_path.add(current)
            current = self._choose(current)
        for member in path:
            self.is_done[member] = True

    def _choose(self, current: int) -> int:
        """Note the lightest way into `current` and return where it comes from."""
        column, ends = self.ways_in[current], self.ends[current]
        assert column is not None  # noqa: S101 (for the types: only what is inside a cycle is dropped)
        sender = int(column.argmin())
        if not np.isfinite(column[sender]):
            raise ValueError(f"node {current if ends is None else int(ends[0])} cannot be reached from {self.root}")
        self.chosen[current] = sender, current if ends is None else int(ends[sender])
        self.lightest[current] = float(column[sender])
        return int(self.belongs[sender])

    def _contract(self, cycle: list[int]) -> int:
        """Make the cycle an id; a way into a member now costs what it costs more than the member's way in."""
        new = len(self.parent_cycle)
        best = np.full(self.size, np.inf)
        end = np.zeros(self.size, dtype=np.int64)
        for member in sorted(cycle):
            column, ends = self.ways_in[member], self.ends[member]
            assert column is not None  # noqa: S101 (for the types: members are outermost until now)
            more = column - self.lightest[member]
            is_lighter = more < best
            np.copyto(best, more, where=is_lighter)
            np.copyto(end, member if ends is None else ends, where=is_lighter)
            self.ways_in[member] = self.ends[member] = None
            self.parent_cycle[member] = new
        inside = np.isin(self.belongs, cycle)
        self.belongs[inside] = new
        best[inside] = np.inf
        self.ways_in.append(best)
        self.ends.append(end)
        self.parent_cycle.append(-1)
        self.chosen.append((-1, -1))
        self.lightest.append(0.0)
        self.is_done.append(False)
        return new

    def expanded(self) -> Parents:
        """Undo contractions from the outermost: the member that is entered from outside gives up its way in."""
        for cycle in range(len(self.parent_cycle) - 1, self.size - 1, -1):
            member = self.chosen[cycle][1]
            while self.parent_cycle[member] != cycle:
                member = self.parent_cycle[member]
            self.chosen[member] = self.chosen[cycle]
        return np.array([sender for sender, _ in self.chosen[: self.size]], dtype=np.int64)
