"""A credential on its way from a site file to a client: it travels to workers, and shows itself nowhere."""

from pathlib import Path


class Secret(str):  # noqa: SLOT000 (a str with slots cannot hold where it came from)
    """A string that does not show itself in a `repr`: not in a log, a traceback or the `repr` of what holds it."""

    file: str | None = None
    """Where it was read, if it was in a file: whoever renews the credential writes it there again."""

    @classmethod
    def read(cls, file: str) -> "Secret":
        """What stands in `file`; OSError when it cannot be read."""
        secret = cls(Path(file).expanduser().read_text().strip())
        secret.file = file
        return secret

    def latest(self) -> "Secret":
        """What its file says now; itself when it has none, or when this host lacks the file."""
        try:
            return Secret.read(self.file) if self.file else self
        except OSError:
            return self

    def __repr__(self) -> str:
        return "'***'"
