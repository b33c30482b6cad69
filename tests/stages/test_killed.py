"""kill -9 of the driver, of a worker process, of an executor: the same command again gives the undisturbed bytes."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from cluster import executors, standalone_cluster
from corpora import tree, write_corpus, write_recipe

LONGEST_WAIT_SECONDS = {"clean": 2.0, "deduplicated": 1.5, "tokens": 0.4}
"""After a stage has begun, before the kill: less than the stage takes."""


STARTED: list[subprocess.Popen[bytes]] = []


@pytest.fixture(autouse=True)
def nothing_is_left_running() -> Iterator[None]:
    """A test that fails in the middle ends what it has started."""
    yield
    while STARTED:
        STARTED.pop().kill()


class Command:
    """`phloem run` on the small corpus, into one output folder."""

    def __init__(self, folder: Path, output: str) -> None:
        self.folder = folder
        self.output = folder / output

    def start(self, *options: str, hash_seed: int = 0) -> subprocess.Popen[bytes]:
        recipe = f"{self.folder / 'my_recipe.py'}:MINE"
        command = [sys.executable, "-m", "jobs.main", "run", recipe, "--input", self.folder / "raw"]
        log = self.output.with_suffix(".log").open("ab")
        process = subprocess.Popen(
            [*map(str, command), "--output", str(self.output), "--quiet", *options],
            env=os.environ | {"PYTHONHASHSEED": str(hash_seed)},
            stdout=log,
            stderr=log,
        )
        STARTED.append(process)
        return process

    def finish(self, *options: str) -> None:
        assert self.start(*options).wait(timeout=300) == 0, self.log()

    def log(self) -> str:
        return self.output.with_suffix(".log").read_text()[-4000:]

    def has_begun(self, stage: str) -> bool:
        return (self.output / "mine" / "recipes" / "v1" / f"{stage}.json").exists()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("killed")
    write_corpus(made / "raw")
    write_recipe(made, seconds=0.1)
    return made


@pytest.fixture(scope="module")
def undisturbed(folder: Path) -> dict[str, bytes]:
    command = Command(folder, "undisturbed")
    command.finish()
    return tree(command.output)


def wait_for(condition: Callable[[], object], process: subprocess.Popen[bytes], seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert process.poll() is None, "the run ended before it could be disturbed"
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_driver_killed_in_every_stage_leaves_what_the_next_run_completes(
    folder: Path, undisturbed: dict[str, bytes]
) -> None:
    command, chooser = Command(folder, "driver"), random.Random(5)
    for stage, longest_wait in LONGEST_WAIT_SECONDS.items():
        process = command.start()
        wait_for(lambda stage=stage: command.has_begun(stage), process)
        time.sleep(chooser.uniform(0.0, longest_wait))
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
        assert not (command.output / "mine" / "tokens" / "v1" / "manifest.json").exists()
    command.finish()
    assert tree(command.output) == undisturbed


def test_worker_processes_killed_in_every_stage_are_replaced_within_the_run(
    folder: Path, undisturbed: dict[str, bytes]
) -> None:
    command, chooser = Command(folder, "worker"), random.Random(6)
    process = command.start()
    for stage, longest_wait in LONGEST_WAIT_SECONDS.items():
        wait_for(lambda stage=stage: command.has_begun(stage) and workers_of(process), process)
        time.sleep(chooser.uniform(0.0, longest_wait / 2))
        chooser.choice(workers_of(process)).kill()
    assert process.wait(timeout=300) == 0, command.log()
    assert tree(command.output) == undisturbed


def workers_of(process: subprocess.Popen[bytes]) -> list[psutil.Process]:
    """The Python workers of a run."""
    return [child for child in psutil.Process(process.pid).children(recursive=True) if is_worker(child)]


def is_worker(process: psutil.Process) -> bool:
    """Whether it is a forked Python worker: a child of Spark's Python daemon."""
    try:
        parent = process.parent()
        return parent is not None and all("pipelines.stages.daemon" in each.cmdline() for each in (parent, process))
    except psutil.Error:
        return False


def test_executors_killed_in_every_stage_on_a_cluster_change_no_byte(
    folder: Path, undisturbed: dict[str, bytes], tmp_path: Path
) -> None:
    command = Command(folder, "cluster")
    site = tmp_path / "site.toml"
    site.write_text('[spark.settings]\n"spark.sql.shuffle.partitions" = "4"\n"spark.sql.adaptive.enabled" = "false"\n')
    with standalone_cluster(tmp_path) as master:
        process = command.start("--master", master, "--site", str(site), hash_seed=1234)
        chooser = random.Random(7)
        for stage, longest_wait in LONGEST_WAIT_SECONDS.items():
            wait_for(lambda stage=stage: command.has_begun(stage) and executors(), process)
            time.sleep(chooser.uniform(0.0, longest_wait))
            chooser.choice(executors()).kill()
        assert process.wait(timeout=300) == 0, command.log()
    assert tree(command.output) == undisturbed
