"""Tables of documents in real databases, and one call that lands them."""

from collections.abc import Callable, Iterable, Sequence
from itertools import count
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from corpora import tree
from databases import Server

from jobs.jars import driver_jar
from pipelines.sources import Reading, SourceFile
from pipelines.stages.progress import Progress
from pipelines.stages.tables import Database, Landing, Table, TableInput, land_tables
from pipelines.storage import Secret, Stores

# Names and rows are the tests' own.
# ruff: noqa: S608

Row = tuple[int | str | None, str | None, str | None]
"""Key, text, URL."""

_NAMES = count()
_KEYS = {("postgresql", int): "bigint", ("mysql", int): "bigint", ("postgresql", str): "text"}
_MYSQL_TEXT = "varchar(200) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci"


def make_table(server: Server, rows: Sequence[Row], key: str | None = None) -> str:
    """A new table `id, body, link` with these rows; `key` is the type of `id`, if not what the first row's asks for."""
    name = f"documents_{next(_NAMES)}"
    key = key or _KEYS.get((server.kind, type(rows[0][0])), _MYSQL_TEXT)
    body = "text" if server.kind == "postgresql" else "longtext CHARACTER SET utf8mb4"
    server.sql(f"CREATE TABLE {name} (id {key}, body {body}, link {body.replace('long', '')});")
    insert(server, name, rows)
    return name


def insert(server: Server, table: str, rows: Iterable[Row]) -> None:
    """Add rows to a table."""
    values = ", ".join("(" + ", ".join(_literal(server, value) for value in row) + ")" for row in rows)
    server.sql(f"INSERT INTO {table} VALUES {values};")


def database(server: Server, **changes: str) -> Database:
    """The server as an input's database."""
    url = changes.pop("url", server.url + ("?sslMode=disable" if server.kind == "mysql" else ""))
    credentials = {**server.credentials, **changes}
    return Database(url, driver_jar(server.kind), credentials["user"], Secret(credentials["password"]))


def documents(table: str, **changes: Any) -> Table:
    """What a recipe says of a table that `make_table` made."""
    return Table(**{"table": table, "key": "id", "text": "body", "url": "link", "rows_per_file": 10, **changes})


def land(
    spark: Any,
    server: Server,
    output: Path,
    table: Table,
    *,
    where: Database | None = None,
    listener: Callable[[Progress], None] | None = None,
    reading: Reading | None = None,
) -> list[SourceFile]:
    """Land one table as the input `docs` of the corpus `mine`."""
    return land_all(spark, output, [TableInput("docs", table, where or database(server))], listener, reading)


def land_all(
    spark: Any,
    output: Path,
    inputs: Sequence[TableInput],
    listener: Callable[[Progress], None] | None = None,
    reading: Reading | None = None,
) -> list[SourceFile]:
    """Land several tables."""
    quiet: Callable[[Progress], None] = lambda _: None  # noqa: E731 (says nothing)
    return land_tables(
        Landing(lambda: spark, Stores(), str(output), "mine", reading or Reading(), listener or quiet, "test"), inputs
    )


def landed(output: Path) -> dict[str, bytes]:
    """The landed files of the input `docs`, their records left out: those say how the rows were read."""
    files = tree(output / "mine" / "landed" / "docs")
    return {name: data for name, data in files.items() if name.endswith(".parquet")}


def rows_of(output: Path) -> list[tuple[Any, ...]]:
    """Every landed row, file after file."""
    tables = [pq.read_table(pa.BufferReader(data)) for _, data in sorted(landed(output).items())]
    return [tuple(row.values()) for table in tables for row in table.to_pylist()]


def _literal(server: Server, value: int | str | None) -> str:
    if not isinstance(value, str):
        return "NULL" if value is None else str(value)
    if server.kind == "postgresql":
        return "'" + value.replace("'", "''") + "'"
    return f"CONVERT(X'{value.encode().hex()}' USING utf8mb4)" if value else "''"
