import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from topologies import LINK_HEAD, links_csv, nodes_csv

from pipelines.errors import TopologyError
from pipelines.transfer.tables import topology_of

NODES = ["b,east,1000,2000,0.5", "a,west,,,", "c,east,500,,"]
LINKS = ["a,b,100,0.02,30", "b,a,200,,", "b,c,,0.01,"]


def test_what_stands_in_the_files_stands_in_the_arrays() -> None:
    topology = topology_of(nodes_csv(*NODES), links_csv(*LINKS))
    assert topology.names == ("a", "b", "c")
    assert topology.sites == ("west", "east", "east")
    assert topology.uplink_bits_per_second.tolist() == [np.inf, 1000, 500]
    assert topology.downlink_bits_per_second.tolist() == [np.inf, 2000, np.inf]
    assert topology.usd_per_hour.tolist() == [0, 0.5, 0]
    assert topology.bits_per_second.tolist() == [[0, 100, 0], [200, 0, np.inf], [0, 0, 0]]
    assert topology.usd_per_gigabyte[0, 1] == 0.02
    assert topology.round_trip_milliseconds[0, 1] == 30


@given(st.permutations(NODES), st.permutations(LINKS))
def test_the_order_of_lines_changes_nothing(nodes: list[str], links: list[str]) -> None:
    one, other = topology_of(nodes_csv(*NODES), links_csv(*LINKS)), topology_of(nodes_csv(*nodes), links_csv(*links))
    assert one.names == other.names
    assert (one.bits_per_second == other.bits_per_second).all()
    assert (one.uplink_bits_per_second == other.uplink_bits_per_second).all()


def test_without_links_every_host_reaches_every_other() -> None:
    nodes = nodes_csv("a,,10,10,", "b,,10,,", "c,,10,10,")
    for links in ("", LINK_HEAD):
        rates = topology_of(nodes, links).bits_per_second
        assert (rates == np.where(np.eye(3), 0, np.inf)).all()


def test_every_fault_of_both_files_is_told_at_once() -> None:
    nodes = nodes_csv("a,,-1,,", "b,,fast,nan,", "a,,,,", ",,,,", "c,x", "d,,inf,,")
    links = links_csv("a,b,-5,,", "a,b,5,,", "a,a,5,,", "a,z,5,,", "b,a,0,,", "b,a", "a,d,,x,")
    with pytest.raises(TopologyError) as refused:
        topology_of(nodes, links)
    told = "\n".join(refused.value.faults)
    for fault in (
        "nodes.csv line 2: uplink_bits_per_second is -1",
        "nodes.csv line 3: uplink_bits_per_second is fast",
        "nodes.csv line 3: downlink_bits_per_second is nan",
        "nodes.csv line 4: a is there already",
        "nodes.csv line 5: a node without a name",
        "nodes.csv line 6: 2 values for 5 columns",
        "nodes.csv line 7: uplink_bits_per_second is inf",
        "links.csv line 2: bits_per_second is -5",
        "links.csv line 3: a to b is there already",
        "links.csv line 4: a is linked to itself",
        "links.csv line 5: z is not in nodes.csv",
        "links.csv line 6: a link of 0 bits_per_second",
        "links.csv line 7: 2 values for 5 columns",
        "links.csv line 8: usd_per_gigabyte is x",
        "links.csv line 8: a to d has no rate",
    ):
        assert fault in told
    assert len(refused.value.faults) == 15


@pytest.mark.parametrize(
    ("nodes", "links", "fault"),
    [
        ("", "", "nodes.csv: its columns are none"),
        ("name,site\na,b", "", "nodes.csv: its columns are name,site"),
        (nodes_csv(), "", "nodes.csv names no node"),
        (nodes_csv("a,,,5,", "b,,5,,"), "", "a has no uplink and b no downlink"),
        (nodes_csv("a,,,5,"), "from,to\na,b", "links.csv: its columns are from,to"),
    ],
)
def test_a_file_that_is_no_table_of_the_kind_is_refused(nodes: str, links: str, fault: str) -> None:
    with pytest.raises(TopologyError, match=fault):
        topology_of(nodes, links)
