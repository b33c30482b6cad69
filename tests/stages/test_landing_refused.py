"""What cannot be landed right is refused before a row is copied, in words that say which of it it was."""

from dataclasses import replace
from typing import Any

import pytest
from table_inputs import database, documents, insert, land, land_all, make_table

from pipelines.catalog.lease import lease
from pipelines.errors import BusyError, RefusedError
from pipelines.stages.tables import Table, TableInput
from pipelines.stages.tables.database import url_fault
from pipelines.storage import Stores

# Names and rows are the tests' own.
# ruff: noqa: S608

ROWS = [(number, f"text {number}", None) for number in range(12)]


@pytest.fixture(params=["postgresql", "mariadb"])
def server(request: pytest.FixtureRequest) -> Any:
    """One kind of server after the other."""
    return request.getfixturevalue(request.param)


@pytest.fixture
def refused(spark, server, tmp_path):
    """The faults by which landing a table is refused; nothing is left behind."""

    def land_it(table: Table, **changes: str) -> str:
        with pytest.raises(RefusedError) as refusal:
            land(spark, server, tmp_path, table, where=database(server, **changes))
        assert not list(tmp_path.rglob("*.parquet"))
        assert not list(tmp_path.rglob("*.json"))
        assert all(fault.startswith("input docs: ") for fault in refusal.value.faults)
        return str(refusal.value)

    return land_it


def test_a_wrong_password_user_database_or_host_is_told_apart(refused, server):
    table = documents("any")
    for changes in ({"password": "Zaunkönig-44"}, {"user": "nobody"}):
        told = refused(table, **changes)
        assert "the database refuses this user or password" in told
        assert "Zaunkönig-44" not in told
    url = database(server).url
    # To a user who may use only some of them, MySQL does not say which others there are.
    missing = {"postgresql": "there is no such database", "mysql": "this user may not use it"}[server.kind]
    assert missing in refused(table, url=url.replace("/corpora", "/corpse"))
    assert "cannot be reached" in refused(table, url=url.replace(str(server.port), "1"))


def test_a_server_without_tls_is_told_as_what_it_is(refused, server):
    tls = {"postgresql": "?sslmode=require", "mysql": "?sslMode=verify-full"}[server.kind]
    told = refused(documents("any"), url=server.url + tls)
    assert "TLS setting (sslMode, sslmode) is wrong" in told


def test_a_table_that_is_not_there_or_no_sql_is_told(refused):
    assert "there is no such table" in refused(documents("nowhere"))
    assert "the query is not SQL as this database reads it" in refused(documents("(SELECT FROM WHERE)"))


def test_a_table_that_this_user_may_not_read_is_told(refused, server):
    names = {"postgresql": ("pg_authid", "reader"), "mysql": ("mysql.user", "phloem")}
    if server.kind == "postgresql":
        server.sql("CREATE USER reader PASSWORD 'Nachtigall-43';")
    table, user = names[server.kind]
    assert "this user may not read it" in refused(documents(table), user=user)


def test_missing_columns_and_wrong_types_are_told_at_once(refused, server):
    name = make_table(server, ROWS)
    number = {"postgresql": "int8", "mysql": "BIGINT"}[server.kind]
    told = refused(Table(name, key="key", text="id", url="body", increment="link")).splitlines()
    assert told[0].endswith(f"there is no column 'key' (key); {name} has id, body, link")
    assert told[1].endswith(f"column 'id' (text) holds {number}, must hold texts or bytes")
    assert "column 'link' (increment) holds" in told[2]
    assert len(told) == 3


def test_rows_without_a_key_or_an_increment_are_counted_and_refused(refused, server):
    name = make_table(server, [*ROWS, (None, "no key", None), (None, "nor here", None)])
    server.sql(f"ALTER TABLE {name} ADD seen int; UPDATE {name} SET seen = id WHERE id < 9;")
    told = refused(documents(name, increment="seen"))
    assert "2 of 14 rows of" in told
    assert "have no id: leave them out with a query, (SELECT … WHERE id IS NOT NULL), or give them one" in told
    assert "5 of 14 rows of" in told


def test_a_key_that_two_rows_have_is_no_key(refused, server):
    name = make_table(server, [*ROWS, (7, "seven again", None)])
    assert "has the id '7'; the key must tell rows apart, as a primary key does" in refused(documents(name))
    texts = make_table(server, [("a", "one", None), ("A", "another", None), ("a", "one again", None)])
    assert "has the id 'a'" in refused(documents(texts))


def test_a_table_without_rows_is_no_input(refused, server):
    name = make_table(server, ROWS)
    server.sql(f"DELETE FROM {name};")
    assert f"{name} has no row" in refused(documents(name))


def test_rows_that_came_in_below_the_watermark_are_not_lost_without_a_word(spark, server, tmp_path):
    name = make_table(server, ROWS)
    asked = documents(name, increment="id")
    land(spark, server, tmp_path, asked)
    server.sql(f"DELETE FROM {name} WHERE id < 2;")
    insert(server, name, [(100, "later", None)])
    assert len(land(spark, server, tmp_path, asked)) == 3  # fewer rows below: they were deleted
    insert(server, name, [(-number, "late", None) for number in range(1, 4)])
    with pytest.raises(RefusedError, match="1 rows came in at or below id 100 after that was landed") as refusal:
        land(spark, server, tmp_path, asked)
    assert "give the input another name" in str(refusal.value)


def test_the_faults_of_several_tables_are_told_at_once(spark, postgresql, mariadb, tmp_path):
    inputs = [
        TableInput("docs", documents("nowhere"), database(postgresql)),
        TableInput("good", documents(make_table(mariadb, ROWS)), database(mariadb)),
        TableInput("wiki", documents("nowhere"), replace(database(mariadb), password="wrong")),
    ]
    with pytest.raises(RefusedError) as refusal:
        land_all(spark, tmp_path, inputs)
    assert [fault.partition(":")[0] for fault in refusal.value.faults] == ["input docs", "input wiki"]
    assert not list(tmp_path.rglob("*.parquet"))


def test_two_runs_do_not_land_one_table_at_once(spark, postgresql, tmp_path):
    asked = documents(make_table(postgresql, ROWS))
    told = r"the other run .* is working on version landed-docs"
    with lease(Stores(), str(tmp_path), "mine", "landed-docs", "the other run"), pytest.raises(BusyError, match=told):
        land(spark, postgresql, tmp_path, asked)
    assert len(land(spark, postgresql, tmp_path, asked)) == 2


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("jdbc:mariadb://h/db", "write jdbc:mysql://h/db, which reads MariaDB as well"),
        ("jdbc:oracle:thin:@h", "must be jdbc:postgresql://HOST:PORT/DATABASE"),
        ("jdbc:postgresql://host", "must be jdbc:postgresql://HOST:PORT/DATABASE"),
        ("jdbc:mysql://me:Nachtigall@host/db", "the URL holds a user or a password"),
        ("jdbc:postgresql://host/db?ssl=true&password=Nachtigall", "the URL holds a user or a password"),
    ],
)
def test_a_url_that_cannot_be_right_is_refused_without_asking_and_without_its_password(url, told):
    fault = url_fault(url)
    assert told in fault
    assert "Nachtigall" not in fault


def test_good_urls_are_good():
    for url in ("jdbc:postgresql://h:5432/db", "jdbc:mysql://h/db?sslMode=verify-full", "jdbc:postgresql://a:1,b:2/db"):
        assert url_fault(url) is None
