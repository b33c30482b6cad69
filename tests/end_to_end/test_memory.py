"""The peak of a worker that does all of `web_en` is bounded, whatever the file is; the peaks are printed."""

import gzip
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from bad_input import good_text, warc_record

from pipelines.recipes.web_en import RECIPE
from pipelines.sources import Reading, Unit, find_files, plan_units
from pipelines.stages.clean import specification_of
from pipelines.storage import Stores

ROOT = Path(__file__).parents[2]
MAX_PEAK_BYTES = 500 << 20
"""Of it some 190 MiB are the imports: spaCy, Arrow, fastText, resiliparse."""
MAX_LARGEST_DOCUMENT_PEAK_BYTES = 700 << 20
"""A document at the limit, 8 MiB, is measured whole: the rules of quality hold some 32 bytes for each of its bytes."""

PROGRAM = """
import json, re, sys
from pathlib import Path
from pipelines.recipes.web_en import RECIPE
from pipelines.stages.clean import CleanUnit
from pipelines.storage import Stores
peak = lambda: 1024 * int(re.search(r"VmHWM:\\s*(\\d+) kB", Path("/proc/self/status").read_text())[1])
work = CleanUnit(sys.argv[1], (), "fingerprint", RECIPE.reading, RECIPE.steps, Stores())
imports = peak()
accounts = [work(line).accounting for line in sys.stdin]
print(json.dumps({"accounts": accounts, "imports": imports, "peak": peak()}))
"""


class Measured(NamedTuple):
    totals: dict[str, Any]
    """The accounts of all units added up."""
    peak_bytes: int


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that is gone after the test, for it holds up to a gigabyte."""
    with tempfile.TemporaryDirectory() as made:
        yield Path(made)


def planned(raw: Path, reading: Reading) -> list[Unit]:
    return plan_units(find_files(Stores(), [str(raw)]), reading, Stores())


def worker(units: list[Unit], output: Path, what: str) -> Measured:
    """One worker process that makes all units, one after another.

    They are planned by the caller, as a run's driver does: checksums map files, and mapped pages count as resident.
    The peak is Linux's VmHWM: a process inherits getrusage's ru_maxrss from the one that started it.
    """
    lines = "\n".join(specification_of(order, unit) for order, unit in enumerate(units))
    command = [sys.executable, "-c", PROGRAM, str(output)]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, env=environment, input=lines, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    totals: dict[str, Any] = {}
    for account in said["accounts"]:
        for key, value in account.items():
            parts = value if isinstance(value, dict) else {"": value}
            for reason, count in parts.items():
                totals[f"{key} {reason}".strip()] = totals.get(f"{key} {reason}".strip(), 0) + count
    peaks = f"peak {said['peak'] >> 20} MiB, of it {said['imports'] >> 20} MiB of imports"
    sys.stdout.write(f"{what}: {len(units)} units, {totals['in']:,} documents, {peaks}\n")
    return Measured(totals, said["peak"])


def page(seed: int) -> bytes:
    sentences = good_text(seed).replace(". ", ".\n")
    return f"<html><body><article><p>{sentences}</p></article></body></html>".encode()


def test_a_warc_of_one_gigabyte(folder: Path) -> None:
    """Every byte is read: 1,000 pictures of 1 MiB, each a gzip member, and a page behind each tenth."""
    picture = warc_record(os.urandom(64 << 10) * 16, "image/png")
    member = gzip.compress(picture, compresslevel=1, mtime=0)
    size_bytes, num_pages = 0, 0
    (folder / "raw").mkdir()
    with (folder / "raw" / "large.warc.gz").open("wb") as file:
        for number in range(1000):
            file.write(member)
            size_bytes += len(picture)
            if number % 10 == 0:
                html = warc_record(page(number))
                file.write(gzip.compress(html, mtime=0))
                size_bytes += len(html)
                num_pages += 1
    assert size_bytes > 1_000_000_000
    units = planned(folder / "raw", replace(RECIPE.reading, unit_bytes=16 << 20))
    assert len(units) > 3
    measured = worker(units, folder / "out", "a WARC file of 1 GB")
    assert measured.totals["in"] == 1000 + num_pages
    assert measured.totals["rejected content_type"] == 1000
    assert measured.peak_bytes < MAX_PEAK_BYTES


@pytest.mark.parametrize("name", ["large.txt", "large.jsonl", "large.html", "large.warc"])
def test_a_single_document_of_300_megabytes(folder: Path, name: str) -> None:
    (folder / "raw").mkdir()
    size_bytes = 300 << 20
    with (folder / "raw" / name).open("wb") as file:
        if name.endswith("jsonl"):
            file.write(b'{"text": "')
        if name.endswith("warc"):
            file.write(warc_record(b"", length=size_bytes + 44).removesuffix(b"\r\n\r\n"))
        paragraph = good_text(1).encode()
        block = (paragraph + b"\n" if not name.endswith("jsonl") else paragraph + b" ") * 100
        for _ in range(size_bytes // len(block)):
            file.write(block)
        file.write(b"x" * (size_bytes % len(block)))
        if name.endswith("jsonl"):
            file.write(b'"}\n')
        if name.endswith("warc"):
            file.write(b"\r\n\r\n")
    units = planned(folder / "raw", RECIPE.reading)
    measured = worker(units, folder / "out", f"a document of 300 MB in {name}")
    assert measured.totals == {"in": 1, "kept": 0, "quarantined document_too_large": 1}
    assert measured.peak_bytes < MAX_PEAK_BYTES


def test_the_largest_document_that_is_let_through(folder: Path) -> None:
    (folder / "raw").mkdir()
    paragraph = good_text(1) + "\n"
    text = paragraph * (RECIPE.reading.max_document_bytes // len(paragraph))
    (folder / "raw" / "largest.txt").write_text(text)
    measured = worker(planned(folder / "raw", RECIPE.reading), folder / "out", "a document of 8 MiB")
    assert measured.totals == {"in": 1, "kept": 0, "rejected dup_line_frac": 1}
    assert measured.peak_bytes < MAX_LARGEST_DOCUMENT_PEAK_BYTES


def test_fifty_thousand_tiny_files(folder: Path) -> None:
    num_files = 50_000
    for number in range(50):
        (folder / "raw" / str(number)).mkdir(parents=True)
    for number in range(num_files):
        path = folder / "raw" / str(number % 50) / f"{number}.txt"
        path.write_bytes(b"tiny text %d" % number)
    units = planned(folder / "raw", RECIPE.reading)
    assert 50 < len(units) < 1000
    measured = worker(units, folder / "out", "50,000 tiny files")
    assert measured.totals["in"] == num_files
    assert measured.peak_bytes < MAX_PEAK_BYTES
