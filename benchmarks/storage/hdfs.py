"""The HDFS store beside HdfsCLI, hdfs-native and Spark's own client: the same bytes, on the same cluster, in turns.

    python -m benchmarks.storage.hdfs [--mib 1024] [--rounds 3] [--names 100000]

The cluster is a NameNode and three DataNodes on loopback (tests/servers), two replicas, blocks of 128 MiB. Cases:

write  ours         `Stores.create`, 1 MiB at a time: BLAKE3, gathered in a file, sent by WebHDFS, renamed
       HdfsCLI      `Client.write` of all bytes, by WebHDFS, under the name itself
       hdfs-native  HDFS's own protocol out of Rust, 1 MiB at a time
read   ours         `Stores.open`, 1 MiB at a time, by WebHDFS
       HdfsCLI      `Client.read`, 1 MiB at a time, by WebHDFS
       hdfs-native  1 MiB at a time
       Spark        the Hadoop client in Spark's JVM, 1 MiB at a time into nothing

Medians of MB/s and of processor seconds per GB of whoever asks: this process, or Spark's JVM; the servers' are not in
it. Then the listing of one folder of many names: seconds, and by how much this process's memory grew meanwhile.
"""

import argparse
import os
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import hdfs
import hdfs_native
import psutil

from jobs.session import open_session
from jobs.site import Site

sys.path.insert(0, str(Path(__file__).parents[2] / "tests" / "servers"))

import hdfs_cluster  # it is no package

_PIECE_BYTES = 1 << 20
_SETTINGS = {"dfs.blocksize": str(128 << 20), "dfs.ls.limit": "1000"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mib", type=int, default=1024, help="size of what is written and read")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--names", type=int, default=100_000, help="files in the folder that is listed")
    given = parser.parse_args()
    os.environ["HADOOP_USER_NAME"] = "phloem"  # one user whichever client asks
    with tempfile.TemporaryDirectory() as folder, hdfs_cluster.running(Path(folder, "hdfs"), _SETTINGS) as cluster:
        spark = open_session(Site(), "local[1]", "benchmark")
        data = os.urandom(given.mib << 20)
        compare("write", writes(cluster, data), len(data), given.rounds)
        compare("read", reads(cluster, spark, data), len(data), given.rounds)
        spark.stop()
        list_all(cluster, given.names)


def writes(cluster: Any, data: bytes) -> dict[str, Callable[[], float]]:
    """Name → what writes all of `data` under a new name and removes it; returns processor seconds."""
    stores, view = cluster.stores(), memoryview(data)
    client, native = hdfs.InsecureClient(cluster.webhdfs, user="phloem"), hdfs_native.Client(cluster.uri)
    starts = range(0, len(data), _PIECE_BYTES)

    def ours(path: str) -> None:
        with stores.create(cluster.uri + path) as output:
            for start in starts:
                output.write(view[start : start + _PIECE_BYTES])

    def by_native(path: str) -> None:
        with native.create(path) as output:
            for start in starts:
                output.write(view[start : start + _PIECE_BYTES])

    def case(write: Callable[[str], Any]) -> Callable[[], float]:
        def run() -> float:
            path = f"/written-{os.urandom(8).hex()}"
            used = measured(lambda: write(path))
            stores.delete(cluster.uri + path)
            return used

        return run

    return {
        "ours": case(ours),
        "HdfsCLI": case(lambda path: client.write(path, data=data)),
        "hdfs-native": case(by_native),
    }


def reads(cluster: Any, spark: Any, data: bytes) -> dict[str, Callable[[], float]]:
    """Name → what reads all of `data`; returns processor seconds."""
    stores, uri = cluster.stores(), cluster.uri + "/read"
    client, native = hdfs.InsecureClient(cluster.webhdfs, user="phloem"), hdfs_native.Client(cluster.uri)
    stores.put_if_absent(uri, data)

    def ours() -> None:
        with stores.open(uri) as stream:
            while stream.read(_PIECE_BYTES):
                pass

    def by_cli() -> None:
        with client.read("/read", chunk_size=_PIECE_BYTES) as pieces:
            for _ in pieces:
                pass

    def by_native() -> None:
        with native.read("/read") as stream:
            while stream.read(_PIECE_BYTES):
                pass

    return {
        "ours": lambda: measured(ours),
        "HdfsCLI": lambda: measured(by_cli),
        "hdfs-native": lambda: measured(by_native),
        "Spark": lambda: read_in_jvm(spark, uri),
    }


def measured(work: Callable[[], Any]) -> float:
    """Processor seconds of this process, all its threads, for `work`."""
    used = time.process_time()
    work()
    return time.process_time() - used


def read_in_jvm(spark: Any, uri: str) -> float:
    """Read a file inside Spark's JVM; processor seconds of that."""
    context = spark.sparkContext
    java, gateway = context._jvm, context._gateway  # noqa: SLF001 (PySpark has no other way into its JVM)
    process = psutil.Process(gateway.proc.pid)
    before = sum(process.cpu_times()[:2])
    path = java.org.apache.hadoop.fs.Path(uri)
    stream = path.getFileSystem(java.org.apache.hadoop.conf.Configuration()).open(path)
    nothing = java.org.apache.commons.io.output.NullOutputStream.INSTANCE
    java.org.apache.hadoop.io.IOUtils.copyBytes(stream, nothing, _PIECE_BYTES, True)
    return sum(process.cpu_times()[:2]) - before


def compare(name: str, cases: dict[str, Callable[[], float]], num_bytes: int, rounds: int) -> None:
    """Run the cases in turns, the first round unmeasured; print medians and ratios to ours."""
    wall: dict[str, list[float]] = {case: [] for case in cases}
    cpu: dict[str, list[float]] = {case: [] for case in cases}
    for number in range(rounds + 1):
        for case, run in cases.items():
            started = time.perf_counter()
            used = run()
            if number:
                wall[case].append(time.perf_counter() - started)
                cpu[case].append(used)
    print(f"{name}, {num_bytes / 1e6:.0f} MB, {rounds} rounds, load {psutil.getloadavg()[0]:.1f}")
    for case in cases:
        rate, cost = num_bytes / 1e6 / statistics.median(wall[case]), statistics.median(cpu[case]) * 1e9 / num_bytes
        ratios = [statistics.median(a / b for a, b in zip(of[case], of["ours"], strict=True)) for of in (wall, cpu)]
        print(f"  {case:<12}{rate:>7.0f} MB/s{cost:>7.2f} CPU-s/GB   {ratios[0]:.2f} and {ratios[1]:.2f} of ours")


def list_all(cluster: Any, num_names: int) -> None:
    """Make a folder of empty files by HDFS's own protocol and list it; print seconds and the growth of memory."""
    native, stores = hdfs_native.Client(cluster.uri), cluster.stores()
    with ThreadPoolExecutor(8) as pool:
        for _ in pool.map(lambda number: native.create(f"/many/{number:08}").close(), range(num_names)):
            pass
    next(stores.list_files(cluster.uri + "/many"))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started, used = time.perf_counter(), time.process_time()
    found = sum(1 for _ in stores.list_files(cluster.uri + "/many"))
    seconds, cpu_seconds = time.perf_counter() - started, time.process_time() - used
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    assert found == num_names
    print(f"list, {found:,} names: {seconds:.1f} s, {cpu_seconds:.1f} CPU-s here, memory grew by {grown:.0f} MiB")


if __name__ == "__main__":
    main()
