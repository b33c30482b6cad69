"""Tables landed from real servers: what the files hold follows from the rows alone."""

import json
from pathlib import Path
from typing import Any

import pytest
from table_inputs import database, documents, insert, land, land_all, landed, make_table, rows_of

from pipelines.errors import DatasetError, IdentityError
from pipelines.sources import Reading
from pipelines.stages.progress import Progress
from pipelines.stages.spread import MAX_TASKS
from pipelines.stages.tables import TableInput

# Names and rows are the tests' own.
# ruff: noqa: S608

ODD_TEXTS = [None, "", " at both ends ", "it's a \\ 'quote'", "Übergröße 名前 🌳", "line\nline\ttab", "x" * 5000]
ROWS = [
    (number**3 - 400, ODD_TEXTS[number % 7], f"http://a.test/{number}" if number % 3 else None) for number in range(95)
]
"""Keys far apart at one end and close at the other, below zero and above."""
ODD_KEYS = ["a", "a ", "A", "ä", "b'c", "b\\c", "", " ", "名", "🌳", "Z", "z", "10", "9", "_", "a\tb", "é", "e\u0301"]


@pytest.fixture(params=["postgresql", "mariadb"])
def server(request: pytest.FixtureRequest) -> Any:
    """One kind of server after the other."""
    return request.getfixturevalue(request.param)


def test_the_same_rows_give_the_same_bytes_from_either_database_by_one_task_or_seven(
    spark, postgresql, mariadb, tmp_path
):
    found = []
    for server in (postgresql, mariadb):
        table = make_table(server, ROWS)
        for tasks in ("1", "7"):
            spark.conf.set(MAX_TASKS, tasks)
            try:
                # With an increment, MySQL is read by several connections too.
                land(spark, server, tmp_path / f"{server.kind}-{tasks}", documents(table, increment="id"))
            finally:
                spark.conf.unset(MAX_TASKS)
            found.append(landed(tmp_path / f"{server.kind}-{tasks}"))
    land(spark, mariadb, tmp_path / "one statement", documents(table))
    assert list(found[0]) == [f"0001/{number:06}.parquet" for number in range(10)]
    assert all(files == found[0] for files in [*found, landed(tmp_path / "one statement")])
    assert rows_of(tmp_path / "mysql-7") == sorted(ROWS)


def test_an_uneven_key_gives_files_of_the_same_number_of_rows(spark, server, tmp_path):
    rows = [(key, "text", None) for key in (*range(40), *(10**12 + key * 10**9 for key in range(40)), 2**63 - 1)]
    files = land(spark, server, tmp_path, documents(make_table(server, rows), increment="id", rows_per_file=27))
    assert [file.source for file in files] == [f"docs/0001/{number:06}.parquet" for number in range(3)]
    record = json.loads((tmp_path / "mine" / "landed" / "docs" / "0001" / "_landing.json").read_text())
    assert [file["rows"] for file in record["files"]] == [27, 27, 27]
    assert record["files"][-1]["last_key"] == str(2**63 - 1)


def test_text_keys_are_ordered_by_their_bytes_whatever_the_collation(spark, postgresql, mariadb, tmp_path):
    rows = [(key, f"text of {key!r}", None) for key in ODD_KEYS]
    for server in (postgresql, mariadb):
        table = documents(make_table(server, rows), rows_per_file=4)
        land(spark, server, tmp_path / server.kind, table)
        assert rows_of(tmp_path / server.kind) == sorted(rows, key=lambda row: row[0].encode())
    progress = [(key, f"text of {key!r}", str(number)) for number, key in enumerate(ODD_KEYS)]
    counted = f"(SELECT id, body, NULL AS link, CAST(link AS SIGNED) AS seen FROM {make_table(mariadb, progress)})"
    land(spark, mariadb, tmp_path / "ranges", documents(counted, url=None, rows_per_file=4, increment="seen"))
    assert [row[:2] for row in rows_of(tmp_path / "ranges")] == [row[:2] for row in rows_of(tmp_path / "mysql")]
    assert landed(tmp_path / "postgresql") == landed(tmp_path / "mysql")


def test_a_uuid_is_a_text_key(spark, postgresql, mariadb, tmp_path):
    rows = [(f"{number * 7919 % 256:02x}000000-0000-4000-8000-{number:012x}", "text", None) for number in range(30)]
    for server in (postgresql, mariadb):
        land(spark, server, tmp_path / server.kind, documents(make_table(server, rows, "uuid")))
    assert rows_of(tmp_path / "postgresql") == sorted(rows)
    assert landed(tmp_path / "postgresql") == landed(tmp_path / "mysql")


def test_landed_columns_have_the_names_by_which_the_recipe_reads(spark, postgresql, tmp_path):
    query = f"(SELECT id, body::bytea AS page FROM {make_table(postgresql, ROWS[1:3])} WHERE body IS NOT NULL)"
    table = documents(query, text="page", url=None)
    land(spark, postgresql, tmp_path, table, reading=Reading(text_field="html", url_field="page"))
    assert rows_of(tmp_path) == [(key, text.encode()) for key, text, _ in ROWS[1:3] if text is not None]


def test_postgresql_is_read_as_it_was_at_the_start(spark, postgresql, tmp_path):
    table = make_table(postgresql, ROWS)

    def change(progress: Progress) -> None:
        if progress.done_units == 0:
            statements = ["UPDATE {0} SET body = 'changed'", "DELETE FROM {0} WHERE id < 1000"]
            postgresql.sql(";".join(statements).format(table) + ";")
            insert(postgresql, table, [(10**9 + progress.finished, "new", None)])

    land(spark, postgresql, tmp_path, documents(table), listener=change)
    assert rows_of(tmp_path) == sorted(ROWS)
    assert "changed" in postgresql.sql(f"SELECT DISTINCT body FROM {table}")


