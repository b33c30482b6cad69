"""The benchmark of our S3 store beside Spark's S3A runs, on input too small for its figures to mean anything."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_bytes_and_rows_are_read_and_written_both_ways():
    command = [sys.executable, "-m", "benchmarks.storage.s3a", "--shards", "2", "--shard-megabytes", "1", "--rounds"]
    done = subprocess.run([*command, "1"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    lines = [line.split() for line in done.stdout.splitlines()]
    cases = [" ".join(line[:2]) for line in lines if "load" in line]
    assert cases == ["read bytes,", "write bytes,", "read rows,", "write rows,"]
    for who in ("ours", "S3A"):
        costs = [
            float(line[3]) for line in lines if line[0] == who
        ]  # CPU-s/GB: on a busy machine MB/s round to nothing
        assert len(costs) == 4
        assert min(costs) > 0
