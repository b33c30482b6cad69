"""The S3 store beside plain boto3: the same bytes, on the same server, in turns.

    python -m benchmarks.storage.s3 [--mib 256] [--rounds 5] [--names 100000]

The server is versitygw on loopback (tests/servers), so that what is measured is the client. Cases:

write  ours           `Stores.create`, 1 MiB at a time: parts, CRC-32 of each, BLAKE3 of all
       put_object     boto3, one request with all bytes, with its default CRC-32
       upload_fileobj boto3's multipart upload by ten threads
read   ours           `Stores.open`, 1 MiB at a time, verified against the stored CRC-32
       ours, whole    `Stores.read` of objects of 16 MiB, each verified before its first byte is handed out
       get_object     boto3, one request, `Body.read()`, verified by botocore; the same with objects of 16 MiB
       download_fileobj  boto3's ranges by ten threads, into memory

Medians of MB/s and of processor seconds of this process per GB, and the ratio of processor seconds to ours. Then the
listing of many objects, in 256 folders as our shards are and in one: seconds, and by how much this process's memory
grew meanwhile.
"""

import argparse
import io
import os
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil

from pipelines.storage import Stores

sys.path.insert(0, str(Path(__file__).parents[2] / "tests" / "servers"))

import s3_server  # it is no package

_PIECE_BYTES = 1 << 20
_SMALL_BYTES = 16 << 20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mib", type=int, default=256, help="size of what is written and read")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--names", type=int, default=100_000, help="objects in the folder that is listed")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, s3_server.running(Path(folder)) as server:
        bucket = server.make_bucket("benchmark").removeprefix("s3://")
        data = os.urandom(given.mib << 20)
        for name, cases in (("write", writes(server, bucket, data)), ("read", reads(server, bucket, data))):
            compare(name, cases, len(data), given.rounds)
        for name, num_folders in (("shards", 256), ("flat", 1)):
            fill(Path(folder, "objects", bucket, name), given.names, num_folders)
            list_all(server.stores(), f"s3://{bucket}/{name}", given.names)


def writes(server: Any, bucket: str, data: bytes) -> dict[str, Callable[[], None]]:
    """Name → what writes all of `data` under a new name."""
    stores, client, view = server.stores(), server.client, memoryview(data)

    def ours() -> None:
        with stores.create(f"s3://{bucket}/{new_name()}") as output:
            for start in range(0, len(data), _PIECE_BYTES):
                output.write(view[start : start + _PIECE_BYTES])

    return {
        "ours": ours,
        "put_object": lambda: client.put_object(Bucket=bucket, Key=new_name(), Body=data),
        "upload_fileobj": lambda: client.upload_fileobj(io.BytesIO(data), bucket, new_name()),
    }


def reads(server: Any, bucket: str, data: bytes) -> dict[str, Callable[[], None]]:
    """Name → what reads all of `data`, which boto3 has written with its checksum."""
    stores, client = server.stores(), server.client
    client.put_object(Bucket=bucket, Key="large", Body=data)
    small = [f"small/{start}" for start in range(0, len(data), _SMALL_BYTES)]
    for number, name in enumerate(small):
        client.put_object(Bucket=bucket, Key=name, Body=data[number * _SMALL_BYTES : (number + 1) * _SMALL_BYTES])

    def whole(name: str) -> bytes:
        return client.get_object(Bucket=bucket, Key=name, ChecksumMode="ENABLED")["Body"].read()

    def ours() -> None:
        with stores.open(f"s3://{bucket}/large") as stream:
            while stream.read(_PIECE_BYTES):
                pass

    return {
        "ours": ours,
        "get_object": lambda: whole("large"),
        "download_fileobj": lambda: client.download_fileobj(bucket, "large", io.BytesIO()),
        "ours, whole": lambda: [stores.read(f"s3://{bucket}/{name}") for name in small],
        "get_object, 16 MiB": lambda: [whole(name) for name in small],
    }


def new_name() -> str:
    return os.urandom(8).hex()


def compare(name: str, cases: dict[str, Callable[[], Any]], num_bytes: int, rounds: int) -> None:
    """Run the cases in turns, the first round unmeasured; print medians."""
    wall: dict[str, list[float]] = {case: [] for case in cases}
    cpu: dict[str, list[float]] = {case: [] for case in cases}
    for number in range(rounds + 1):
        for case, run in cases.items():
            started, used = time.perf_counter(), time.process_time()
            run()
            if number:
                wall[case].append(time.perf_counter() - started)
                cpu[case].append(time.process_time() - used)
    print(f"{name}, {num_bytes / 1e6:.0f} MB, {rounds} rounds, load {psutil.getloadavg()[0]:.1f}")
    for case in cases:
        rate, cost = num_bytes / 1e6 / statistics.median(wall[case]), statistics.median(cpu[case]) * 1e9 / num_bytes
        ratio = statistics.median(a / b for a, b in zip(cpu[case], cpu["ours"], strict=True))
        print(f"  {case:<20}{rate:>8.0f} MB/s{cost:>8.2f} CPU-s/GB{ratio:>8.2f} of ours")


def fill(folder: Path, num_names: int, num_folders: int) -> None:
    """Make empty objects on the server's disk, which takes a hundredth of the time that requests would take."""
    for number in range(num_folders):
        (folder / f"{number:02x}").mkdir(parents=True)
    for number in range(num_names):
        (folder / f"{number % num_folders:02x}" / f"{number:08}").touch()


def list_all(stores: Stores, uri: str, num_names: int) -> None:
    """List a folder and count; print seconds and the growth of memory."""
    next(stores.list_files(uri))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started, used = time.perf_counter(), time.process_time()
    found = sum(1 for _ in stores.list_files(uri))
    seconds, cpu_seconds = time.perf_counter() - started, time.process_time() - used
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert found == num_names
    print(
        f"list, {found:,} names: {seconds:.1f} s, {cpu_seconds:.1f} CPU-s, peak memory grew by {grown / 1024:.1f} MiB"
    )


if __name__ == "__main__":
    main()
