"""Reading a file of HDFS: one stream that goes on at its offset when a DataNode dies under it.

WebHDFS reads through one DataNode, and does not go over to another by itself: we ask the NameNode again and have the
one that failed left out.
"""

import io
from http.client import HTTPException, HTTPResponse

from pipelines.errors import ChangedError
from pipelines.storage.contract import Stat
from pipelines.storage.hdfs_answers import no_replica
from pipelines.storage.hdfs_datanode import Detour, broken, receive
from pipelines.storage.hdfs_namenode import NameNode, file_stat
from pipelines.storage.patience import PassingError, persistently

_BUFFER_BYTES = 1 << 20
_MOST_BYTES = 8 << 20
"""Read in one go: what is lost when a stream breaks in the middle of it."""
_SKIP_BYTES = 4 << 20
"""Read through rather than asked for anew: a new stream costs two requests and a client inside the DataNode, 10 ms."""


def open_file(namenode: NameNode, stat: Stat) -> io.BufferedReader:
    """A seekable stream of the file as `stat` saw it; ChangedError when it is no longer so, also in the middle."""
    return io.BufferedReader(_File(namenode, stat), _BUFFER_BYTES)


class _File(io.RawIOBase):
    """What BufferedReader reads from."""

    def __init__(self, namenode: NameNode, stat: Stat) -> None:
        super().__init__()
        self._namenode = namenode
        self._stat = stat
        self._position = 0
        self._stream: HTTPResponse | None = None
        self._stream_position = 0
        self._location = ""
        self._detour = Detour(namenode)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._stat.size_bytes}[whence]
        if start + offset < 0:
            raise ValueError(f"{self._stat.uri}: cannot seek to {start + offset}")
        self._position = start + offset
        return self._position

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # typeshed: any writable buffer
        wanted = memoryview(buffer)[: max(0, min(self._stat.size_bytes - self._position, _MOST_BYTES))]
        if not wanted:
            return 0
        num_bytes = persistently(lambda: self._read_once(wanted))
        self._position += num_bytes
        self._detour.forget()
        return num_bytes

    def readall(self) -> bytes:
        data = bytearray(max(0, self._stat.size_bytes - self._position))
        rest = memoryview(data)
        while rest:
            rest = rest[self.readinto(rest) :]
        return bytes(data)

    def close(self) -> None:
        self._drop()
        super().close()

    def _read_once(self, wanted: memoryview) -> int:
        stream = self._stream_near_position()
        try:
            self._stream_position += len(stream.read(self._position - self._stream_position))
            num_bytes = stream.readinto(wanted) if self._stream_position == self._position else 0
        except (OSError, HTTPException) as error:
            self._leave()
            raise broken(self._location, self._stat.uri, error) from error
        if not num_bytes:  # ended in order, but too early: the DataNode has not found the bytes
            self._leave()
            raise no_replica(self._stat.uri)
        self._stream_position += num_bytes
        return num_bytes

    def _stream_near_position(self) -> HTTPResponse:
        """A stream that is at our position, or so little before it that reading on is the quickest way there."""
        if self._stream is None or not 0 <= self._position - self._stream_position <= _SKIP_BYTES:
            self._drop()
            self._stream = self._connected()
            self._stream_position = self._position
        return self._stream

    def _connected(self) -> HTTPResponse:
        """A stream from our position on, of the file as it was when it was opened."""
        uri = self._stat.uri
        self._location = self._detour.locate("GET", "OPEN", uri, offset=str(self._position))
        try:
            stream = receive(self._location, self._namenode.encryption, uri)
        except PassingError:
            self._detour.avoid(self._location)
            raise
        # Asked after the stream was opened: what was there before and after is what was opened.
        now = file_stat(uri, self._namenode.ask_once("GET", "GETFILESTATUS", uri)["FileStatus"])
        if now != self._stat:
            stream.close()
            raise ChangedError(f"{uri} was changed: its version is {now.version}, not {self._stat.version}")
        return stream

    def _leave(self) -> None:
        self._drop()
        self._detour.avoid(self._location)

    def _drop(self) -> None:
        if self._stream is not None:
            self._stream.close()
            self._stream = None
