"""The main job between real stores, on a cluster, while everything breaks: the bytes are those of a quiet local run."""

import os
import secrets
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Self

import faulty_proxy
import pytest
from cluster import executors, standalone_cluster
from corpora import WHERE_INPUTS_LIE, tree, write_corpus, write_recipe

from pipelines.catalog import open_dataset
from pipelines.catalog.layout import STAGES
from pipelines.storage import Stores, join, relative
from pipelines.storage.s3_rate import shared_file

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("stores")
    write_corpus(made / "raw", documents=18)
    write_recipe(made, seconds=0.1)
    return made


@pytest.fixture(scope="module")
def quiet(folder) -> dict[str, bytes]:
    """What the same command makes of the same files on this machine's disk."""
    with Run(folder, str(folder), str(folder / "quiet")) as run:
        run.finish()
    return tree(folder / "quiet", leave_out=WHERE_INPUTS_LIE)


@pytest.fixture(scope="module")
def master(tmp_path_factory) -> Iterator[str]:
    with standalone_cluster(tmp_path_factory.mktemp("cluster")) as url:
        yield url


@pytest.fixture(scope="module")
def proxy(s3) -> Iterator[faulty_proxy.FaultyProxy]:
    with faulty_proxy.running(s3.endpoint) as proxy:
        yield proxy
        shared_file(proxy.endpoint).unlink(missing_ok=True)


@pytest.fixture(scope="module")
def site(folder, s3, hdfs, proxy, master) -> Path:
    file = folder / "site.toml"
    spark = f'[spark]\nmaster = "{master}"\n[spark.settings]\n"spark.sql.shuffle.partitions" = "2"\n'
    # Two executors start on two cores, and live for half a minute: no optimizing compiler, one thread for garbage.
    spark += '"spark.executor.extraJavaOptions" = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"\n'
    file.write_text(spark + s3.site_toml().replace(s3.endpoint, proxy.endpoint) + hdfs.site_toml())
    return file


@pytest.fixture(scope="module")
def stores(s3, hdfs) -> Stores:
    """Both stores with no proxy between: what tests look through themselves."""
    return Stores({"s3": s3.settings(), **hdfs.stores().endpoints})


@pytest.fixture
def places(folder, stores, s3, hdfs) -> dict[str, str]:
    """An empty place in each store, and the raw files in it."""
    found = {"s3": s3.make_bucket(f"job-{secrets.token_hex(6)}"), "hdfs": join(hdfs.uri, f"job-{secrets.token_hex(6)}")}
    for place in found.values():
        for file in (folder / "raw").iterdir():
            stores.put_if_absent(join(place, "raw", file.name), file.read_bytes())
    return found


class Run:
    """`phloem run` from one place to another; it can be killed, and started again as it was."""

    def __init__(self, folder: Path, source: str, output: str, *options: object) -> None:
        self.folder, self.output = folder, output
        words = ["my_recipe.py:MINE", "--quiet", "--input", join(source, "raw"), "--output", output, *map(str, options)]
        self.command = [sys.executable, "-m", "jobs.main", "run", *words]

    def __enter__(self) -> Self:
        with (self.folder / "run.log").open("ab") as log:
            self.process = subprocess.Popen(
                self.command, cwd=self.folder, env=os.environ | {"PYTHONPATH": str(ROOT)}, stdout=log, stderr=log
            )
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing is left running, whatever the test found."""
        self.process.kill()
        self.process.wait()

    def wait_for(self, condition: Callable[[], object]) -> None:
        deadline = time.monotonic() + 120
        while not condition():
            assert self.process.poll() is None, self.log()
            assert time.monotonic() < deadline, self.log()
            time.sleep(0.05)

    def finish(self) -> None:
        assert self.process.wait(timeout=300) == 0, self.log()

    def log(self) -> str:
        return (self.folder / "run.log").read_text()[-4000:]

    def has_begun(self, stage: str, stores: Stores) -> bool:
        return stores.exists(join(self.output, "mine", "recipes", "v1", f"{stage}.json"))


def test_from_s3_to_hdfs_while_s3_stutters_and_a_datanode_an_executor_and_the_driver_are_killed(
    folder, quiet, site, stores, places, proxy, hdfs
):
    for kind in ("slow_down", "internal_error", "reset", "truncate", "flip"):
        proxy.inject(kind, "GET .*/raw/part", at_byte=700)
    run = Run(folder, places["s3"], join(places["hdfs"], "out"), "--site", site)
    with run:
        run.wait_for(lambda: run.has_begun("clean", stores) and executors())
        hdfs.kill_datanode(0)
        run.wait_for(lambda: any(stores.list_files(join(run.output, "mine", "clean", "v1", "shards"))))
        run.process.kill()
        run.process.wait()
    assert not run.has_begun("deduplicated", stores)
    with run:
        run.wait_for(lambda: run.has_begun("deduplicated", stores) and executors())
        executors()[0].kill()
        run.finish()
    hdfs.start_datanode(0)
    assert_made(run.output, quiet, stores)
    assert all(proxy.counts[kind] for kind in ("slow_down", "internal_error", "reset", "truncate", "flip"))


def test_from_hdfs_to_s3_while_answers_are_lost_the_namenode_restarts_and_an_executor_is_killed(
    folder, quiet, site, stores, places, proxy, hdfs
):
    proxy.counts.clear()
    for kind in ("lose", "slow_down", "lose", "internal_error", "lose", "flip_request"):
        proxy.inject(kind, "PUT .*/shards/", at_byte=700)
    run = Run(folder, places["hdfs"], join(places["s3"], "out"), "--site", site)
    with run:
        run.wait_for(lambda: run.has_begun("clean", stores) and executors())
        hdfs.restart_namenode()
        run.wait_for(lambda: run.has_begun("tokens", stores))
        executors()[0].kill()
        run.finish()
    assert_made(run.output, quiet, stores)
    assert proxy.counts == {"lose": 3, "slow_down": 1, "internal_error": 1, "flip_request": 1}


def assert_made(output: str, quiet: dict[str, bytes], stores: Stores) -> None:
    """The output has the files and bytes of a quiet run, and its counts add up."""
    found = {relative(stat.uri, output): stat.uri for stat in stores.list_files(output) if "/inputs/" not in stat.uri}
    assert {name: stores.read(uri) for name, uri in found.items()} == quiet
    for stage in STAGES:
        dataset = open_dataset(join(output, "mine", stage, "v1"), stores)
        assert dataset.manifest.unaccounted() == 0
