"""A real standalone cluster from the pip package: one master and two workers, each a process of its own."""

import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pyspark

SPARK_HOME = Path(pyspark.__file__).parent


def free_port() -> int:
    """A port that nothing listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def standalone_cluster(folder: Path) -> Iterator[str]:
    """The master's URL while the block runs; everything started is ended by process id."""
    port, page_port = free_port(), free_port()
    url = f"spark://127.0.0.1:{port}"
    started = [_start(folder, "master.Master", "--host", "127.0.0.1", "--port", port, "--webui-port", page_port)]
    try:
        page = f"http://127.0.0.1:{page_port}/json/"
        _wait_until(lambda: _alive_workers(page) is not None)
        for number in range(2):
            work = ["--work-dir", folder / f"worker-{number}", "--webui-port", free_port()]
            started.append(_start(folder, "worker.Worker", "--host", "127.0.0.1", "-c", 1, "-m", "1g", *work, url))
        _wait_until(lambda: _alive_workers(page) == 2)
        yield url
    finally:
        for process in reversed(started):
            for each in [*psutil.Process(process.pid).children(recursive=True), process]:
                each.kill()
            process.wait()


def executors() -> list[psutil.Process]:
    """The executor processes of the clusters that this process has started."""
    here = psutil.Process().children(recursive=True)
    return [process for process in here if "CoarseGrainedExecutorBackend" in " ".join(_command(process))]


def _command(process: psutil.Process) -> list[str]:
    try:
        return list(process.cmdline())
    except psutil.Error:
        return []


def _start(folder: Path, role: str, *arguments: object) -> subprocess.Popen[bytes]:
    environment = os.environ | {
        "SPARK_HOME": str(SPARK_HOME),
        "SPARK_NO_DAEMONIZE": "1",
        "SPARK_LOCAL_IP": "127.0.0.1",
        "PYSPARK_PYTHON": sys.executable,
        "SPARK_DAEMON_MEMORY": "256m",
        "SPARK_DAEMON_JAVA_OPTS": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
    }
    command = [SPARK_HOME / "bin" / "spark-class", f"org.apache.spark.deploy.{role}", *map(str, arguments)]
    log = (folder / f"{role}.log").open("ab")
    return subprocess.Popen(command, env=environment, stdout=log, stderr=log, cwd=folder)


def _alive_workers(page: str) -> int | None:
    try:
        with urllib.request.urlopen(page, timeout=2) as answer:  # noqa: S310 (our own master's page)
            found = re.search(r'"aliveworkers"\s*:\s*(\d+)', answer.read().decode())
    except OSError:
        return None
    return int(found[1]) if found else None


def _wait_until(condition: object, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        if time.monotonic() > deadline:
            raise TimeoutError("the cluster did not come up")
        time.sleep(0.2)
