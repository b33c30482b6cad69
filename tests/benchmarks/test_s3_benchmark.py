"""The benchmark of the S3 store runs, on input too small for its figures to mean anything."""

import subprocess
import sys
from pathlib import Path


def test_ours_and_boto3_are_measured_in_turns_and_a_listing_with_its_memory():
    command = [sys.executable, "-m", "benchmarks.storage.s3", "--mib", "17", "--rounds", "1", "--names", "1001"]
    root = Path(__file__).parents[2]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    for case in ("put_object", "upload_fileobj", "get_object", "download_fileobj", "ours, whole", "get_object, 16 MiB"):
        assert any(line.strip().startswith(case) and "CPU-s/GB" in line for line in done.stdout.splitlines()), case
    assert done.stdout.count("list, 1,001 names") == 2
