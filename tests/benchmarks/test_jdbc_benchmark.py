"""The database benchmark runs, on rows too few for its figures to mean anything."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_our_landing_is_measured_beside_plain_spark_on_both_databases():
    command = [sys.executable, "-m", "benchmarks.storage.jdbc", "--rows", "2000", "--rounds", "1"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    cases = [
        line[:22].split(",")[0].strip() if "load" in line else line[:22].strip() for line in done.stdout.splitlines()
    ]
    ours = ["ours", "Spark, noop", "Spark, Parquet"]
    assert cases == ["postgresql", *ours, "mysql", *ours, "ours, one statement"]