def test_mariadb_is_read_up_to_the_watermark_that_it_had_at_the_start_and_the_rest_by_the_next_run(
    spark, mariadb, tmp_path
):
    table = make_table(mariadb, ROWS)
    grown: list[tuple[int, str, None]] = []

    def grow(progress: Progress) -> None:
        if not progress.finished:
            grown.append((10**9 + len(grown), "new", None))
            insert(mariadb, table, grown[-1:])

    land(spark, mariadb, tmp_path, documents(table, increment="id"), listener=grow)
    assert grown
    assert rows_of(tmp_path) == sorted(ROWS)
    land(spark, mariadb, tmp_path, documents(table, increment="id"))
    assert rows_of(tmp_path) == [*sorted(ROWS), *grown]


def test_mariadb_without_an_increment_is_read_in_one_statement(spark, mariadb, tmp_path):
    table = make_table(mariadb, ROWS)
    changed = [(key, "changed", None) for key, _, _ in ROWS]

    def change(_: Progress) -> None:
        mariadb.sql(f"UPDATE {table} SET body = 'changed', link = NULL;")

    land(spark, mariadb, tmp_path, documents(table), listener=change)
    assert rows_of(tmp_path) in (sorted(ROWS), sorted(changed))
    record = json.loads((tmp_path / "mine" / "landed" / "docs" / "0001" / "_landing.json").read_text())
    assert record["consistency"] == "one statement"


def test_only_rows_above_the_watermark_are_landed_again_and_earlier_files_stay(spark, server, tmp_path):
    times = "timestamp(6)" if server.kind == "postgresql" else "datetime(6)"
    table = make_table(server, ROWS[:12])
    server.sql(f"ALTER TABLE {table} ADD added {times} DEFAULT '2026-01-01 00:00:00.000001';")
    asked = documents(table, increment="added")
    first = land(spark, server, tmp_path, asked)
    before = landed(tmp_path)
    assert land(spark, server, tmp_path, asked) == first
    server.sql(f"INSERT INTO {table} (id, body, added) VALUES (-1000, 'late', '2026-01-01 00:00:00.000002');")
    second = land(spark, server, tmp_path, asked)
    assert second[:-1] == first
    assert second[-1].source == "docs/0002/000000.parquet"
    assert {name: data for name, data in landed(tmp_path).items() if name.startswith("0001")} == before
    assert rows_of(tmp_path)[-1] == (-1000, "late", None)


def test_a_table_without_an_increment_is_landed_once_and_needs_neither_spark_nor_database_again(
    spark, postgresql, tmp_path
):
    table = make_table(postgresql, ROWS)
    first = land(spark, postgresql, tmp_path, documents(table))
    insert(postgresql, table, [(10**9, "later", None)])
    assert land(None, postgresql, tmp_path, documents(table)) == first


def test_several_tables_are_landed_by_one_run(spark, postgresql, mariadb, tmp_path):
    inputs = [
        TableInput(name, documents(make_table(server, ROWS)), database(server))
        for name, server in (("docs", postgresql), ("wiki", mariadb))
    ]
    files = land_all(spark, tmp_path, inputs)
    checksums = {name: [file.checksum for file in files if file.source.startswith(name)] for name in ("docs", "wiki")}
    assert len(checksums["docs"]) == 10
    assert checksums["docs"] == checksums["wiki"]


def test_what_a_landing_left_that_was_killed_is_swept_and_never_read(spark, postgresql, tmp_path):
    table = make_table(postgresql, ROWS)
    left = tmp_path / "mine" / "landed" / "docs" / "0001"
    left.mkdir(parents=True)
    for name in ("000000.parquet", "000777.parquet", ".incomplete-0123456789abcdef"):
        (left / name).write_bytes(b"of another snapshot")
    files = land(spark, postgresql, tmp_path, documents(table))
    assert len(files) == 10
    assert rows_of(tmp_path) == sorted(ROWS)
    (left / "000888.parquet").write_bytes(b"of a task that came too late")
    assert land(spark, postgresql, tmp_path, documents(table)) == files


def test_a_landed_file_that_was_altered_or_lost_is_named(spark, postgresql, tmp_path):
    table = documents(make_table(postgresql, ROWS))
    land(spark, postgresql, tmp_path, table)
    folder = tmp_path / "mine" / "landed" / "docs" / "0001"
    data = bytearray((folder / "000003.parquet").read_bytes())
    data[100] ^= 1
    (folder / "000003.parquet").write_bytes(data)
    (folder / "000007.parquet").unlink()
    with pytest.raises(DatasetError, match=r"(?s)2 files .*/000003\.parquet: altered.*/000007\.parquet: missing"):
        land(spark, postgresql, tmp_path, table)


def test_another_mapping_of_a_landed_table_is_refused_with_what_differs(spark, postgresql, tmp_path):
    table = make_table(postgresql, ROWS)
    land(spark, postgresql, tmp_path, documents(table))
    with pytest.raises(IdentityError, match=r"""table\.text: "body" → "link"""):
        land(spark, postgresql, tmp_path, documents(table, text="link", url=None))


def test_the_record_says_what_was_read_and_how(spark, postgresql, tmp_path: Path):
    table = make_table(postgresql, ROWS)
    files = land(spark, postgresql, tmp_path, documents(table, increment="id"))
    record = json.loads((tmp_path / "mine" / "landed" / "docs" / "0001" / "_landing.json").read_text())
    assert (record["rows"], record["consistency"], record["watermark"]) == (95, "snapshot", str(94**3 - 400))
    assert (record["table"]["table"]["key"], record["table"]["text_field"]) == ("id", "text")
    assert [file["blake3"] for file in record["files"]] == [file.checksum for file in files]
