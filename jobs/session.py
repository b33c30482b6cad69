"""The Spark session: which master, which settings, and a quiet and quick start.

Under spark-submit the master and every setting given there stand; otherwise Spark starts inside this process.
Nothing here can change a byte of the output.
"""

import os
import sys
import threading
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Any

from pyspark import SparkConf, SparkContext
from pyspark.java_gateway import launch_gateway
from pyspark.sql import SparkSession

from jobs.class_archive import archive_path
from jobs.machine import find_java, memory_bytes, num_cores
from jobs.site import Site
from pipelines.errors import RefusedError

LOCAL_MASTER = "local[*,3]"
"""Every core, and three attempts: a worker process that the system killed must not end the run."""

_NOISE = ("WARNING: Using incubator modules", "Setting default log level", "To adjust logging level use")
"""What the JVM says at every start whatever the logging is told; the first cannot be switched off in Java 17."""

_FEW_CORES = 4

DAEMON_MODULE = "spark.python.daemon.module"
"""Spark setting: what forks the Python workers. Ours has the packages and the kernels loaded."""

_EVERYWHERE: Mapping[str, str] = {
    # Both directions bounded, so that memory is bounded by the batch. Out of Python Spark has no limit of its own,
    # and takes either one of bytes or one of records.
    "spark.sql.execution.arrow.maxRecordsPerBatch": "10000",
    "spark.sql.execution.arrow.maxBytesPerBatch": str(32 << 20),
    "spark.sql.execution.arrow.maxBytesPerOutputBatch": str(32 << 20),
    # A worker that dies in native code says where.
    "spark.python.worker.faulthandler.enabled": "true",
    "spark.sql.execution.pyspark.udf.faulthandler.enabled": "true",
    "spark.python.worker.reuse": "true",
    DAEMON_MODULE: "pipelines.stages.daemon",
    "spark.sql.session.timeZone": "UTC",
}


def under_spark_submit() -> bool:
    """Whether spark-submit started this process: then its JVM waits for us."""
    return "PYSPARK_GATEWAY_PORT" in os.environ


def open_session(site: Site, master: str | None, name: str) -> SparkSession:
    """A session called `name`; RefusedError before anything starts when Java is missing or `master` is not ours to set.

    `master` (of the command line) comes before the site's, and that before `local[*]`.
    """
    if under_spark_submit():
        return _submitted(site, master, name)
    java = find_java()
    master = master or site.master or LOCAL_MASTER
    local = master.startswith("local")
    settings = {**_EVERYWHERE, **driver_settings(num_cores(), memory_bytes(), archive_path(java))}
    if local:
        settings |= _local_settings(num_cores())
    _prepare_environment(site, local=local)
    conf = SparkConf(loadDefaults=False).setMaster(master).setAppName(name)
    conf.setAll(list({**settings, **site.settings}.items()))
    context = SparkContext(conf=conf, gateway=_quiet_gateway(conf))
    return SparkSession(context)


def driver_settings(cores: int, available_bytes: int, archive: Path | None) -> dict[str, str]:
    """Settings of a JVM that this process starts, by the machine's size: in local mode, or as a cluster's driver."""
    # The work is done in Python workers; the JVM moves small columns. A quarter of the memory, 1 to 8 GiB, is ample.
    driver_mebibytes = min(8 << 10, max(1 << 10, available_bytes // 4 >> 20))
    return {
        "spark.ui.showConsoleProgress": "false",
        "spark.driver.memory": f"{driver_mebibytes}m",
        "spark.driver.extraJavaOptions": " ".join(_java_options(cores, archive)),
    }


def _local_settings(cores: int) -> dict[str, str]:
    return {
        "spark.ui.enabled": "false",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.sql.shuffle.partitions": str(max(4, 2 * cores)),
        "spark.sql.catalogImplementation": "in-memory",
        # Re-planning after every shuffle costs more than it finds on one machine: 64 jobs a run → 21.
        "spark.sql.adaptive.enabled": "false",
    }


def _java_options(cores: int, archive: Path | None) -> list[str]:
    options = [f"-Dlog4j2.configurationFile={resources.files('jobs') / 'log4j2.properties'}"]
    if cores <= _FEW_CORES:
        # The optimizing compiler and G1 compete with the start for few cores; small by itself: 17-23 s → 18-20 s, busy.
        options += ["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"]
    if archive is not None and archive.exists():
        # 14.6-17.3 s → 8.6-9.5 s, busy: some 15,000 classes from 250 jars. A stale archive is unused without a word.
        options += [f"-XX:SharedArchiveFile={archive}", "-Xshare:auto", "-Xlog:cds=off", "-Xlog:cds+dynamic=off"]
    return options


def _prepare_environment(site: Site, *, local: bool) -> None:
    user = site.storage.get("hdfs", {}).get("user")
    if isinstance(user, str):  # Spark's own files on HDFS (checkpoints) are to be the same user's as ours
        os.environ.setdefault("HADOOP_USER_NAME", user)
    if local:
        os.environ["PYSPARK_PYTHON"] = sys.executable
        os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    else:
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)


def _quiet_gateway(conf: SparkConf) -> Any:
    """A new JVM whose words reach our stderr without the noise; None when this process has one already."""
    if SparkContext._gateway is not None:  # noqa: SLF001 (Spark has no other way to ask; a second JVM would be idle)
        return None
    reading, writing = os.pipe()
    threading.Thread(target=_copy_without_noise, args=(reading,), name="spark-stderr", daemon=True).start()
    try:
        return launch_gateway(conf, {"stderr": writing})  # type: ignore[no-untyped-call]  # Spark types it not
    finally:
        os.close(writing)


def _copy_without_noise(descriptor: int) -> None:
    with open(descriptor, encoding="utf-8", errors="replace") as lines:
        for line in lines:
            if not line.startswith(_NOISE):
                sys.stderr.write(line)
                sys.stderr.flush()


def _submitted(site: Site, master: str | None, name: str) -> SparkSession:
    if master:
        raise RefusedError(f"--master {master}: spark-submit has chosen the master already; give it to spark-submit")
    SparkContext._ensure_initialized()  # noqa: SLF001 (before it knows the JVM, SparkConf is empty: ours would win)
    conf = SparkConf()
    local = _local_settings(num_cores()) if conf.get("spark.master", "").startswith("local") else {}
    for key, value in {**_EVERYWHERE, **_archive_for_daemons(Path(__file__)), **local, **site.settings}.items():
        if not conf.contains(key):
            conf.set(key, value)
    if not conf.contains("spark.app.name"):
        conf.setAppName(name)
    return SparkSession.builder.config(conf=conf).getOrCreate()


def _archive_for_daemons(imported_from: Path) -> dict[str, str]:
    """What lets a Python daemon import us out of `phloem.zip`, which Spark itself puts on the path of workers only.

    An executor fetches it into the folder it runs in; in local mode it stays where the driver imported it from.
    """
    archive = next((folder for folder in imported_from.parents if folder.is_file()), None)
    return {"spark.executorEnv.PYTHONPATH": f"{archive.name}{os.pathsep}{archive}"} if archive else {}
