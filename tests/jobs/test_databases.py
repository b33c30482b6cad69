"""Inputs told apart: files, and databases with a table, credentials and a driver each."""

from dataclasses import replace

import pytest

from jobs.databases import Inputs, inputs_of
from jobs.jars import fetch
from jobs.site import load_site
from pipelines.errors import RecipeError, RefusedError
from pipelines.recipes import load_recipe
from pipelines.sources import Reading
from pipelines.stages.tables import Table

TABLE = Table("documents", key="id", text="body")
RECIPE = replace(load_recipe("text"), tables={"docs": TABLE})


@pytest.fixture
def site(tmp_path):
    """A site that knows user and password of the input `docs`."""
    (tmp_path / "secret").write_text("Nachtigall-43\n")
    file = tmp_path / "site.toml"
    file.write_text(f'[databases.docs]\nuser = "reader"\npassword = {{ file = "{tmp_path}/secret" }}\n')
    return load_site(str(file))


def test_a_database_is_known_by_its_url_and_gets_the_recipes_table_and_the_sites_credentials(site):
    fetch(["postgresql"])
    files, tables = inputs_of(["raw/", "docs=jdbc:postgresql://h:1/db", "more=s3://jdbc:/x"], RECIPE, site)
    assert files == ("raw/", "more=s3://jdbc:/x")
    assert [(asked.name, asked.table) for asked in tables] == [("docs", TABLE)]
    database = tables[0].database
    assert (database.url, database.user, str(database.password)) == (
        "jdbc:postgresql://h:1/db",
        "reader",
        "Nachtigall-43",
    )
    assert database.jar.endswith("postgresql-42.7.14.jar")
    assert "Nachtigall" not in repr(tables)


def test_files_alone_are_left_as_they_are(site):
    assert inputs_of(["raw/", "a=b"], RECIPE, site) == Inputs(("raw/", "a=b"), ())


def test_every_fault_of_every_database_is_told_at_once(site, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    (tmp_path / "secret").unlink()
    values = [
        "jdbc:postgresql://h/db",
        "wiki=jdbc:mysql://h/db",
        "docs=jdbc:mysql://h/db",
        "docs=jdbc:mariadb://h/db",
        "docs=jdbc:mysql://me:Zaunkönig@h/db",
    ]
    with pytest.raises(RefusedError) as refusal:
        inputs_of(values, RECIPE, site)
    told = refusal.value.faults
    beginnings = [
        "an input that is a database has a name, which the recipe's table has too: NAME=jdbc:…",
        "input wiki: the recipe says not which table to read (tables['wiki']); it knows docs",
        "input docs: the driver for jdbc:mysql: is not here; `phloem jars mysql` fetches it",
        f"input docs: databases.docs.password: {tmp_path}/secret cannot be read",
        "input docs: jdbc:mariadb://h/db: Spark 4.3 reads column names for values",
        "input docs: the URL holds a user or a password, which belong into the site file",
    ]
    assert len(told) == len(beginnings)
    for fault, beginning in zip(told, beginnings, strict=True):
        assert fault.startswith(beginning)
    assert "Zaunkönig" not in str(refusal.value)


def test_a_name_given_to_two_databases_is_refused(site):
    fetch(["postgresql"])
    values = ["docs=jdbc:postgresql://h/db", "docs=jdbc:postgresql://other/db"]
    with pytest.raises(RefusedError, match="input docs is given twice: a database has a name of its own"):
        inputs_of(values, RECIPE, site)


def test_a_recipe_with_tables_that_cannot_be_right_is_refused_with_every_fault():
    tables = {"docs": Table("", key="", text="t", rows_per_file=0), "wiki": Table("(SELECT 1", key="k", text="t")}
    with pytest.raises(RecipeError) as refusal:
        replace(RECIPE, tables=tables, reading=Reading(text_field="key"))
    told = str(refusal.value)
    for fault in (
        "tables.docs: table is empty, must name a table or query",
        "tables.docs: key is empty, must name a column",
        "tables.docs: rows_per_file is 0, must be at least 1",
        "tables.wiki: table is '(SELECT 1': a query stands in parentheses, and a name does not",
        "reading calls the text or the URL 'key', as the key of landed rows is called",
    ):
        assert fault in told


def test_tables_are_no_part_of_a_fingerprint_for_what_is_landed_counts_by_its_content():
    assert RECIPE.resolved() == load_recipe("text").resolved()
