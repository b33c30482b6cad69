import json
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from published_datasets import place_in, published

from jobs.main import main
from jobs.plan_table import parents
from jobs.topologies import open_topology
from pipelines.storage import Stores
from pipelines.transfer import Plan

NODES = """name,site,uplink_bits_per_second,downlink_bits_per_second,usd_per_hour
origin,east,8000000000,,
a,west,8000000000,,
b,west,8000000000,,
"""
LINKS = """source,destination,bits_per_second,usd_per_gigabyte,round_trip_milliseconds
origin,a,,0.02,20
a,b,,0,1
origin,b,,0.02,20
"""
ASKED = ("--source", "origin", "--to", "a,b", "--bytes", "1000000000000", "--objective")


@pytest.fixture
def sites(tmp_path: Path) -> Path:
    (tmp_path / "nodes.csv").write_text(NODES)
    (tmp_path / "links.csv").write_text(LINKS)
    return tmp_path


def phloem(capsys, *words) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        main([str(word) for word in ("plan", *words)])
    out, err = capsys.readouterr()
    return ended.value.code, out, err


def test_a_plan_is_printed_beside_its_bounds_and_the_star_and_written_and_drawn(capsys, sites: Path) -> None:
    output, picture = sites / "plan.json", sites / "plan.svg"
    code, out, _ = phloem(capsys, "--topology", sites, *ASKED, "price", "--output", output, "--draw", picture)
    assert code == 0
    lines = [line.split() for line in out.splitlines()]
    assert ["a", "origin", "100%", "1,000.0"] in lines
    assert ["b", "a", "100%", "1,000.0"] in lines
    assert ["plan,", "1", "tree", "1,000.01", "1.000", "20.00", "1.000"] in lines
    assert ["star", "from", "the", "source", "2,000.01", "2.000", "40.00", "2.000"] in lines
    plan = Plan.from_json(output.read_text())
    assert plan.trees[0].edges == (("origin", "a"), ("a", "b"))
    assert parents(plan) == {"a": {"origin": 1.0}, "b": {"a": 1.0}}
    names = {text.text for text in ET.parse(picture).iter("{http://www.w3.org/2000/svg}text")}  # noqa: S314 (ours)
    assert {"origin", "a", "b"} <= names


def test_every_fault_is_told_before_anything_is_written(capsys, sites: Path) -> None:
    (sites / "links.csv").write_text(LINKS + "a,nowhere,,-1,\n")
    output = sites / "plan.json"
    options = ("--bytes", 0, "--dataset", sites / "none", "--objective", "soon", "--deadline", 1, "--budget", 2)
    code, out, err = phloem(
        capsys, "--topology", sites, "--source", "x", "--to", "y", *options, "--output", output, "--draw", "plan.png"
    )
    assert (code, out) == (2, "")
    for fault in ("either --bytes or --dataset", "nowhere is not in nodes.csv", "plan.png"):
        assert fault in err
    assert not output.exists()
    (sites / "links.csv").write_text(LINKS)
    code, _, err = phloem(capsys, "--topology", sites, "--source", "x", "--to", "y", *options, "--output", output)
    for fault in (
        "x: the topology has no host",
        "y: the topology has",
        "soon: no objective",
        "a deadline and a budget",
    ):
        assert fault in err
    assert not output.exists()


def test_the_bytes_are_those_of_a_dataset(capsys, sites: Path) -> None:
    place = place_in(sites)
    published(place, {"a": b"12345", "b": b"678"})
    asked = ("--source", "origin", "--to", "a", "--dataset", place.uri, "--output", sites / "plan.json")
    assert phloem(capsys, "--topology", sites, *asked)[0] == 0
    assert Plan.from_json((sites / "plan.json").read_text()).num_bytes == 8
    code, _, err = phloem(capsys, "--topology", sites, *asked[:-3], sites / "nothing", "--output", sites / "other.json")
    assert code == 2
    assert "nothing" in err
    assert "0 bytes" not in err


def test_a_plan_is_not_written_over(capsys, sites: Path) -> None:
    output = sites / "plan.json"
    output.write_text("mine")
    code, _, err = phloem(capsys, "--topology", sites, *ASKED, "time", "--output", output)
    assert code == 2
    assert "plan.json is there already" in err
    assert output.read_text() == "mine"


def test_a_deadline_that_cannot_be_met_is_refused_with_the_best_that_can(capsys, sites: Path) -> None:
    output = sites / "plan.json"
    code, _, err = phloem(capsys, "--topology", sites, *ASKED, "price", "--deadline", 10, "--output", output)
    assert code == 2
    assert "the fastest plan takes 1,000.01 s" in err
    assert not output.exists()


def test_all_is_every_other_host_of_the_71_regions(capsys, tmp_path: Path) -> None:
    output = tmp_path / "plan.json"
    asked = ("--source", "aws:us-east-1", "--to", "all", "--bytes", 10**12, "--objective", "price", "--output", output)
    code, _, _ = phloem(capsys, "--topology", "cloud_regions", *asked)
    assert code == 0
    value = json.loads(output.read_text())
    assert len(value["destinations"]) == 70
    assert value["predicted"]["usd"] == pytest.approx(value["bounds"]["usd"])


@pytest.mark.parametrize(
    ("make", "fault"),
    [
        (lambda folder: (folder / "nodes.csv").unlink(), "no nodes.csv there"),
        (lambda folder: (folder / "nodes.csv").write_bytes(b"\xff\xfe"), "is not UTF-8"),
    ],
)
def test_a_folder_that_is_no_topology_is_refused(capsys, sites: Path, make, fault: str) -> None:
    make(sites)
    code, _, err = phloem(capsys, "--topology", sites, *ASKED, "time", "--output", sites / "plan.json")
    assert code == 2
    assert fault in err
    assert "Traceback" not in err


def test_the_built_in_regions_are_whole() -> None:
    topology = open_topology("cloud_regions", Stores())
    assert len(topology.names) == 71
    assert topology.links.sum() == 71 * 70
    assert topology.usd_per_gigabyte[topology.links].min() == 0.01
    assert topology.usd_per_gigabyte.max() == 0.19
    assert (topology.round_trip_milliseconds > 0).sum() == 3782


def test_the_frontier_is_printed_from_the_fastest_to_the_cheapest(capsys, sites: Path) -> None:
    (sites / "links.csv").write_text(LINKS.replace("a,b,", "a,b,4000000000"))
    output = sites / "plan.json"
    code, out, _ = phloem(capsys, "--topology", sites, *ASKED, "price", "--output", output, "--frontier")
    assert code == 0
    table = [line.split() for line in out.partition("cheapest in")[2].partition("plan:")[0].splitlines()[1:]]
    assert table[0][:3] == ["1,333.34", "s", "26.67"]
    assert table[-1][:3] == ["2,000.01", "s", "20.00"]
