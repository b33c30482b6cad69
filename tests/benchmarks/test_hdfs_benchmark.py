"""The benchmark of the HDFS store runs, on input too small for its figures to mean anything."""

import subprocess
import sys
from pathlib import Path


def test_ours_and_the_others_are_measured_in_turns_and_a_listing_with_its_memory():
    command = [sys.executable, "-m", "benchmarks.storage.hdfs", "--mib", "5", "--rounds", "1", "--names", "1001"]
    root = Path(__file__).parents[2]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    lines = [line.split()[0] for line in done.stdout.splitlines() if "CPU-s/GB" in line]
    assert lines == ["ours", "HdfsCLI", "hdfs-native", "ours", "HdfsCLI", "hdfs-native", "Spark"]
    assert "list, 1,001 names" in done.stdout
