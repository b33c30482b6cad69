"""Rows a second from a table to verified Parquet files, beside plain Spark JDBC, on Spark's local[2].

    python -m benchmarks.storage.jdbc [--rows 1000000] [--rounds 3]

The table has an integer key and a text of 128 characters; PostgreSQL and MariaDB run on loopback (tests/servers), on
the same cores. Cases, in turns, in one session:

ours            the table surveyed (nulls, repeated keys, even bounds), read in one snapshot, sorted, written through
                storage as zstd with BLAKE3, counted against the database, and read back to verify; MariaDB both up to
                a watermark by several connections, and in one statement
Spark, noop     `spark.read.jdbc` by the key's bounds, eight partitions, rows thrown away: the floor
Spark, Parquet  the same, written by Spark (zstd too), with no snapshot, order, count or checksum

Medians of rows a second and of processor seconds per million rows (of all processes, the databases' too), and of the
ratios to ours in the same round, after one that is not counted. Both read 500 rows at a time.
"""

import argparse
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median

import psutil
from pyspark.sql import DataFrame, SparkSession

from benchmarks.end_to_end.processes import measured
from jobs.jars import driver_jar, fetch
from jobs.session import open_session
from jobs.site import Site
from pipelines.sources import Reading
from pipelines.stages.tables import Database, Landing, Table, TableInput, land_tables
from pipelines.storage import Stores

sys.path.insert(0, str(Path(__file__).parents[2] / "tests" / "servers"))

import databases

PARTITIONS = 8
FILL = {
    "postgresql": "INSERT INTO documents SELECT i, repeat(md5(i::text), 4) FROM generate_series(1, {0}) i; ANALYZE;",
    "mysql": "INSERT INTO documents SELECT seq, repeat(md5(seq), 4) FROM seq_1_to_{0};",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    fetch(["postgresql", "mysql"])
    with databases.postgresql() as postgresql, databases.mariadb() as mariadb, tempfile.TemporaryDirectory() as work:
        spark = open_session(Site(), "local[2]", "jdbc")
        for server in (postgresql, mariadb):
            server.sql("CREATE TABLE documents (id bigint PRIMARY KEY, body text);")
            server.sql(FILL[server.kind].format(given.rows))
            compare(spark, server, Path(work), given.rows, given.rounds)
        spark.stop()


def compare(spark: SparkSession, server: databases.Server, work: Path, num_rows: int, rounds: int) -> None:
    url = server.url + ("?sslMode=disable" if server.kind == "mysql" else "")
    database = Database(url, driver_jar(server.kind), server.user, databases.PASSWORD)
    cases: dict[str, Callable[[Path], object]] = {
        "ours": lambda out: landed(spark, database, out, increment="id"),
        "Spark, noop": lambda _: plain(spark, database, num_rows).write.format("noop").mode("overwrite").save(),
        "Spark, Parquet": lambda out: plain(spark, database, num_rows).write.parquet(str(out), compression="zstd"),
    }
    if server.kind == "mysql":
        cases["ours, one statement"] = lambda out: landed(spark, database, out, increment=None)
    seconds: dict[str, list[float]] = {name: [] for name in cases}
    cpu_seconds: dict[str, list[float]] = {name: [] for name in cases}
    for number in range(rounds + 1):
        for name, run in cases.items():
            with measured() as cost:
                run(work / "out")
            shutil.rmtree(work / "out", ignore_errors=True)
            if number:
                seconds[name].append(cost.wall_seconds)
                cpu_seconds[name].append(cost.cpu_seconds)
    print(f"{server.kind}, {num_rows:,} rows, {rounds} rounds, load {psutil.getloadavg()[0]:.1f}")
    for name in cases:
        rate, cost_of_million = (num_rows / median(seconds[name]), median(cpu_seconds[name]) * 1e6 / num_rows)
        ratios = [median(a / b for a, b in zip(of[name], of["ours"], strict=True)) for of in (seconds, cpu_seconds)]
        figures = f"{rate:>10,.0f} rows/s{cost_of_million:>7.2f} CPU-s/million"
        print(f"  {name:<20}{figures}   {ratios[0]:.2f} and {ratios[1]:.2f} of ours", flush=True)


def landed(spark: SparkSession, database: Database, out: Path, increment: str | None) -> None:
    table = Table("documents", key="id", text="body", increment=increment)
    landing = Landing(lambda: spark, Stores(), str(out), "corpus", Reading(), lambda _: None, "benchmark")
    land_tables(landing, [TableInput("documents", table, database)])


def plain(spark: SparkSession, database: Database, num_rows: int) -> DataFrame:
    properties = {**database.credentials, "driver": database.driver, "fetchsize": "500"}
    spark.sql(f"ADD JAR '{database.jar}'")
    bounds = {"column": "id", "lowerBound": 1, "upperBound": num_rows, "numPartitions": PARTITIONS}
    return spark.read.jdbc(database.driver_url, "documents", properties=properties, **bounds)


if __name__ == "__main__":
    main()
