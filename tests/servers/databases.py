"""Real PostgreSQL and MariaDB servers on loopback, each with a folder, a port and a user of its own.

Both refuse to run as root: then they run as the users that their packages make.
"""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

PASSWORD = "Nachtigall-43"
"""Of every user: a word that is nowhere else, so that finding it in a file means that it leaked."""

_POSTGRESQL = Path("/usr/lib/postgresql/15/bin")
_PATH = os.pathsep.join([str(_POSTGRESQL), os.environ["PATH"], "/usr/sbin"])
_UP_SECONDS = 60


@dataclass
class Server:
    """A running server with an empty database `corpora`."""

    kind: str
    """postgresql or mysql: the middle word of its JDBC URL."""
    port: int
    user: str
    start: Sequence[str]
    """The command line of its process."""
    client: Sequence[str]
    """The command line of a client that reads SQL."""
    account: str | None
    """The system's user that it runs as; None: ours."""
    log: Path
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def url(self) -> str:
        """How a JDBC driver names the database."""
        return f"jdbc:{self.kind}://127.0.0.1:{self.port}/corpora"

    @property
    def credentials(self) -> dict[str, str]:
        """What a site file says of it."""
        return {"user": self.user, "password": PASSWORD}

    def sql(self, statements: str) -> str:
        """What the server answers, a row a line and columns parted by tabs; RuntimeError with its words."""
        environment = os.environ | {"PATH": _PATH, "PGPASSWORD": PASSWORD, "MYSQL_PWD": PASSWORD}
        done = subprocess.run(
            self.client, input=statements, capture_output=True, text=True, check=False, env=environment
        )
        if done.returncode:
            raise RuntimeError(done.stderr)
        return done.stdout

    def up(self) -> None:
        """Start the process, and wait until it answers."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(self.start, stdout=log, stderr=log, user=self.account)
        deadline = time.monotonic() + _UP_SECONDS
        while True:
            try:
                self.sql("SELECT 1;")
            except RuntimeError as error:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError(f"{self.kind} does not come up: {self.log.read_text()[-2000:]}") from error
                time.sleep(0.1)
            else:
                return

    def down(self) -> None:
        """End the process at once: every connection is cut, nothing is written down (`pg_ctl stop -m immediate`)."""
        if self.process is None:
            return
        self.process.send_signal(signal.SIGQUIT if self.kind == "postgresql" else signal.SIGKILL)
        self.process.wait(_UP_SECONDS)


@contextmanager
def postgresql() -> Iterator[Server]:
    """PostgreSQL 15 with passwords (SCRAM), while the block runs."""
    with _folder("postgres") as (folder, account):
        secret = folder / "password"
        secret.write_text(PASSWORD)
        secret.chmod(0o644)
        make = ["initdb", "-D", folder / "data", "-A", "scram-sha-256", "-U", "phloem", "--pwfile", secret, "--no-sync"]
        _made([*make, "--locale=C.UTF-8", "--encoding=UTF8"], account)
        port = _free_port()
        client = ["psql", "-h", "127.0.0.1", "-p", str(port), "-U", "phloem", "-v", "ON_ERROR_STOP=1", "-qAt", "-F\t"]
        settings = {"port": port, "listen_addresses": "127.0.0.1", "unix_socket_directories": folder, "fsync": "off"}
        options = [word for key, value in settings.items() for word in ("-c", f"{key}={value}")]
        start = [str(_POSTGRESQL / "postgres"), "-D", str(folder / "data"), *options]
        server = Server("postgresql", port, "phloem", start, [*client, "postgres"], account, folder / "log")
        with _running(server):
            server.sql("CREATE DATABASE corpora;")
            server.client = [*client, "corpora"]
            yield server


@contextmanager
def mariadb() -> Iterator[Server]:
    """MariaDB with passwords, while the block runs."""
    with _folder("mysql") as (folder, account):
        data = f"--datadir={folder / 'data'}"
        _made(["mariadb-install-db", "--no-defaults", data, "--auth-root-authentication-method=normal"], account)
        port, socket_file = _free_port(), folder / "socket"
        address = ["--bind-address=127.0.0.1", f"--port={port}", f"--socket={socket_file}"]
        quick = ["--innodb-flush-log-at-trx-commit=2", "--skip-name-resolve", f"--pid-file={folder / 'pid'}"]
        start = [shutil.which("mariadbd", path=_PATH) or "mariadbd", "--no-defaults", data, *address, *quick]
        root = ["mariadb", "--no-defaults", f"--socket={socket_file}", "--user=root", "--password=", "-NB"]
        server = Server("mysql", port, "phloem", start, root, account, folder / "log")
        with _running(server):
            server.sql(
                "CREATE DATABASE corpora CHARACTER SET utf8mb4;"
                f"CREATE USER phloem@'127.0.0.1' IDENTIFIED BY '{PASSWORD}';"
                "GRANT ALL ON corpora.* TO phloem@'127.0.0.1';"
            )
            address = ["--host=127.0.0.1", f"--port={port}", "--user=phloem"]
            server.client = ["mariadb", "--no-defaults", *address, "-NB", "corpora"]
            yield server


@contextmanager
def _running(server: Server) -> Iterator[None]:
    try:
        server.up()
        yield
    finally:
        server.down()


@contextmanager
def _folder(account: str) -> Iterator[tuple[Path, str | None]]:
    """A folder that the server's user may enter (pytest's own are for one user only), and that user."""
    folder = Path(tempfile.mkdtemp(prefix=f"phloem-{account}-"))
    try:
        if os.getuid() != 0:
            yield folder, None
            return
        folder.chmod(0o755)
        shutil.chown(folder, account)
        yield folder, account
    finally:
        shutil.rmtree(folder)


def _made(command: Sequence[object], account: str | None) -> None:
    words = [str(word) for word in command]
    environment = os.environ | {"PATH": _PATH}
    done = subprocess.run(words, capture_output=True, text=True, check=False, user=account, env=environment, cwd="/")
    if done.returncode:
        raise RuntimeError(f"{words[0]}: {done.stderr}{done.stdout}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
