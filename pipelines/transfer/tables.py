"""A topology from the text of its two CSV files, or all their faults at once.

`nodes.csv`  name, site, uplink_bits_per_second, downlink_bits_per_second, usd_per_hour
`links.csv`  source, destination, bits_per_second, usd_per_gigabyte, round_trip_milliseconds

Empty means: a rate is unlimited (what else limits it has to stand in the other file), a price is 0, a round trip is
unknown and counts as 0. A `links.csv` without a line, or none: every host reaches every other as fast as the two can.
"""

import csv
import math
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from pipelines.errors import TopologyError
from pipelines.transfer.graph.arrays import Floats
from pipelines.transfer.topology import Topology

NODE_COLUMNS = ("name", "site", "uplink_bits_per_second", "downlink_bits_per_second", "usd_per_hour")
LINK_COLUMNS = ("source", "destination", "bits_per_second", "usd_per_gigabyte", "round_trip_milliseconds")
NODES, LINKS = "nodes.csv", "links.csv"
_Row = dict[str, str]


def topology_of(nodes: str, links: str = "") -> Topology:
    """The topology that the two files describe; TopologyError with every fault of both."""
    reading = _Reading()
    rows = {row["name"]: row for row in reading.nodes(nodes)}
    names = tuple(sorted(rows))
    columns = [[reading.node_value(rows[name], column) for name in names] for column in NODE_COLUMNS[2:]]
    uplinks, downlinks, usd_per_hour = (np.array(column) for column in columns)
    given = list(reading.links(links, set(names)))
    rates, prices, round_trips = _squares(names, given, reading)
    if names and not given:
        reading.check_mesh(names, uplinks, downlinks)
    upward, downward = dict(zip(names, uplinks, strict=True)), dict(zip(names, downlinks, strict=True))
    for row in given:
        reading.check_rate(row, upward[row["source"]], downward[row["destination"]])
    if reading.faults:
        raise TopologyError(*reading.faults)
    sites = tuple(rows[name]["site"] for name in names)
    return Topology(names, sites, uplinks, downlinks, usd_per_hour, rates, prices, round_trips)


def _squares(names: tuple[str, ...], rows: list[_Row], reading: "_Reading") -> tuple[Floats, Floats, Floats]:
    """Rate, price and round trip of every pair."""
    size = len(names)
    index = {name: number for number, name in enumerate(names)}
    squares = tuple(np.zeros((size, size)) for _ in LINK_COLUMNS[2:])
    if not rows:
        squares[0][~np.eye(size, dtype=bool)] = math.inf
    for row in rows:
        for square, column in zip(squares, LINK_COLUMNS[2:], strict=True):
            square[index[row["source"]], index[row["destination"]]] = reading.link_value(row, column)
    return squares[0], squares[1], squares[2]


@dataclass
class _Reading:
    """Both files as they are read; rows that cannot be used are left out and told in `faults`."""

    faults: list[str] = field(default_factory=list)

    def nodes(self, text: str) -> Iterator[_Row]:
        seen: set[str] = set()
        for row in self._rows(text, NODES, NODE_COLUMNS):
            name = row["name"]
            if not name:
                self.faults.append(f"{row['place']}: a node without a name; give it one or remove the line")
            elif name in seen:
                self.faults.append(f"{row['place']}: {name} is there already; a node has one line")
            else:
                seen.add(name)
                yield row
        if not seen and not self.faults:
            self.faults.append(f"{NODES} names no node; a line for each host is needed")

    def links(self, text: str, names: set[str]) -> Iterator[_Row]:
        seen: set[tuple[str, str]] = set()
        for row in self._rows(text, LINKS, LINK_COLUMNS) if text.strip() else ():
            source, destination = link = row["source"], row["destination"]
            unknown = [name for name in dict.fromkeys(link) if name not in names]
            self.faults += [f"{row['place']}: {name or 'an empty name'} is not in {NODES}" for name in unknown]
            if source == destination and not unknown:
                self.faults.append(f"{row['place']}: {source} is linked to itself; remove the line")
            elif link in seen:
                self.faults.append(f"{row['place']}: {source} to {destination} is there already; a link has one line")
            elif not unknown:
                seen.add(link)
                yield row

    def node_value(self, row: _Row, column: str) -> float:
        return self._number(row, column, empty=0.0 if column == "usd_per_hour" else math.inf)

    def link_value(self, row: _Row, column: str) -> float:
        is_rate = column == "bits_per_second"
        value = self._number(row, column, empty=math.inf if is_rate else 0.0)
        if is_rate and value == 0 and row[column]:
            self.faults.append(f"{row['place']}: a link of 0 bits_per_second carries nothing; remove the line")
        return value

    def check_rate(self, row: _Row, uplink: float, downlink: float) -> None:
        if not row["bits_per_second"] and math.isinf(uplink) and math.isinf(downlink):
            self.faults.append(
                f"{row['place']}: {row['source']} to {row['destination']} has no rate: give bits_per_second, or an "
                f"uplink or downlink in {NODES}"
            )

    def check_mesh(self, names: tuple[str, ...], uplinks: Floats, downlinks: Floats) -> None:
        senders, receivers = (np.flatnonzero(np.isinf(limits)).tolist() for limits in (uplinks, downlinks))
        for sender in senders:
            other = next((receiver for receiver in receivers if receiver != sender), None)
            if other is not None:
                self.faults.append(
                    f"{NODES}: {names[sender]} has no uplink and {names[other]} no downlink, and {LINKS} says no rate "
                    "between them: give one of the three"
                )

    def _rows(self, text: str, file: str, columns: tuple[str, ...]) -> Iterator[_Row]:
        lines = csv.reader(text.lstrip("\ufeff").splitlines())
        header = [name.strip() for name in next(lines, [])]
        if sorted(header) != sorted(columns):
            self.faults.append(
                f"{file}: its columns are {','.join(header) or 'none'}; they must be {','.join(columns)}"
            )
            return
        for values in lines:
            place = f"{file} line {lines.line_num}"
            if values and len(values) != len(header):
                self.faults.append(f"{place}: {len(values)} values for {len(header)} columns")
            elif values:
                yield {"place": place, **dict(zip(header, map(str.strip, values), strict=True))}

    def _number(self, row: _Row, column: str, empty: float) -> float:
        text = row[column]
        try:
            value = float(text) if text else empty
        except ValueError:
            value = math.nan
        if text and not 0 <= value < math.inf:
            self.faults.append(f"{row['place']}: {column} is {text}; it must be a number, 0 or more, or left empty")
            return empty
        return value
