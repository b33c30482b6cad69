"""Rows about datasets and runs, in a real database, whatever happens to it."""

import json
from dataclasses import replace
from typing import Any

import pytest
from blake3 import blake3
from corpora import write_corpus, write_recipe
from table_inputs import database

from jobs.corpus import StageResult, build
from jobs.history import History, history_database
from jobs.site import Site, load_site
from pipelines.errors import GateError, RefusedError
from pipelines.recipes import load_recipe
from pipelines.storage import Stores


@pytest.fixture(scope="module")
def stages(spark, tmp_path_factory) -> list[StageResult]:
    """The stage `clean` of a small corpus, as `build` tells of it."""
    folder = tmp_path_factory.mktemp("history")
    told: list[StageResult] = []
    build(
        load_recipe(write_recipe(folder)),
        inputs=[str(write_corpus(folder / "raw", num_files=1))],
        output=str(folder / "out"),
        version=None,
        stores=Stores(),
        spark=lambda: spark,
        listener=lambda _: None,
        through="clean",
        made=told.append,
    )
    return told


@pytest.fixture(params=["postgresql", "mariadb"])
def server(request) -> Any:
    """One kind of server after the other, without rows of an earlier test."""
    server = request.getfixturevalue(request.param)
    server.sql("DROP TABLE IF EXISTS phloem_datasets; DROP TABLE IF EXISTS phloem_runs;")
    return server


@pytest.fixture
def history(spark, server):
    """A history in the server, by the name of a run, and what it warned of."""

    def of(run_id: str, **changes: str) -> tuple[History, list[str]]:
        warned: list[str] = []
        return History(database(server, **changes), lambda: spark, warned.append, "mine", run_id), warned

    return of


def test_each_published_stage_has_one_row_and_a_repeated_run_adds_none(history, server, stages):
    for run_id in ("first", "second"):
        written, warned = history(run_id)
        for stage in stages:
            written.add_dataset(stage)
        assert not warned
    columns = "stage, corpus, version, uri, manifest_hash, fingerprint, num_rows, num_tokens, num_bytes, run_id"
    answer = server.sql(f"SELECT {columns} FROM phloem_datasets ORDER BY stage;")  # noqa: S608 (names of our own)
    rows = [line.split("\t") for line in answer.splitlines()]
    assert rows == [
        [
            stage.stage,
            "mine",
            "v1",
            stage.uri,
            blake3(stage.manifest.to_json().encode()).hexdigest(),
            stage.manifest.fingerprint,
            *(str(stage.manifest.totals[total]) for total in ("rows", "tokens", "bytes")),
            "first",
        ]
        for stage in stages
    ]
    accounts = server.sql("SELECT accounting FROM phloem_datasets ORDER BY stage;").splitlines()
    assert [json.loads(account) for account in accounts] == [stage.manifest.accounting for stage in stages]
    assert "NULL" not in server.sql("SELECT finished_at_utc FROM phloem_datasets;")


def test_a_dataset_of_an_earlier_run_that_is_missing_is_written_without_run_and_time(history, server, stages):
    written, _ = history("later")
    written.add_dataset(replace(stages[0], done_before=True))
    answer = "SELECT count(*) FROM phloem_datasets WHERE run_id IS NULL AND finished_at_utc IS NULL;"
    assert server.sql(answer).strip() == "1"


def test_each_run_has_one_row_with_its_outcome_but_not_one_that_was_refused(history, server):
    with history("good")[0].run():
        pass
    with pytest.raises(GateError), history("failed")[0].run():
        raise GateError("closed")
    with pytest.raises(RefusedError), history("refused")[0].run():
        raise RefusedError("no")
    answer = server.sql("SELECT run_id, corpus, outcome FROM phloem_runs ORDER BY run_id;")
    assert answer.split() == ["failed", "mine", "GateError", "good", "mine", "made"]


def test_a_database_that_is_down_is_a_warning_and_no_failure(history, server, stages):
    written, warned = history("unheard", url=database(server).url.replace(str(server.port), "1"))
    with written.run():
        written.add_dataset(stages[0])
    assert len(warned) == 2
    assert all(line.startswith("warning: history: the database cannot be reached") for line in warned)


def test_without_a_history_in_the_site_nothing_is_asked(stages):
    def no_spark() -> Any:
        raise AssertionError("started Spark for nothing")

    silent = History(history_database(Site()), no_spark, pytest.fail, "mine", "run")
    with silent.run():
        silent.add_dataset(stages[0])


def test_a_history_that_cannot_be_right_is_refused_with_the_site(tmp_path):
    file = tmp_path / "site.toml"
    file.write_text('[history]\njdbc = "jdbc:mariadb://h/db"\n')
    with pytest.raises(RefusedError, match=r"history: jdbc:mariadb://h/db: Spark 4\.3 reads column names"):
        history_database(load_site(str(file)))
