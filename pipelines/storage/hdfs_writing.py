"""Writing a file of HDFS: gathered here, sent aside in one go, renamed into place.

Gathered first, because a DataNode that dies in the middle of a stream takes with it what it was sent: another one has
to be sent everything again. What does not fit into memory lies in the folder for temporary files (TMPDIR).

`rename` with the option NONE refuses a name that is there, a file's or a folder's: it is HDFS's put-if-absent. When
its answer is lost, the file's id says whether it took place: an id is given once and stays with the file.
"""

import io
import secrets
import tempfile
from contextlib import ExitStack, suppress
from typing import Any, BinaryIO, Self, cast

from blake3 import blake3

from pipelines.errors import AlreadyExistsError, NotFoundError, StorageError
from pipelines.storage.contract import Stat
from pipelines.storage.hdfs_datanode import Detour, send
from pipelines.storage.hdfs_namenode import NameNode, file_stat, path_of
from pipelines.storage.patience import PassingError, persistently

INCOMPLETE = ".incomplete-"
"""Prefix of a file whose writer has not finished (or was killed)."""
_IN_MEMORY_BYTES = 16 << 20


class HdfsOutput:
    """The sink behind `create`."""

    def __init__(self, namenode: NameNode, uri: str) -> None:
        self.size_bytes = 0
        self._uri = uri
        self._hash = blake3()
        self._body = cast("BinaryIO", tempfile.SpooledTemporaryFile(_IN_MEMORY_BYTES))  # noqa: SIM115 (__exit__ closes it)
        self._aside = Aside(namenode, uri)
        self._aside.claim()

    def write(self, data: bytes) -> int:
        """Append bytes."""
        self._hash.update(data)
        try:
            self._body.write(data)
        except OSError as error:
            place = tempfile.gettempdir()
            raise StorageError(f"{self._uri}: {place} for temporary files (TMPDIR): {error.strerror}") from error
        self.size_bytes += memoryview(data).nbytes
        return memoryview(data).nbytes

    def blake3(self) -> str:
        """BLAKE3 of what was written."""
        return self._hash.hexdigest()

    def __enter__(self) -> Self:
        """Start writing."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        """Publish, or leave nothing."""
        with self._body:
            if kind is None:
                self._aside.publish(self._body, self.size_bytes)
            else:
                self._aside.remove()


class Aside:
    """The unfinished file, in the folder where it will be."""

    def __init__(self, namenode: NameNode, uri: str) -> None:
        if path_of(uri) == "/":
            raise StorageError(f"{uri} is the root of HDFS, and no file")
        self._namenode = namenode
        self._detour = Detour(namenode)
        self._target = uri
        self._uri = uri.rpartition("/")[0] + "/" + INCOMPLETE + secrets.token_hex(8)

    def claim(self) -> None:
        """Make it, empty: permissions, quotas and safe mode speak before there is anything to lose."""
        self._send(io.BytesIO(), 0)

    def publish(self, body: BinaryIO, size_bytes: int) -> None:
        """Send all of `body` and give it its name; AlreadyExistsError when that is taken. A failure leaves nothing."""
        with ExitStack() as failing:
            failing.callback(self.remove)
            self._send(body, size_bytes)
            sent = file_stat(self._uri, self._ask("GET", "GETFILESTATUS")["FileStatus"])
            if sent.size_bytes != size_bytes:
                raise StorageError(f"{self._target}: HDFS took {sent.size_bytes:,} of {size_bytes:,} bytes")
            self._rename(sent)
            failing.pop_all()

    def remove(self) -> None:
        """Remove it if it is there and HDFS lets us; an error on its way out says more than this one would."""
        with suppress(StorageError):
            self._namenode.ask_once("DELETE", "DELETE", self._uri, recursive="false")

    def _send(self, body: BinaryIO, size_bytes: int) -> None:
        def attempt() -> None:
            body.seek(0)
            # An attempt before may have left a part of it: overwritten.
            location = self._detour.locate("PUT", "CREATE", self._uri, about=self._target, overwrite="true")
            try:
                send(location, self._namenode.encryption, self._target, body, size_bytes)
            except PassingError:
                self._detour.avoid(location)
                raise

        persistently(attempt)

    def _rename(self, sent: Stat) -> None:
        try:
            self._ask("PUT", "RENAME", destination=path_of(self._target), renameoptions="NONE")
        except (AlreadyExistsError, NotFoundError) as error:
            if self._is_in_place(sent):
                return  # an attempt took place, and its answer was lost
            if isinstance(error, AlreadyExistsError):
                raise
            raise StorageError(f"{self._target}: its unfinished file was removed, by a sweep or by hand") from error

    def _is_in_place(self, sent: Stat) -> bool:
        """Whether the name belongs to the very file that was sent, not to one like it."""
        try:
            return self._namenode.stat(self._target).version == sent.version
        except NotFoundError:
            return False

    def _ask(self, method: str, operation: str, **parameters: str) -> dict[str, Any]:
        return self._namenode.ask(method, operation, self._uri, about=self._target, **parameters)
