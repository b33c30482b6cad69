"""Spark's classes as an archive that Java maps into memory, so that a session on this machine starts in a third of it.

Loading and verifying some 15,000 classes is most of a session's start. `python -m jobs.class_archive` makes the archive
once for an installation (160 MB in the user's cache folder); a session uses it when it is there, and starts
without it otherwise. Java leaves an archive of other jars unused.
"""

import os
import subprocess
import sys
import tempfile
from importlib import metadata
from pathlib import Path

from blake3 import blake3

from jobs.machine import Java, find_java
from pipelines.errors import PhloemError

_MAKE = "spark.driver.extraJavaOptions=-XX:ArchiveClassesAtExit={}"

_EXERCISE = """
import sys
from pyspark import SparkConf
from pyspark.sql import SparkSession, functions as F

conf = SparkConf().setMaster("local[2]").set("spark.ui.enabled", "false").set("spark.sql.shuffle.partitions", "2")
conf.set("spark.driver.host", "127.0.0.1").set("spark.driver.bindAddress", "127.0.0.1")
spark = SparkSession.builder.config(conf=conf.set(*sys.argv[1].split("=", 1))).getOrCreate()
same = lambda batches: batches
rows = spark.range(64).select("id", (F.col("id") % 7).alias("key"), F.array("id").alias("ids")).repartition(2)
rows = rows.mapInArrow(same, rows.schema).withColumn("one", F.explode("ids"))
least = rows.groupBy("key").agg(F.min("id").alias("least"), F.sum("one").alias("total"))
rows = rows.join(least, "key").distinct().unionByName(rows.join(least, "key")).orderBy("id").persist()
rows.count(), rows.groupBy("key").applyInArrow(same, rows.schema).toArrow()
spark.createDataFrame([("a", 1)], "name string, number bigint").join(F.broadcast(rows), F.col("number") == 1).collect()
java = spark.sparkContext._gateway.proc
spark.stop()
java.stdin.close()
java.wait()
"""
"""What Phloem's stages ask of Spark, in small: the classes this loads are the ones worth keeping.

Java writes the archive as it ends, so its end is waited for.
"""


def archive_path(java: Java) -> Path:
    """Where the archive for this Java and this Spark lies, whether it is there or not."""
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    identity = blake3(f"{java.path} {java.version} {metadata.version('pyspark')} {sys.prefix}".encode())
    return Path(cache) / "phloem" / f"spark-classes-{identity.hexdigest(length=8)}.jsa"


def make_archive() -> Path:
    """The archive's path, made now unless it is there; PhloemError with Java's words when it could not be made."""
    path = archive_path(find_java())
    if path.exists():
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        aside = Path(folder) / "new.jsa"
        command = [sys.executable, "-c", _EXERCISE, _MAKE.format(aside)]
        environment = os.environ | {"PYSPARK_PYTHON": sys.executable, "SPARK_LOCAL_IP": "127.0.0.1"}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603 (ours)
        if not aside.exists():
            raise PhloemError(
                f"Java made no archive of Spark's classes (sessions start without): {done.stderr[-2000:]}"
            )
        aside.replace(path)
    return path


if __name__ == "__main__":
    print(make_archive())
