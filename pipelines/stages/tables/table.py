"""What a recipe says of a table, and what a column may hold to play its part."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

KEY_FIELD = "key"
"""Column of the landed files by which a row is found in the database again."""

Kind = Literal["integer", "text", "binary", "time", "other"]

_KINDS: dict[str, Kind] = {
    **dict.fromkeys(("TINYINT", "SMALLINT", "INTEGER", "BIGINT"), "integer"),
    **dict.fromkeys(("CHAR", "VARCHAR", "LONGVARCHAR", "NCHAR", "NVARCHAR", "LONGNVARCHAR", "CLOB", "NCLOB"), "text"),
    **dict.fromkeys(("BINARY", "VARBINARY", "LONGVARBINARY", "BLOB"), "binary"),
    **dict.fromkeys(("DATE", "TIMESTAMP", "TIMESTAMP_WITH_TIMEZONE"), "time"),
}
_TEXT_TYPES = ("uuid", "json", "jsonb", "citext", "xml")
"""Types that JDBC has no word for, and both drivers give as text."""


@dataclass(frozen=True)
class Table:
    """The table, or query, behind an input `NAME=jdbc:…`, as `Recipe.tables[NAME]`.

    A table with an `increment` is read again by every run, from where the last one ended; one without is landed once.
    """

    table: str
    """`documents`, `archive.documents`, or a query in parentheses: `(SELECT … FROM …)`."""
    key: str
    """Column of integers or texts that no two rows share and none lacks: it orders the rows and is landed too."""
    text: str
    """Column of the text (or of pages, in text or bytes: see `Reading.content_type`)."""
    url: str | None = None
    """Column of the URL."""
    increment: str | None = None
    """Column of integers or times that is larger in every later row: a number that counts up, a time of insertion.

    A row that is changed and gets a larger value is landed again, as one more document. A row that comes in late, with
    a value that was passed already, is not lost: the next run counts the rows below, and refuses.
    """
    rows_per_file: int = 100_000
    """Rows of a landed file: the next file begins with the next row, however long the texts are."""

    def faults(self) -> Iterator[str]:
        """What is wrong with it before any database is asked."""
        for name in ("table", "key", "text"):
            if not getattr(self, name):
                yield f"{name} is empty, must name a {'table or query' if name == 'table' else 'column'}"
        if self.rows_per_file < 1:
            yield f"rows_per_file is {self.rows_per_file}, must be at least 1"
        if self.table.startswith("(") != self.table.endswith(")"):
            yield f"table is {self.table!r}: a query stands in parentheses, and a name does not"


@dataclass(frozen=True)
class Column:
    """A column as the driver describes it."""

    name: str
    type: str
    """As the database calls it: int8, varchar, LONGTEXT, …"""
    jdbc_type: str
    """Its name in java.sql.JDBCType."""

    @property
    def kind(self) -> Kind:
        """What it holds."""
        if self.type.lower() in _TEXT_TYPES:
            return "text"
        return _KINDS.get(self.jdbc_type, "other")
