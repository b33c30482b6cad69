"""`phloem clean` on a database: killed while it lands, then its database away for a while; nothing secret is told."""

import os
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from corpora import text, tree
from databases import PASSWORD
from table_inputs import database, make_table

from jobs.corpus import Built, build
from jobs.databases import inputs_of
from jobs.site import load_site
from pipelines.recipes import load_recipe
from pipelines.storage import Stores

# Names of tables are the tests' own.
# ruff: noqa: S608

ROOT = Path(__file__).parents[2]

RECIPE = """
from dataclasses import replace

from pipelines.recipes import load_recipe
from pipelines.sources import Reading
from pipelines.stages.tables import Table

MINE = replace(
    load_recipe("text"),
    corpus="mine",
    tables={{"docs": Table("{table}", key="id", text="body", url="link", rows_per_file=25, increment="id")}},
    reading=Reading(small_file_bytes=1),
    max_quarantined_share=0.1,
)
"""
SITE = """
[databases.docs]
user = "phloem"
password = {{ env = "DOCS_PASSWORD" }}
[history]
jdbc = "{url}"
user = "phloem"
password = {{ file = "{folder}/password" }}
[spark]
master = "local[2,2]"
[spark.settings]
"spark.driver.memory" = "1g"
"spark.eventLog.enabled" = true
"spark.eventLog.compress" = false
"spark.eventLog.dir" = "file://{folder}/events"
"spark.phloem.maxTasks" = 4
"""
ROWS = [(number, text(number), f"http://a.test/{number}") for number in range(150)] + [(1000, None, None)]
"""The last one has no text."""


@pytest.fixture
def folder(postgresql, tmp_path, monkeypatch):
    """Where a run works, with a site; one password stands in the environment, one in a file beside."""
    monkeypatch.setenv("DOCS_PASSWORD", PASSWORD)
    secrets = tmp_path / "secrets"
    secrets.mkdir()
    (secrets / "password").write_text(PASSWORD)
    (tmp_path / "place" / "events").mkdir(parents=True)
    site = SITE.format(url=postgresql.url, folder=secrets).replace(f"{secrets}/events", f"{tmp_path}/place/events")
    (tmp_path / "place" / "site.toml").write_text(site)
    return tmp_path / "place"


def write_recipe(folder: Path, table: str) -> str:
    """The recipe that reads a table; its name for the command line."""
    (folder / "my_recipe.py").write_text(RECIPE.format(table=table))
    return f"{folder}/my_recipe.py:MINE"


def start(folder: Path, url: str, recipe: str) -> subprocess.Popen[bytes]:
    """`phloem clean` of the database, its words in files beside."""
    words = ["clean", recipe, "--quiet", "--input", f"docs={url}", "--output", "out", "--site", "site.toml"]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    said = (folder / f"said-{time.monotonic_ns()}.txt").open("wb")
    return subprocess.Popen(
        [sys.executable, "-m", "jobs.main", *words], cwd=folder, env=environment, stdout=said, stderr=said
    )


def kill(process: subprocess.Popen[bytes]) -> None:
    """End it and everything that it started, at once."""
    for each in [*psutil.Process(process.pid).children(recursive=True), psutil.Process(process.pid)]:
        each.kill()
    process.wait()


def wait_for_rows(process: subprocess.Popen[bytes], folder: Path, since_ns: int = 0) -> None:
    """Wait until the process has landed a file; earlier ones may lie there, and be swept meanwhile."""

    def landed(file: Path) -> bool:
        with suppress(FileNotFoundError):
            return file.stat().st_mtime_ns > since_ns
        return False

    while not any(landed(file) for file in (folder / "out").rglob("*.parquet")):
        assert process.poll() is None
        time.sleep(0.02)


def command_lines() -> str:
    """What any user of this machine sees of its processes."""
    return "".join(file.read_text(errors="replace") for file in Path("/proc").glob("[0-9]*/cmdline") if file.exists())


def test_a_run_that_is_killed_and_then_loses_its_database_while_it_lands_ends_with_the_bytes_of_a_quiet_one(
    postgresql, spark, folder, tmp_path
):
    table = make_table(postgresql, ROWS)
    postgresql.sql(
        "CREATE OR REPLACE FUNCTION slowly(body text) RETURNS text STABLE LANGUAGE plpgsql AS "
        "$$ BEGIN PERFORM pg_sleep(0.02); RETURN body; END $$;"
        f"CREATE VIEW {table}_slowly AS SELECT id, slowly(body) AS body, link FROM {table};"
    )
    recipe = write_recipe(folder, f"{table}_slowly")
    url = database(postgresql).url
    killed = start(folder, url, recipe)
    try:
        wait_for_rows(killed, folder)
        assert PASSWORD not in command_lines()
    finally:
        kill(killed)
    assert not list((folder / "out").rglob("_landing.json"))

    again = start(folder, url, recipe)
    wait_for_rows(again, folder, time.time_ns())
    postgresql.down()
    try:
        assert not list((folder / "out").rglob("_landing.json"))  # it went in the middle
    finally:
        postgresql.up()
    assert again.wait() == 0, "".join(file.read_text() for file in folder.glob("said-*"))
    quiet = _built(spark, url, write_recipe(tmp_path, table), tmp_path / "quiet", folder)
    assert tree(folder / "out" / "mine" / "clean") == tree(tmp_path / "quiet" / "mine" / "clean")
    assert quiet.stages[0].manifest.accounting["in"] == 151
    assert quiet.stages[0].manifest.accounting["quarantined"] == {"wrong_type": 1}

    runs = postgresql.sql("SELECT count(*), min(outcome) FROM phloem_runs WHERE corpus = 'mine';")
    stages = postgresql.sql(f"SELECT stage FROM phloem_datasets WHERE uri LIKE 'file://{folder}/%' ORDER BY stage;")
    assert (runs.split(), stages.split()) == (["1", "made"], ["clean"])
    assert list((folder / "events").iterdir())
    leaks = [name for name, data in tree(folder).items() if PASSWORD.encode() in data]
    assert leaks == []


def test_rows_that_came_since_make_the_next_version_and_only_their_units_run(postgresql, spark, folder, tmp_path):
    table = make_table(postgresql, ROWS)
    recipe, url = write_recipe(folder, table), database(postgresql).url
    first = _built(spark, url, recipe, tmp_path / "out", folder)
    postgresql.sql(f"INSERT INTO {table} VALUES (2000, 'A row that came later, and is a document of its own.', NULL);")
    second = _built(spark, url, recipe, tmp_path / "out", folder)
    assert (first.version, second.version) == ("v1", "v2")
    clean = second.stages[0]
    assert clean.manifest.accounting["in"] == 152
    assert (clean.num_units, clean.num_units_run) == (8, 1)
    third = _built(spark, url, recipe, tmp_path / "out", folder)
    assert third.nothing_to_do


def _built(spark, url: str, recipe_name: str, output: Path, folder: Path) -> Built:
    """The same run inside this process."""
    recipe = load_recipe(recipe_name)
    inputs = inputs_of([f"docs={url}"], recipe, load_site(str(folder / "site.toml")))
    return build(
        recipe,
        inputs=inputs.files,
        tables=inputs.tables,
        output=str(output),
        version=None,
        stores=Stores(),
        spark=lambda: spark,
        listener=lambda _: None,
        through="clean",
    )
