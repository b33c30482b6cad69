"""Where a table is: URL, user and driver. Which of these can be right is known without asking any database."""

import re
from dataclasses import dataclass
from typing import Literal

_URL = re.compile(r"jdbc:(postgresql|mysql)://[^/?#\s]+/[^/?#\s]+(\?\S*)?")
_CREDENTIALS = re.compile(r"//[^/]*@|[?&;](user|password)=", re.IGNORECASE)
_DRIVERS = {"postgresql": "org.postgresql.Driver", "mysql": "org.mariadb.jdbc.Driver"}
"""MariaDB's driver reads MySQL too, and sends rows as they are asked for, where MySQL's own sends them all at once."""


@dataclass(frozen=True)
class Database:
    """A database, as a job was told of it; the password shows itself only to the driver when it is a `Secret`."""

    url: str
    """`jdbc:postgresql://HOST[:PORT]/DATABASE[?OPTIONS]`, or `jdbc:mysql:` for MySQL and MariaDB."""
    jar: str
    """Path of the driver's jar on this machine."""
    user: str = ""
    password: str = ""

    @property
    def kind(self) -> Literal["postgresql", "mysql"]:
        """Which dialect it speaks."""
        return "postgresql" if self.url.startswith("jdbc:postgresql:") else "mysql"

    @property
    def driver(self) -> str:
        """The driver's class."""
        return _DRIVERS[self.kind]

    @property
    def credentials(self) -> dict[str, str]:
        """The connection's properties; without them, the driver's own ways (its files, its environment) stand."""
        return {name: value for name, value in {"user": self.user, "password": self.password}.items() if value}

    @property
    def driver_url(self) -> str:
        """The URL as the driver wants it: MariaDB's takes `jdbc:mysql:` on request only."""
        if self.kind == "postgresql" or "permitMysqlScheme" in self.url:
            return self.url
        return f"{self.url}{'&' if '?' in self.url else '?'}permitMysqlScheme"


def url_fault(url: str) -> str | None:
    """What is wrong with the URL of a database, and the way out; it is not repeated when it may hold a password."""
    if _CREDENTIALS.search(url):
        return "the URL holds a user or a password, which belong into the site file as user and password"
    if url.startswith("jdbc:mariadb:"):
        advice = f"write jdbc:mysql:{url.removeprefix('jdbc:mariadb:')}, which reads MariaDB as well"
        return f"{url}: Spark 4.3 reads column names for values through jdbc:mariadb:; {advice}"
    if not _URL.fullmatch(url):
        return f"{url}: must be jdbc:postgresql://HOST:PORT/DATABASE or jdbc:mysql://HOST:PORT/DATABASE"
    return None
