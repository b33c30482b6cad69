"""Every kind of bad input at once: it stops nothing, it is told, and no good document is lost with it."""

import os
import subprocess
import sys
from collections import Counter
from html import unescape
from pathlib import Path
from typing import NamedTuple

import pyarrow.parquet as pq
import pytest
from bad_input import BadInput, every_bad_input, write_recipe
from pyspark.sql import SparkSession

from jobs.corpus import Built, build
from jobs.reporting import write_report
from pipelines.catalog.layout import Place
from pipelines.recipes import load_recipe
from pipelines.storage import Stores


class Ran(NamedTuple):
    given: BadInput
    built: Built
    output: Path


@pytest.fixture(scope="module")
def ran(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """One run over all of it."""
    folder = tmp_path_factory.mktemp("bad")
    given = every_bad_input(folder / "raw")
    recipe = write_recipe(folder / "bad_recipe.py", given.folder)
    built = build(
        load_recipe(recipe),
        inputs=[str(given.folder)],
        output=str(folder / "out"),
        version=None,
        stores=Stores(),
        spark=lambda: spark,
        listener=lambda _: None,
    )
    return Ran(given, built, folder / "out")


def rows_of(folder: Path, *columns: str) -> list[tuple[object, ...]]:
    tables = [pq.read_table(file, columns=list(columns)) for file in sorted(folder.rglob("*.parquet"))]
    return [row for table in tables for row in zip(*(table[name].to_pylist() for name in columns), strict=True)]


def test_every_bad_record_is_quarantined_with_its_source_position_and_reason(ran: Ran) -> None:
    rows = rows_of(ran.output / "bad" / "clean" / "v1" / "quarantine", "source", "record", "reason", "detail")
    assert {(source, record): reason for source, record, reason, _ in rows} == ran.given.expected
    assert len(rows) == len(ran.given.expected)
    assert all(detail for *_, detail in rows)


def test_every_good_document_is_kept_with_its_text(ran: Ran) -> None:
    texts = Counter(text for (text,) in rows_of(ran.output / "bad" / "clean" / "v1" / "shards", "text"))
    missing = set(ran.given.good) - texts.keys()
    assert not missing
    assert texts.keys() == set(ran.given.good)
    assert texts.total() == len(ran.given.good) + ran.given.num_copies


def test_every_count_reconciles(ran: Ran) -> None:
    clean, deduplicated, tokens = (stage.manifest for stage in ran.built.stages)
    num_good, num_copies = len(ran.given.good), ran.given.num_copies
    assert clean.accounting["quarantined"] == Counter(ran.given.expected.values())
    assert clean.accounting["in"] == num_good + num_copies + len(ran.given.expected)
    assert clean.accounting["rejected"] == {}
    assert deduplicated.accounting["duplicates"] == {"exact": num_copies}
    assert tokens.accounting["kept"] == num_good
    assert [manifest.unaccounted() for manifest in (clean, deduplicated, tokens)] == [0, 0, 0]


def test_the_report_shows_every_reason_with_its_count_and_every_record(ran: Ran) -> None:
    uri = write_report(Stores(), Place(str(ran.output), "bad", "tokens", "v1"))
    page = unescape(Path(uri.removeprefix("file://")).read_text())
    for reason in ran.given.expected.values():
        assert reason in page
    for source, record in ran.given.expected:
        assert f"{source} · record {record:,}" in page


def test_more_than_the_allowed_share_ends_with_exit_code_4_and_a_table_by_reason(tmp_path: Path) -> None:
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw" / "a.jsonl").write_text('no JSON\nnor this\n{}\n{"text": "one good line"}\n')
    command = [sys.executable, "-m", "jobs.main", "run", "text", "--input", "raw", "--output", "out", "--quiet"]
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 4, done.stderr
    told = done.stderr.partition("phloem: ")[2].splitlines()
    assert told[:3] == [
        "3 of 4 records could not be read, more than max_quarantined_share 0.05:",
        "         2  not_json",
        "         1  missing_field",
    ]
    assert f"{tmp_path}/out/text/clean/v1/quarantine/" in told[3]
    assert "Mend the input, or raise max_quarantined_share in the recipe" in told[4]
    assert "Traceback" not in done.stderr
    assert not list(tmp_path.rglob("manifest.json"))
