"""Our S3 store beside Spark's own connector, S3A: the same Parquet files, on the same server, in turns.

    python -m benchmarks.storage.s3a [--shards 16] [--rounds 5]

The server is versitygw on loopback (tests/servers), whose own processor time is left out. A shard is 16 MB: Python's
sources in pieces of a page, as documents with drawn ids, hashes and signatures. Cases:

read bytes    one stream after the other, 1 MiB at a time: ours `Stores.open`, verified against the stored CRC; S3A's
              `FileSystem.open` in the driver's JVM
write bytes   the same from local files: ours `Stores.create`, S3A's `FileSystem.create`
read rows     every column of every shard: ours `read_shard` in Python workers, as every stage does it; Spark's
              `read.parquet` into the sink that keeps nothing
write rows    the same, written again with zstd: ours `ParquetShard`, put if absent; Spark's `write.parquet` with the
              magic committer

The session is local[2] with the settings of jobs/s3a.conf and Java's defaults. Medians of MB/s of Parquet, of processor
seconds (driver, JVM and workers) per GB, and S3A's processor seconds over ours.
"""

import argparse
import os
import shutil
import statistics
import sys
import sysconfig
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pyarrow as pa
from pyspark.sql import SparkSession

from benchmarks.end_to_end.processes import measured
from pipelines.stages.shards import ParquetShard, new_file, read_shard
from pipelines.storage import Stores, join
from schemas import DOCUMENT

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tests" / "servers"))

import s3_server  # noqa: E402 (the folder of the tests' servers is no package)

_PIECE_BYTES = 1 << 20
PIECE_CHARACTERS = 4000  # about the text of a web page
_SIGNATURE_BYTES = 112 * 8
_JARS = Path.home() / ".cache" / "phloem" / "servers" / "s3a"
_TICK_SECONDS = 0.01
"""What the system counts processor time in; tiny inputs cost less."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shards", type=int, default=16)
    parser.add_argument("--shard-megabytes", type=int, default=32, help="text of a shard, before zstd")
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, s3_server.running(Path(folder, "server")) as server:
        bucket = server.make_bucket("benchmark")
        files = write_shards(server.stores(), bucket, Path(folder, "files"), given.shards, given.shard_megabytes)
        spark = session(server)
        both = {"ours": ours(spark, server.stores(), bucket, files), "S3A": s3a(spark, bucket, files)}
        for case in both["ours"]:
            compare(case, {who: cases[case] for who, cases in both.items()}, Path(folder, "server", "objects"), given)
        spark.stop()


def write_shards(stores: Stores, bucket: str, folder: Path, num_shards: int, megabytes: int) -> list[Path]:
    """Write shards to the bucket, and the same bytes to local files, which are given."""
    sources = sorted(Path(sysconfig.get_paths()["stdlib"]).rglob("*.py"))
    times = 1 + megabytes // 10  # they are 11 MB; a page of Parquet is 1 MB, so that what is repeated stays as large
    texts, draw = pieces(sources * times, megabytes * 10**6), np.random.default_rng(0)
    files = [folder / f"{number}.parquet" for number in range(num_shards)]
    for file in files:
        with new_file(stores, str(file)) as output, ParquetShard(output, DOCUMENT) as shard:
            for start in range(0, len(texts), 1000):
                shard.write(_documents(texts[start : start + 1000], draw))
            shard.close()
        stores.put_if_absent(join(bucket, "shards", file.name), file.read_bytes())
    print(f"{num_shards} shards, {num_shards * len(texts):,} documents, {size_bytes(folder) / 1e6:.1f} MB")
    return files


def pieces(paths: list[Path], num_bytes: int) -> list[str]:
    """Texts of the files in pieces of a page, until there are `num_bytes` of them."""
    found: list[str] = []
    for path in paths:
        text = path.read_text(encoding="utf-8", errors="replace")
        found += [text[at : at + PIECE_CHARACTERS] for at in range(0, len(text), PIECE_CHARACTERS)]
        num_bytes -= len(text.encode())
        if num_bytes <= 0:
            break
    return found


def _documents(texts: list[str], draw: np.random.Generator) -> pa.RecordBatch:
    drawn = {"id": 16, "content_hash": 16, "signature": _SIGNATURE_BYTES}
    columns = {name: [draw.bytes(size) for _ in texts] for name, size in drawn.items()}
    columns |= {"text": texts, "source": ["lib"] * len(texts), "record": list(range(len(texts)))}
    empty = [None] * len(texts)
    return pa.RecordBatch.from_pydict({name: columns.get(name, empty) for name in DOCUMENT.names}, DOCUMENT.arrow())


def session(server: Any) -> SparkSession:
    """A session as a user of jobs/s3a.conf has it."""
    settings = {
        "spark.master": "local[2]",
        "spark.jars.ivy": _JARS,
        "spark.hadoop.fs.s3a.endpoint": server.endpoint,
        "spark.hadoop.fs.s3a.endpoint.region": s3_server.REGION,
        "spark.hadoop.fs.s3a.path.style.access": "true",
        "spark.sql.parquet.compression.codec": "zstd",
        "spark.driver.memory": "2g",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.log.level": "ERROR",
    }
    words = [f"--properties-file {ROOT}/jobs/s3a.conf", *(f"--conf {key}={value}" for key, value in settings.items())]
    os.environ |= {"AWS_ACCESS_KEY_ID": server.access_key_id, "AWS_SECRET_ACCESS_KEY": server.secret_access_key}
    os.environ["PYSPARK_PYTHON"] = sys.executable
    os.environ["PYSPARK_SUBMIT_ARGS"] = " ".join([*words, "pyspark-shell"])
    return SparkSession.builder.getOrCreate()


def ours(spark: SparkSession, stores: Stores, bucket: str, files: list[Path]) -> dict[str, Callable[[], Any]]:
    """Case → our way."""
    shards, out = [join(bucket, "shards", file.name) for file in files], join(bucket, "out")

    def read_bytes() -> None:
        for uri in shards:
            with stores.open(uri) as stream:
                while stream.read(_PIECE_BYTES):
                    pass

    def write_bytes() -> None:
        for file in files:
            with stores.create(join(out, file.name)) as output, file.open("rb") as source:
                while data := source.read(_PIECE_BYTES):
                    output.write(data)

    def rows_read(uri: str) -> int:
        return sum(batch.num_rows for batch in read_shard(stores, uri, DOCUMENT.names))

    def rows_written(uri: str) -> int:
        with new_file(stores, uri.replace("/shards/", "/out/")) as output, ParquetShard(output, DOCUMENT) as shard:
            for batch in read_shard(stores, uri, DOCUMENT.names):
                shard.write(batch)
            shard.close()
        return shard.rows

    return {
        "read bytes": read_bytes,
        "write bytes": write_bytes,
        "read rows": lambda: on_workers(spark, shards, rows_read),
        "write rows": lambda: on_workers(spark, shards, rows_written),
    }


def on_workers(spark: SparkSession, uris: list[str], work: Callable[[str], int]) -> int:
    """Do the work for every URI, in two tasks; the sum of what it gives."""

    def done(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            yield pa.RecordBatch.from_pydict({"rows": [work(uris[number]) for number in batch["id"].to_pylist()]})

    table = spark.range(0, len(uris), 1, numPartitions=2).mapInArrow(done, "rows bigint").toArrow()
    return sum(table["rows"].to_pylist())


def s3a(spark: SparkSession, bucket: str, files: list[Path]) -> dict[str, Callable[[], Any]]:
    """Case → S3A's way."""
    jvm, root = spark._jvm, bucket.replace("s3://", "s3a://")  # noqa: SLF001 (Hadoop's file systems have no Python)
    system = jvm.org.apache.hadoop.fs.Path(root).getFileSystem(spark._jsc.hadoopConfiguration())  # noqa: SLF001 (as above)

    def copied(source: Any, target: Any) -> None:
        jvm.org.apache.hadoop.io.IOUtils.copyBytes(source, target, _PIECE_BYTES, True)  # and both closed

    def read_bytes() -> None:
        for file in files:
            source = system.open(jvm.org.apache.hadoop.fs.Path(f"{root}/shards/{file.name}"))
            copied(source, jvm.java.io.OutputStream.nullOutputStream())

    def write_bytes() -> None:
        for file in files:
            target = system.create(jvm.org.apache.hadoop.fs.Path(f"{root}/out/{file.name}"))
            copied(jvm.java.io.FileInputStream(str(file)), target)

    shards = spark.read.parquet(f"{root}/shards")
    return {
        "read bytes": read_bytes,
        "write bytes": write_bytes,
        "read rows": lambda: shards.write.format("noop").mode("overwrite").save(),
        "write rows": lambda: shards.write.parquet(f"{root}/out"),
    }


