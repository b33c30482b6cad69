r"""The few statements that landing needs, in PostgreSQL's words and in MySQL's.

Texts are ordered by their bytes, as Spark and Arrow order them, whatever the database's collation: PostgreSQL does so
under the collation "C", MySQL when it compares bytes. An index in that order makes each range a range of the index;
PostgreSQL: `CREATE INDEX … ON documents (name COLLATE "C")`. Without one, each connection reads the whole table.
"""

from pipelines.stages.tables.table import Column, Table

# Names are quoted, values are literals of their column's type, and queries are the recipe's own.
# ruff: noqa: S608

SNAPSHOT = "SELECT pg_export_snapshot()"


def in_snapshot(snapshot: str) -> str:
    """What a PostgreSQL session says first to see the rows that another transaction sees."""
    return f"SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY; SET TRANSACTION SNAPSHOT '{snapshot}'"


def quoted(kind: str, name: str) -> str:
    """A column's or table's name, taken as it is."""
    mark = '"' if kind == "postgresql" else "`"
    return mark + name.replace(mark, 2 * mark) + mark


def relation(kind: str, table: str) -> str:
    """What stands behind FROM."""
    if table.startswith("("):
        return f"{table} {quoted(kind, 'asked')}"
    return ".".join(quoted(kind, part) for part in table.split("."))


def window(kind: str, increment: Column | None, above: str | None, up_to: str | None) -> str:
    """The rows to land: those above one watermark and up to another."""
    bounds = [("<=", up_to), (">", above)]
    if increment is None:
        return "1 = 1"
    column = quoted(kind, increment.name)
    return " AND ".join(f"{column} {sign} {_literal(increment, bound)}" for sign, bound in bounds if bound is not None)


def rows(kind: str, table: Table, columns: dict[str, Column], where: str) -> str:
    """The rows to land, as a relation with the columns of `columns`."""
    selected = ", ".join(f"{_plain(kind, column)} AS {quoted(kind, name)}" for name, column in columns.items())
    return f"(SELECT {selected} FROM {relation(kind, table.table)} WHERE {where}) landed"


def counts(kind: str, table: Table, increment: Column | None, above: str | None) -> str:
    """All rows, and those with a key; with an increment, the largest, and those not above the watermark."""
    asked = ["count(*)", f"count({quoted(kind, table.key)})"]
    if increment is not None:
        column = quoted(kind, increment.name)
        below = "1 = 0" if above is None else window(kind, increment, None, above)
        asked += [f"count({column})", f"max({column})", f"sum(CASE WHEN {below} THEN 1 ELSE 0 END)"]
    return f"SELECT {', '.join(asked)} FROM {relation(kind, table.table)}"


def repeated_keys(kind: str, table: Table, key: Column, where: str) -> str:
    """A key that two rows have, if there is one."""
    order = _ordered(kind, key, quoted(kind, key.name))
    return (
        f"SELECT min({quoted(kind, key.name)}{_as_text(kind, key)}) FROM {relation(kind, table.table)} WHERE {where} "
        f"GROUP BY {order} HAVING count(*) > 1 LIMIT 1"
    )


def first_keys(kind: str, table: Table, key: Column, where: str, num_rows: int) -> str:
    """The key of the first row, and of every `num_rows`-th behind it: for keys that must be sorted first."""
    column = quoted(kind, key.name)
    order = _ordered(kind, key, column)
    return (
        f"SELECT bound FROM (SELECT {column} AS bound, row_number() OVER (ORDER BY {order}) AS place "
        f"FROM {relation(kind, table.table)} WHERE {where}) places WHERE (place - 1) % {num_rows} = 0 ORDER BY place"
    )


def next_key(kind: str, table: Table, key: Column, where: str, after: str | None, num_rows: int) -> str:
    """The key `num_rows` behind another, or the first: for keys whose index the database walks along."""
    column = quoted(kind, key.name)
    behind = "" if after is None else f" AND {column} > {_literal(key, after)}"
    skipped = 0 if after is None else num_rows - 1
    return (
        f"SELECT {column} FROM {relation(kind, table.table)} WHERE {where}{behind} "
        f"ORDER BY {column} LIMIT 1 OFFSET {skipped}"
    )


def ranges(kind: str, key: Column, alias: str, bounds: list[str]) -> list[str]:
    """A predicate for each range of keys: from its bound up to the next one's, the outer two open."""
    order = _ordered(kind, key, quoted(kind, alias))
    values = [_bound(kind, key, bound) for bound in bounds]
    found = []
    for position, value in enumerate(values):
        lower = [f"{order} >= {value}"] if position else []
        upper = [f"{order} < {values[position + 1]}"] if position + 1 < len(values) else []
        found.append(" AND ".join([*lower, *upper]) or "1 = 1")
    return found


def _ordered(kind: str, key: Column, expression: str) -> str:
    """An expression that is ordered as the landed keys are."""
    if key.kind == "integer" or (kind == "postgresql" and key.type == "uuid"):  # a uuid's order is that of its text
        return expression
    if kind == "postgresql":
        return f'{expression} COLLATE "C"'
    return f"CAST(CONVERT({expression} USING utf8mb4) AS BINARY)"


def _plain(kind: str, column: Column) -> str:
    """The column as a type that Spark knows."""
    name = quoted(kind, column.name)
    return f"CAST({name} AS CHAR)" if kind == "mysql" and column.jdbc_type == "OTHER" else name


def _as_text(kind: str, key: Column) -> str:
    """PostgreSQL has no smallest uuid."""
    return "::text" if kind == "postgresql" and key.kind == "text" else ""


def _bound(kind: str, key: Column, value: str) -> str:
    if kind == "mysql" and key.kind == "text":
        return f"X'{value.encode().hex()}'"
    return _literal(key, value)


def _literal(column: Column, value: str) -> str:
    return str(int(value)) if column.kind == "integer" else "'" + value.replace("'", "''") + "'"
