"""Reading one S3 object: whole and verified where it is small, else as a stream that goes on where a connection broke.

What is verified: the bytes of a whole object against the checksum that S3 keeps of it (CRC-32, SHA-1, SHA-256), those
of a small one before the first is handed out, those of a large one when its last has been read in order. S3 keeps no
checksum of a range: of a part of a large object, TLS is what notices a bit that flipped on its way.
"""

import io
from typing import Any, BinaryIO

from botocore.exceptions import ClientError, IncompleteReadError

from pipelines.errors import ChangedError, StorageError
from pipelines.storage.patience import persistently
from pipelines.storage.s3_checksum import Checksum
from pipelines.storage.s3_faults import S3_ERRORS
from pipelines.storage.s3_requests import judged, request
from pipelines.storage.s3_settings import S3Settings

WHOLE_BYTES = 32 << 20
"""Objects up to this size are read by one request and held: the shards of a 1 GiB unit have 18 MB."""
_BUFFER_BYTES = 1 << 20
_SKIPPED_BYTES = 1 << 20
"""A step forward up to this reads and drops what lies between: a new request takes as long, some 10 ms."""
_FIRST_RANGE_BYTES = 1 << 20
_LONGEST_RANGE_BYTES = 64 << 20
"""A request asks for twice as much as the last while reading goes on in order, and for little after a jump: a
connection whose body was read to its end is used again, one with a rest is lost."""
_DAMAGED_READS = 3


def open_object(settings: S3Settings, uri: str, given: dict[str, Any]) -> BinaryIO:
    """The object's bytes; `given` says of which state. ClientError when it is not there or not in that state."""
    damage = None
    for _ in range(_DAMAGED_READS):
        response = request(settings, "get_object", uri, **given)
        if response["ContentLength"] > WHOLE_BYTES:
            return io.BufferedReader(S3Input(settings, uri, response), _BUFFER_BYTES)
        try:
            return io.BytesIO(_whole(settings, uri, response))
        except DamagedError as error:
            damage = error
    raise StorageError(f"{damage} (read {_DAMAGED_READS} times)") from damage


def etag(uri: str, response: dict[str, Any]) -> str:
    """The version that a HEAD or GET told; gateways have none for files that were not written through them."""
    if not response.get("ETag"):
        raise StorageError(
            f"{uri}: the server tells no ETag, so that a change could not be noticed: write it through it"
        )
    return str(response["ETag"])


class DamagedError(StorageError):
    """Bytes that differ from the checksum that was stored with them."""


def _whole(settings: S3Settings, uri: str, response: dict[str, Any]) -> bytes:
    """All bytes, verified."""
    with S3Input(settings, uri, response) as stream:
        data = stream.take(stream.size_bytes)
        while len(data) < stream.size_bytes:  # a connection broke
            data += stream.take(stream.size_bytes - len(data))
    return data


class S3Input(io.RawIOBase):
    """The bytes of one state of an object, from the answer that opened it on."""

    def __init__(self, settings: S3Settings, uri: str, response: dict[str, Any]) -> None:
        self.size_bytes: int = response["ContentLength"]
        self._settings, self._uri = settings, uri
        version = response.get("VersionId", "null")  # "null": written before the bucket kept versions
        self._state = {"VersionId": version} if version != "null" else {"IfMatch": etag(uri, response)}
        self._position = 0
        self._body: Any = response["Body"]
        self._body_position, self._body_end = 0, self.size_bytes
        self._range_bytes = _FIRST_RANGE_BYTES
        self._checksum, self._summed_bytes = Checksum.stored(response), 0

    def readable(self) -> bool:
        """Always."""
        return True

    def seekable(self) -> bool:
        """Always."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Where the next read begins; nothing is asked of the server."""
        self._position = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self.size_bytes}[whence]
        return self._position

    def readinto(self, buffer: Any) -> int:
        """Fill the beginning of `buffer`, in pieces that a processor's cache holds until they are copied and summed."""
        data = self.take(min(len(buffer), _BUFFER_BYTES))
        buffer[: len(data)] = data
        return len(data)

    def take(self, most: int) -> bytes:
        """Up to `most` bytes at the position, at least one before the end, from a new connection if one breaks."""
        most = min(most, self.size_bytes - self._position)
        if most <= 0:
            return b""
        data = persistently(lambda: self._attempt(most))
        self._position += len(data)
        self._body_position = self._position
        self._verify(data)
        return data

    def close(self) -> None:
        """Let go of the connection."""
        self._drop()
        super().close()

    def _attempt(self, most: int) -> bytes:
        step = self._position - self._body_position
        if self._body is None or not 0 <= step <= _SKIPPED_BYTES or self._position >= self._body_end:
            self._ask(most, in_order=self._position == self._body_end)
            step = 0
        try:
            if step:
                self._body.read(step)
            data: bytes = self._body.read(min(most, self._body_end - self._position))
            if not data:
                raise IncompleteReadError(actual_bytes=self._position, expected_bytes=self._body_end)
        except S3_ERRORS as error:
            self._drop()
            raise judged(error, self._settings, "get_object", self._uri) from error
        return data

    def _ask(self, wanted: int, *, in_order: bool) -> None:
        """A body that begins at the position and reaches as far as reading in order has earned."""
        self._drop()
        self._range_bytes = min(2 * self._range_bytes, _LONGEST_RANGE_BYTES) if in_order else _FIRST_RANGE_BYTES
        end = min(self._position + max(wanted, self._range_bytes), self.size_bytes)
        span = f"bytes={self._position}-{end - 1}"
        try:
            self._body = request(self._settings, "get_object", self._uri, Range=span, **self._state)["Body"]
        except ClientError as error:
            raise ChangedError(f"{self._uri} was changed or removed while it was read") from error
        self._body_position, self._body_end = self._position, end

    def _drop(self) -> None:
        if self._body is not None:
            self._body.close()
            self._body = None

    def _verify(self, data: bytes) -> None:
        """Take bytes that come in order into the checksum, and compare after the last."""
        if self._checksum is None or self._summed_bytes != self._position - len(data):
            return
        self._summed_bytes = self._position
        self._checksum.update(data)
        if self._summed_bytes == self.size_bytes and not self._checksum.matches():
            where = "on the way (then reading again helps) or at rest (then another copy is needed)"
            raise DamagedError(f"{self._uri}: its bytes differ from the checksum stored with them: damaged {where}")
