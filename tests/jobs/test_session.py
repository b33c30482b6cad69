import subprocess
import sys
from pathlib import Path

import pytest

from jobs.class_archive import archive_path
from jobs.machine import find_java
from jobs.session import driver_settings, open_session
from jobs.site import Site
from pipelines.errors import RefusedError

SCRIPT = """
from jobs.session import open_session
from jobs.site import Site
spark = open_session(Site(settings={"spark.driver.memory": "1g"}), "local[1]", "quiet")
print(spark.range(8).repartition(2).mapInArrow(lambda batches: batches, "id long").count())
spark.stop()
"""


def test_a_session_starts_and_works_without_a_word_even_with_a_broken_class_archive(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    archive = archive_path(find_java())
    archive.parent.mkdir(parents=True)
    archive.write_bytes(b"not an archive")
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "8\n", "")


def test_the_workers_run_the_python_of_this_process(spark):
    def ask(_rows):
        import sys

        yield sys.executable

    assert spark.sparkContext.parallelize([0], 1).mapPartitions(ask).collect() == [sys.executable]


def test_batches_are_bounded_in_both_directions(spark):
    for key in ("maxRecordsPerBatch", "maxBytesPerBatch", "maxBytesPerOutputBatch"):
        assert int(spark.conf.get(f"spark.sql.execution.arrow.{key}")) > 0


def test_the_settings_of_the_site_come_before_ours(spark):
    assert spark.conf.get("spark.sql.shuffle.partitions") == "4"


def test_a_missing_java_is_refused_before_spark_starts(monkeypatch):
    monkeypatch.setenv("JAVA_HOME", "/nowhere")
    with pytest.raises(RefusedError, match="Java is missing"):
        open_session(Site(), None, "none")


def test_under_spark_submit_a_master_is_refused(monkeypatch):
    monkeypatch.setenv("PYSPARK_GATEWAY_PORT", "1")
    with pytest.raises(RefusedError, match=r"--master local: spark-submit has chosen the master already"):
        open_session(Site(), "local", "none")


@pytest.mark.parametrize(("available_gibibytes", "memory"), [(2, "1024m"), (24, "6144m"), (512, "8192m")])
def test_the_jvm_gets_a_quarter_of_the_memory_within_bounds(available_gibibytes, memory):
    assert driver_settings(8, available_gibibytes << 30, None)["spark.driver.memory"] == memory


def test_a_small_machine_starts_with_the_quick_compiler_and_a_large_one_with_the_good_one():
    small, large = (driver_settings(cores, 1 << 35, None)["spark.driver.extraJavaOptions"] for cores in (2, 32))
    assert "TieredStopAtLevel=1" in small
    assert "TieredStopAtLevel" not in large


def test_the_class_archive_is_used_only_when_it_is_there(tmp_path):
    archive = Path(tmp_path) / "spark.jsa"
    assert "SharedArchiveFile" not in driver_settings(2, 1 << 35, archive)["spark.driver.extraJavaOptions"]
    archive.touch()
    assert f"SharedArchiveFile={archive}" in driver_settings(2, 1 << 35, archive)["spark.driver.extraJavaOptions"]


def test_workers_are_forked_by_a_daemon_that_has_loaded_the_packages(spark):
    def ask(_rows):
        import os
        from pathlib import Path

        parent = Path(f"/proc/{os.getppid()}")
        yield (parent / "cmdline").read_text().split("\0")[1:3], "spacy/tokenizer" in (parent / "maps").read_text()

    (answer,) = spark.sparkContext.parallelize([0], 1).mapPartitions(ask).collect()
    assert answer == (["-m", "pipelines.stages.daemon"], True)
