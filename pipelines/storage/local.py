"""The store of this machine's file system: write aside, flush to disk, hard-link into place.

`link` (unlike `rename`) fails when the name is there, which makes it the file system's put-if-absent.
"""

import errno
import os
import secrets
import stat as modes
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, Self

from blake3 import blake3

from pipelines.errors import AlreadyExistsError, ChangedError, NotFoundError, RefusedError, StorageError
from pipelines.storage.contract import Stat
from pipelines.storage.uris import local_path

_INCOMPLETE = ".incomplete-"
"""Prefix of a file whose writer has not finished (or was killed)."""


class LocalStore:
    """Files and folders; a version is modification time and inode."""

    def stat(self, uri: str, version: str | None = None) -> Stat:
        """Size and version of a file; a folder is none."""
        with _errors_named(uri):
            status = os.stat(local_path(uri))  # noqa: PTH116 (text in, text out)
        if modes.S_ISDIR(status.st_mode):
            raise NotFoundError(f"{uri} is a folder, not a file")
        return _stat(uri, status, version)

    def list_files(self, uri: str) -> Iterator[Stat]:
        """The file itself, or every file below the folder."""
        path = local_path(uri)
        if Path(path).is_file():
            yield self.stat(uri)
        elif Path(path).is_dir():
            with _errors_named(uri):
                found = sorted(_walk(path), key=lambda stat: stat.uri)
            yield from found

    def open(self, uri: str, version: str | None = None) -> BinaryIO:
        """The file's bytes, unbuffered reads kept large by the callers."""
        with ExitStack() as closing, _errors_named(uri):
            file = closing.enter_context(Path(local_path(uri)).open("rb"))
            _stat(uri, os.fstat(file.fileno()), version)
            closing.pop_all()
        return file

    def put_if_absent(self, uri: str, data: bytes) -> None:
        """Write a whole file under a new name."""
        with self.create(uri) as output:
            output.write(data)

    def create(self, uri: str) -> "LocalOutput":
        """A file that appears under its name when it is whole."""
        return LocalOutput(uri)

    def copy(self, source: str, destination: str) -> None:
        """A hard link: no byte is moved, and neither name can change the other's bytes (nothing writes in place)."""
        self.stat(source)  # here, because `link` does not say which of the two names is missing
        target = Path(local_path(destination))
        with _errors_named(destination):
            _make_folder(target.parent)
            os.link(local_path(source), target)

    def checksum(self, uri: str, version: str | None = None) -> str:
        """BLAKE3 of the bytes."""
        with self.open(uri, version) as file, _errors_named(uri):
            found = blake3(max_threads=blake3.AUTO).update_mmap(f"/proc/self/fd/{file.fileno()}").hexdigest()
        self.stat(uri, version)  # the file may have been written to while it was read
        return found

    def delete(self, uri: str) -> None:
        """Remove the file."""
        with _errors_named(uri):
            Path(local_path(uri)).unlink(missing_ok=True)

    def modified_seconds(self, uri: str) -> float:
        """The file's modification time."""
        with _errors_named(uri):
            return os.stat(local_path(uri)).st_mtime  # noqa: PTH116 (text in, text out)

    def tier(self, uri: str) -> str:
        """None: a file system has one kind of place."""
        self.stat(uri)
        return ""

    def set_tier(self, uri: str, tier: str) -> None:
        """Refused."""
        raise RefusedError(f"{uri}: a file system has no tier {tier!r}: name another store as the target")

    def sweep(self, uri: str) -> int:
        """Remove the unfinished files below a folder."""
        left = [path for path in Path(local_path(uri)).rglob(_INCOMPLETE + "*") if path.is_file()]
        with _errors_named(uri):
            for path in left:
                path.unlink(missing_ok=True)
        return len(left)


class LocalOutput:
    """The sink behind `create`."""

    def __init__(self, uri: str) -> None:
        self.size_bytes = 0
        self._uri = uri
        self._hash = blake3()
        self._target = Path(local_path(uri))
        self._aside = self._target.with_name(_INCOMPLETE + secrets.token_hex(8))
        with _errors_named(uri):
            _make_folder(self._target.parent)
            self._file = self._aside.open("xb")

    def write(self, data: bytes) -> int:
        """Append bytes."""
        self._hash.update(data)
        with _errors_named(self._uri):
            written = self._file.write(data)
        self.size_bytes += written
        return written

    def blake3(self) -> str:
        """BLAKE3 of what was written."""
        return self._hash.hexdigest()

    def __enter__(self) -> Self:
        """Start writing."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        """Publish, or leave nothing."""
        try:
            with _errors_named(self._uri), self._file:
                if kind is None:
                    self._file.flush()
                    os.fsync(self._file.fileno())
            if kind is None:
                with _errors_named(self._uri):
                    os.link(self._aside, self._target)
        finally:
            with suppress(OSError):  # an error on its way out says more than this one would
                self._aside.unlink(missing_ok=True)


def _stat(uri: str, status: os.stat_result, version: str | None = None) -> Stat:
    found = f"{status.st_mtime_ns}-{status.st_ino}"
    if version not in (None, found):
        raise ChangedError(f"{uri} was changed: its version is {found}, not {version}")
    return Stat(uri, status.st_size, found)


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except FileExistsError as error:  # a file has the folder's name: that does not mean that the object is there
        raise NotADirectoryError(errno.ENOTDIR, f"{folder} is a file, not a folder") from error


def _walk(folder: str, above: tuple[str, ...] = ()) -> Iterator[Stat]:
    """Every file below; `above` are the real folders walked through, so that a link to one of them is no way down."""
    real = os.path.realpath(folder)
    if real in above:
        return
    for entry in os.scandir(folder):
        if entry.is_dir():
            yield from _walk(entry.path, (*above, real))
        elif entry.is_file() and not entry.name.startswith(_INCOMPLETE):
            with suppress(FileNotFoundError):  # deleted since the folder was read
                yield _stat("file://" + entry.path, entry.stat())


@contextmanager
def _errors_named(uri: str) -> Iterator[None]:
    """Turn the system's errors into ours, with the name they are about."""
    try:
        yield
    except FileExistsError as error:
        raise AlreadyExistsError(f"{uri} is already there, and a name is written once") from error
    except FileNotFoundError as error:
        raise NotFoundError(f"{uri} is not there") from error
    except OSError as error:
        raise StorageError(f"{uri}: {error.strerror or error} (free space and permissions decide)") from error
