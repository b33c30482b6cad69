"""Writing one new S3 object: by one request where it is small, else part by part, and nobody sees it before its last.

`If-None-Match: *` makes the store refuse a name that is there, so that of racing writers one wins. When the answer to
a write that took place is lost, the next attempt is refused too: then the object's metadata tells whether it is ours.
"""

import secrets
from contextlib import suppress
from typing import Any, Self

from blake3 import blake3
from botocore.exceptions import ClientError

from pipelines.errors import AlreadyExistsError, StorageError
from pipelines.storage.s3_checksum import Checksum, crc32
from pipelines.storage.s3_faults import code
from pipelines.storage.s3_requests import bucket_and_key, request
from pipelines.storage.s3_settings import S3Settings

PART_BYTES = 16 << 20
_PARTS_OF_ONE_SIZE = 1000
"""Parts double in size after so many: the 10,000 that S3 allows are more than its 5 TiB."""
COPY_BYTES = 5 << 30
"""The most that one request copies."""
_FULL_CRC32 = {"ChecksumAlgorithm": "CRC32", "ChecksumType": "FULL_OBJECT"}
_WRITE = "phloem-write"
"""Metadata of an object: a number drawn by its writer, for this write alone."""


def put_new(settings: S3Settings, uri: str, data: bytes | bytearray) -> None:
    """A new object by one request; AlreadyExistsError when there is one that is not of this very write."""
    write = _begin(settings)
    try:
        request(settings, "put_object", uri, Body=data, ChecksumCRC32=crc32(data), IfNoneMatch="*", **write)
    except ClientError as error:
        if not _is_of(settings, uri, write):
            raise _taken(uri) from error


class Upload:
    """A multipart upload: parts of one new object."""

    def __init__(self, settings: S3Settings, uri: str, checksums: dict[str, str]) -> None:
        self._settings, self._uri = settings, uri
        self._write = _begin(settings)
        self._parts: list[dict[str, Any]] = []
        begun = request(settings, "create_multipart_upload", uri, **checksums, **self._write)
        self._id = {"UploadId": begun["UploadId"]}

    @property
    def num_parts(self) -> int:
        """How many parts it has."""
        return len(self._parts)

    def add(self, operation: str, **parameters: Any) -> None:
        """The next part, by `upload_part` or `upload_part_copy`; the store verifies the checksum that goes with it."""
        number = {"PartNumber": self.num_parts + 1}
        try:
            answer = request(self._settings, operation, self._uri, **self._id, **number, **parameters)
        except ClientError as error:
            raise self._ended(error) from error
        answer = answer.get("CopyPartResult", answer)
        self._parts.append(number | {key: answer[key] for key in ("ETag", "ChecksumCRC32") if key in answer})

    def complete(self, **checksum: str) -> None:
        """Make the object; AlreadyExistsError when its name was taken meanwhile."""
        whole = {"MultipartUpload": {"Parts": self._parts}, "IfNoneMatch": "*", **self._id, **checksum}
        try:
            request(self._settings, "complete_multipart_upload", self._uri, **whole)
        except ClientError as error:
            if not _is_of(self._settings, self._uri, self._write):
                raise self._ended(error) from error

    def _ended(self, error: ClientError) -> StorageError:
        """Why the upload cannot go on."""
        if code(error) == "NoSuchUpload":
            return StorageError(f"{self._uri}: a sweep has ended the upload of its parts: write it again")
        return _taken(self._uri)

    def abort(self) -> None:
        """Leave nothing; what this cannot remove, a sweep does."""
        with suppress(StorageError, ClientError):
            request(self._settings, "abort_multipart_upload", self._uri, **self._id)


def copy_new(settings: S3Settings, source: str, head: dict[str, Any], destination: str) -> None:
    """A new object with the bytes of another, in the state that `head` tells, which the server moves.

    By a multipart upload, because servers that do not know the new If-None-Match of `CopyObject` overwrite with it
    without a word. The checksum that is stored with the source is what the copy has to have.
    """
    size_bytes, stored = head["ContentLength"], Checksum.stored(head)
    whole = size_bytes <= COPY_BYTES and stored is not None and stored.name == "crc32"
    upload = Upload(settings, destination, _FULL_CRC32 if whole else {})
    bucket, key = bucket_and_key(source)
    from_source = {"CopySource": {"Bucket": bucket, "Key": key}, "CopySourceIfMatch": head["ETag"]}
    try:
        for start in range(0, size_bytes, COPY_BYTES):
            end = min(start + COPY_BYTES, size_bytes)
            upload.add("upload_part_copy", **from_source, CopySourceRange=f"bytes={start}-{end - 1}")
        upload.complete(**({"ChecksumType": "FULL_OBJECT", "ChecksumCRC32": head["ChecksumCRC32"]} if whole else {}))
    except BaseException:
        upload.abort()
        raise


class S3Output:
    """The sink behind `create`."""

    def __init__(self, settings: S3Settings, uri: str) -> None:
        self.size_bytes = 0
        self._settings, self._uri = settings, uri
        self._hash = blake3()
        self._part = bytearray(PART_BYTES)  # used for every part; what is not written to takes no memory
        self._filled_bytes = 0
        self._upload: Upload | None = None

    def write(self, data: bytes) -> int:
        """Append bytes; a full part is sent at once."""
        self._hash.update(data)
        rest = memoryview(data).cast("B")
        num_bytes = len(rest)
        while rest:
            piece = rest[: len(self._part) - self._filled_bytes]
            self._part[self._filled_bytes : self._filled_bytes + len(piece)] = piece
            self._filled_bytes += len(piece)
            rest = rest[len(piece) :]
            if self._filled_bytes == len(self._part):
                self._send()
        self.size_bytes += num_bytes
        return num_bytes

    def blake3(self) -> str:
        """BLAKE3 of the bytes so far."""
        return self._hash.hexdigest()

    def __enter__(self) -> Self:
        """Start writing."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        """Publish, or leave nothing."""
        done = False
        try:
            if kind is None:
                self._publish()
                done = True
        finally:
            if self._upload and not done:
                self._upload.abort()

    def _send(self) -> None:
        """Upload what the part holds."""
        if self._upload is None:
            self._upload = Upload(self._settings, self._uri, _FULL_CRC32)
        data = self._filled()
        self._upload.add("upload_part", Body=data, ChecksumCRC32=crc32(data))
        self._filled_bytes = 0
        if self._upload.num_parts % _PARTS_OF_ONE_SIZE == 0:
            self._part = bytearray(2 * len(self._part))

    def _publish(self) -> None:
        if self._upload is None:
            put_new(self._settings, self._uri, self._filled())
            return
        if self._filled_bytes:
            self._send()
        self._upload.complete(ChecksumType="FULL_OBJECT")

    def _filled(self) -> bytes | bytearray:
        """What the part holds, copied only when it is not full."""
        full = self._filled_bytes == len(self._part)
        return self._part if full else bytes(memoryview(self._part)[: self._filled_bytes])


def _begin(settings: S3Settings) -> dict[str, Any]:
    """What a new object is begun with."""
    return {"Metadata": {_WRITE: secrets.token_hex(16)}, **settings.of_writes}


def _is_of(settings: S3Settings, uri: str, write: dict[str, Any]) -> bool:
    """Whether the object that is there was made by this write."""
    try:
        there = request(settings, "head_object", uri)
    except ClientError:
        return False
    return bool(there["Metadata"].get(_WRITE) == write["Metadata"][_WRITE])


def _taken(uri: str) -> AlreadyExistsError:
    return AlreadyExistsError(f"{uri} is already there, and a name is written once")
