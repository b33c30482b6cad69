"""One JDBC connection of the driver's JVM, beside those that Spark opens for itself; what goes wrong, in words."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from typing import Any, Self

from py4j.protocol import Py4JJavaError  # type: ignore[import-untyped]  # it ships no types
from pyspark.sql import SparkSession

from pipelines.errors import RefusedError
from pipelines.stages.tables.database import Database
from pipelines.stages.tables.table import Column

_REPEATABLE_READ = 4
"""`java.sql.Connection.TRANSACTION_REPEATABLE_READ`."""

_CAUSES = {
    "28": "the database refuses this user or password",
    "08": "the database cannot be reached: host, port or TLS setting (sslMode, sslmode) is wrong, or it is down",
    "57P03": "the database is starting up or shutting down",
    "3D": "there is no such database on this server",
    "1049": "there is no such database on this server",
    "1044": "there is no such database, or this user may not use it",
    "42P01": "there is no such table",
    "1146": "there is no such table",
    "42501": "this user may not read it",
    "1142": "this user may not read it",
    "42601": "the query is not SQL as this database reads it",
    "1064": "the query is not SQL as this database reads it",
}
"""What an error means, by the beginning of its SQLSTATE or by MySQL's number: the number says more where both fit."""


class Connection:
    """An open connection in a transaction of its own: REPEATABLE READ, from its first statement to `commit`.

    Used in `with`. Every method raises RefusedError that says what the database said, and what that means.
    """

    def __init__(self, spark: SparkSession, database: Database, subject: str) -> None:
        """`subject` begins every message: what the connection is for."""
        self._subject, self._kind, self._secret = subject, database.kind, str(database.password)
        gateway: Any = spark.sparkContext._gateway  # noqa: SLF001 (Spark's way to its own JVM)
        jvm = gateway.jvm
        properties = jvm.java.util.Properties()
        for name, value in database.credentials.items():
            properties.setProperty(name, str(value))
        with self._told():
            driver = _classes(gateway, database.jar).loadClass(database.driver).newInstance()
            self._connection = driver.connect(database.driver_url, properties)
            self._connection.setTransactionIsolation(_REPEATABLE_READ)
            self._connection.setAutoCommit(False)
        self._type_name = jvm.java.sql.JDBCType.valueOf

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        with suppress(Py4JJavaError):  # it may be broken already, which whoever used it was told
            self._connection.close()

    def rows(self, query: str) -> list[tuple[str | None, ...]]:
        """Every row of a query as texts: for results that are small."""
        with self._told():
            answer = self._connection.createStatement().executeQuery(query)
            columns = range(1, answer.getMetaData().getColumnCount() + 1)
            found = []
            while answer.next():
                found.append(tuple(answer.getString(column) for column in columns))
        return found

    def columns(self, relation: str) -> list[Column]:
        """The columns of what may stand behind FROM."""
        with self._told():
            answer = self._connection.createStatement().executeQuery(f"SELECT * FROM {relation} WHERE 1 = 0")  # noqa: S608 (names are quoted, queries the recipe's)
            about = answer.getMetaData()
            return [
                Column(
                    about.getColumnLabel(place),
                    about.getColumnTypeName(place),
                    self._type_name(about.getColumnType(place)).getName(),
                )
                for place in range(1, about.getColumnCount() + 1)
            ]

    def primary_key(self, table: str) -> list[str]:
        """The columns of a table's primary key; none for a view, a query, or a table found in another schema."""
        schema, _, name = table.rpartition(".")
        with self._told():
            about, here = self._connection.getMetaData(), self._connection
            place = (
                (None, schema or here.getSchema())
                if self._kind == "postgresql"
                else (schema or here.getCatalog(), None)
            )
            answer = about.getPrimaryKeys(*place, name)
            columns = []
            while answer.next():
                columns.append(str(answer.getString("COLUMN_NAME")))
        return columns

    def execute(self, statement: str, *values: object) -> None:
        """Run a statement whose question marks stand for the values."""
        with self._told():
            prepared = self._connection.prepareStatement(statement)
            for place, value in enumerate(values, start=1):
                prepared.setObject(place, value)
            prepared.execute()
            prepared.close()

    def commit(self) -> None:
        """End the transaction; the next statement begins another."""
        with self._told():
            self._connection.commit()

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except Py4JJavaError as error:
            raise RefusedError(f"{self._subject}: {self._in_words(error.java_exception)}") from None

    def _in_words(self, exception: Any) -> str:
        said = " ".join(str(exception.getMessage()).split())
        with suppress(Py4JJavaError, AttributeError, TypeError):  # no exception of SQL's: it has no state
            names = (str(exception.getErrorCode()), str(exception.getSQLState() or ""))
            causes = [cause for name in names for mark, cause in _CAUSES.items() if _fits(name, mark)]
            said = f"{causes[0]} ({said})" if causes else said
        return said.replace(self._secret, "***") if self._secret else said


@cache
def _classes(gateway: Any, jar: str) -> Any:
    """The jar's class loader: one for a JVM's life, because py4j remembers a class's methods by its name alone."""
    jars = gateway.new_array(gateway.jvm.java.net.URL, 1)
    jars[0] = gateway.jvm.java.io.File(jar).toURI().toURL()
    return gateway.jvm.java.net.URLClassLoader(jars)


def _fits(name: str, mark: str) -> bool:
    """MySQL's numbers are whole, a SQLSTATE's first two letters are its class."""
    return name == mark if len(mark) > 2 else name.startswith(mark) and len(name) == 5  # noqa: PLR2004 (SQL's lengths)