def compare(case: str, ways: dict[str, Callable[[], Any]], objects: Path, given: argparse.Namespace) -> None:
    """Both ways in turns, the first round unmeasured; print medians."""
    rates: dict[str, list[float]] = {who: [] for who in ways}
    costs: dict[str, list[float]] = {who: [] for who in ways}
    out = objects / "benchmark" / "out"
    for number in range(given.rounds + 1):
        for who, way in ways.items():
            served = server_cpu_seconds()
            with measured() as cost:
                way()
            served = server_cpu_seconds() - served
            num_bytes = size_bytes(out if out.exists() else out.with_name("shards"))
            shutil.rmtree(out, ignore_errors=True)
            if number:
                rates[who].append(num_bytes / 1e6 / cost.wall_seconds)
                costs[who].append(max(cost.cpu_seconds - served, _TICK_SECONDS) * 1e9 / num_bytes)
    ratios = sorted(theirs / own for own, theirs in zip(costs["ours"], costs["S3A"], strict=True))
    print(f"{case}, load {psutil.getloadavg()[0]:.1f}")
    for who in ways:
        print(f"  {who:<6}{statistics.median(rates[who]):>8.0f} MB/s{statistics.median(costs[who]):>8.2f} CPU-s/GB")
    print(f"  CPU-s, S3A over ours: {statistics.median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f})")


def server_cpu_seconds() -> float:
    """Of the S3 server, which is a child of this process."""
    (server,) = (child for child in psutil.Process().children() if child.name() == s3_server.PROGRAM.name)
    return float(sum(server.cpu_times()[:2]))


def size_bytes(folder: Path) -> int:
    """Of the Parquet files below a folder."""
    return sum(file.stat().st_size for file in folder.rglob("*.parquet"))


if __name__ == "__main__":
    main()
