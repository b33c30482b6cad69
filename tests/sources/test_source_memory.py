"""What a file can do to memory, each in a process of its own whose peak is measured."""

import ast
import gzip
import subprocess
import sys
import zlib
from pathlib import Path

import pytest
import zstandard
from source_files import STORES, members, warc_record, write

from pipelines.sources import Reading, find_files, plan_units, read_unit

MAX_PEAK_BYTES = 300 << 20
LARGE_BYTES = 300 << 20
BOMB_BYTES = 320 << 20

PROGRAM = """
import re, sys
from pathlib import Path
from source_files import STORES
from pipelines.sources import Reading, Unit, read_unit
unit = Unit.from_json(sys.argv[1])
rows = [row for batch in read_unit(unit, Reading(), STORES) for row in batch.to_pylist()]
print([(row["record"], row["quarantined_by"]) for row in rows])
print(1024 * int(re.search(r"VmHWM:\\s*(\\d+) kB", Path("/proc/self/status").read_text())[1]))
"""


def read_apart(path: str) -> tuple[list[tuple[int, str | None]], int]:
    """Reasons of the rows, and the peak of the resident memory in bytes, of a process that reads the file.

    It is planned here: checksums map the file into memory, and mapped pages count as resident. The peak is Linux's
    VmHWM: a process inherits getrusage's ru_maxrss from the one that started it.
    """
    (unit,) = plan_units(find_files(STORES, [path]), Reading(unit_bytes=1 << 40), STORES)
    here = Path(__file__).parent
    paths = {"PYTHONPATH": f"{here}:{here.parent.parent}"}
    program = [sys.executable, "-c", PROGRAM, unit.to_json()]
    done = subprocess.run(program, env=paths, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    rows, peak = done.stdout.splitlines()
    return ast.literal_eval(rows), int(peak)


def large_gzip(path: Path, head: bytes, size: int, level: int) -> str:
    """One gzip member: `head`, then `size` bytes, written a little at a time."""
    packer = zlib.compressobj(level, wbits=31)
    with path.open("wb") as file:
        file.write(packer.compress(head))
        for _ in range(size >> 20):
            file.write(packer.compress(b"x" * (1 << 20)))
        file.write(packer.flush())
    return str(path)


def test_a_line_of_300_mb_is_never_held(tmp_path):
    path = large_gzip(tmp_path / "a.jsonl.gz", b'{"text": "', LARGE_BYTES, level=0)
    rows, peak = read_apart(path)
    assert rows == [(0, "document_too_large")]
    assert peak < MAX_PEAK_BYTES


@pytest.mark.parametrize("name", ["a.warc", "a.warc.gz"])
def test_a_record_of_300_mb_is_never_held(tmp_path, name):
    head = warc_record(b"", length=LARGE_BYTES + 44).removesuffix(b"\r\n\r\n")
    assert len(head.partition(b"\r\n\r\n")[2]) == 44
    path = tmp_path / name
    small, end = warc_record(b"small"), b"\r\n\r\n"
    if name.endswith("gz"):
        large_gzip(path, head, LARGE_BYTES, level=0)
        # The end of the record in its own member would be a fault, so the large member is told without it.
        small = gzip.compress(small)
    else:
        with path.open("wb") as file:
            file.write(head)
            for _ in range(LARGE_BYTES >> 20):
                file.write(b"x" * (1 << 20))
            file.write(end)
    large = path.stat().st_size
    with path.open("ab") as file:
        file.write(small)
    rows, peak = read_apart(str(path))
    assert rows == [(0, "document_too_large"), (large, None)]
    assert peak < MAX_PEAK_BYTES


@pytest.mark.parametrize("name", ["a.jsonl.gz", "a.warc.gz", "a.txt.gz"])
def test_a_gzip_bomb_is_left_unread(tmp_path, name):
    head = warc_record(b"", length=1 << 40).removesuffix(b"\r\n\r\n") if "warc" in name else b""
    rows, peak = read_apart(large_gzip(tmp_path / name, head, BOMB_BYTES, level=6))
    # A text file is over the limit of a document long before it is over that of a bomb.
    assert rows == [(0, "document_too_large" if "txt" in name else "expansion_limit")]
    assert peak < MAX_PEAK_BYTES


def test_a_zstandard_bomb_is_left_unread(tmp_path):
    path = tmp_path / "a.jsonl.zst"
    with path.open("wb") as file, zstandard.ZstdCompressor().stream_writer(file) as packer:
        for _ in range(BOMB_BYTES >> 20):
            packer.write(b"x" * (1 << 20))
    rows, peak = read_apart(str(path))
    assert rows == [(0, "expansion_limit")]
    assert peak < MAX_PEAK_BYTES


def test_a_bomb_inside_http_is_decoded_up_to_the_limit_only(tmp_path):
    path = tmp_path / "bomb"
    bomb = Path(large_gzip(path, b"", BOMB_BYTES, level=6)).read_bytes()
    record = warc_record(bomb, headers="Content-Encoding: gzip\r\n")
    parts = members(record, warc_record(b"behind"))
    rows, peak = read_apart(write(tmp_path, "a.warc.gz", b"".join(parts)))
    assert rows == [(0, "document_too_large"), (len(parts[0]), None)]
    assert peak < MAX_PEAK_BYTES


def test_fifty_thousand_tiny_files_are_planned_and_read(tmp_path):
    for number in range(50):
        (tmp_path / "raw" / str(number)).mkdir(parents=True)
    for number in range(50_000):
        (tmp_path / "raw" / str(number % 50) / f"{number}.txt").write_bytes(b"%d" % number)
    units = plan_units(find_files(STORES, [str(tmp_path / "raw")]), Reading(), STORES)
    assert 50 < len(units) < 1000
    rows = [
        row for unit in units for batch in read_unit(unit, Reading(), STORES) for row in batch.column(4).to_pylist()
    ]
    assert sorted(rows, key=int) == [b"%d" % number for number in range(50_000)]
