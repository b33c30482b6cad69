"""Whether Spark starts, and whether its executors have the Python and the packages that this process has."""

import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from jobs.databases import database
from jobs.doctor import Finding
from jobs.session import LOCAL_MASTER, open_session
from jobs.site import Site
from pipelines.catalog.identity import software
from pipelines.errors import RefusedError
from pipelines.stages.tables.connection import Connection

_CLOCK_SECONDS = 60.0
"""Signatures of object stores hold for minutes; a minute of difference is a clock that nobody sets."""


def examine_spark(site: Site, master: str | None, databases: Sequence[str] = ()) -> Iterator[Finding]:
    """Start a session on the master, run one small job, compare its workers with this process.

    `databases` are inputs NAME=jdbc:…, which answer or do not.
    """
    where = master or site.master or LOCAL_MASTER
    started = time.monotonic()
    try:
        spark = open_session(site, master, "phloem-doctor")
    except Exception as error:  # noqa: BLE001 (whatever it is, it is the finding)
        yield Finding("fail", "Spark", _first_line(error), f"mend Java first; then see whether {where} can be reached")
        return
    yield Finding("ok", "Spark", f"{spark.version} on {where}, started in {time.monotonic() - started:.1f} s")
    try:
        workers = _ask(spark)
    except Exception as error:  # noqa: BLE001 (see above)
        remedy = "let PYSPARK_PYTHON name, on every host, a Python 3.11 with the packages of requirements.txt"
        yield Finding("fail", "executors", _first_line(error), remedy)
    else:
        yield from _compared(workers)
        yield from (_answers(spark, site, value) for value in databases)
    finally:
        spark.stop()


def _answers(spark: Any, site: Site, value: str) -> Finding:
    """Whether a database lets this user in; whether its table can be landed, a run says before it copies a row."""
    name, _, url = value.partition("=")
    try:
        with Connection(spark, database(f"input {name}", url, lambda: site.database(name)), f"input {name}"):
            return Finding("ok", "input", f"{value}: answers")
    except RefusedError as error:
        return Finding("fail", "input", str(error), "mend the URL, [databases.NAME] in the site file, or the server")


def _ask(spark: Any) -> list[dict[str, Any]]:
    """What each worker process says of itself; self-contained, for the executors may lack our packages."""
    names = tuple(software())

    def say(_: object) -> Iterator[dict[str, Any]]:
        import importlib.metadata as installed  # noqa: PLC0415 (runs in the worker)
        import importlib.util as modules  # noqa: PLC0415
        import platform  # noqa: PLC0415
        import time as clock  # noqa: PLC0415

        there = {each.metadata["Name"].lower().replace("_", "-"): each.version for each in installed.distributions()}
        yield {
            "host": platform.node(),
            "python": platform.python_version(),
            "packages": {name: there.get(name, "missing") for name in names},
            "phloem": modules.find_spec("pipelines") is not None,
            "clock": clock.time(),
        }

    context = spark.sparkContext
    num_tasks = min(64, context.defaultParallelism)  # enough to meet every host of a small cluster
    found: list[dict[str, Any]] = context.parallelize(range(num_tasks), num_tasks).mapPartitions(say).collect()
    return found


def _compared(workers: list[dict[str, Any]]) -> Iterator[Finding]:
    ours = {"python": ".".join(map(str, sys.version_info[:3])), "packages": software()}
    now = time.time()
    hosts = sorted({worker["host"] for worker in workers})
    faults: dict[tuple[str, str], None] = {}
    for worker in workers:
        for fault, remedy in _differences(ours, worker, now):
            faults[f"{worker['host']}: {fault}", remedy] = None
    for fault, remedy in faults:
        yield Finding("fail", "executors", fault, remedy)
    if not faults:
        yield Finding(
            "ok", "executors", f"{len(hosts)} hosts with our Python, packages and clock: {', '.join(hosts[:5])}"
        )


def _differences(ours: Mapping[str, Any], worker: Mapping[str, Any], now: float) -> Iterator[tuple[str, str]]:
    """What of a worker differs, and how to mend it. Other packages would make other bytes."""
    if worker["python"].rpartition(".")[0] != ours["python"].rpartition(".")[0]:
        yield f"Python {worker['python']}, here {ours['python']}", "let PYSPARK_PYTHON name the same minor version"
    there = worker["packages"]
    if other := [f"{name} {there[name]}, here {pin}" for name, pin in ours["packages"].items() if there[name] != pin]:
        yield "; ".join(other), "install requirements.txt on that host"
    if not worker["phloem"]:
        yield "cannot import Phloem's packages", "install phloem there, or use spark-submit --py-files phloem.zip"
    if abs(worker["clock"] - now) > _CLOCK_SECONDS:
        yield f"its clock differs by {worker['clock'] - now:+.0f} s", "set it (chrony, ntpd)"


def _first_line(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return f"{type(error).__name__}: {lines[0] if lines else ''}"[:300]
