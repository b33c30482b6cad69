"""The store of `s3://bucket/key`: Amazon's, or any server that speaks its protocol, by boto3.

A version is an ETag: the listing tells it, it depends on bytes (or is drawn for each write), and a bucket that keeps
versions is asked for the older one that has it.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any, BinaryIO, TypeVar

from blake3 import blake3
from botocore.exceptions import ClientError

from pipelines.errors import ChangedError, NotFoundError
from pipelines.storage.contract import Stat
from pipelines.storage.s3_faults import status
from pipelines.storage.s3_input import etag, open_object
from pipelines.storage.s3_listing import kept_version, objects_below, unfinished_uploads
from pipelines.storage.s3_output import S3Output, copy_new, put_new
from pipelines.storage.s3_requests import request
from pipelines.storage.s3_settings import S3Settings
from pipelines.storage.s3_tiers import set_tier, tier

_COPY_HERE_BYTES = 1 << 20
"""An object up to this size is copied by reading and writing it: two requests, where the server's copy takes three."""
_READ_BYTES = 8 << 20
_CHANGED = 412
_Answer = TypeVar("_Answer")


class S3Store:
    """Objects of any bucket that the endpoint has."""

    def __init__(self, **settings: str) -> None:
        self._settings = S3Settings(**settings)

    def stat(self, uri: str, version: str | None = None) -> Stat:
        """Size and version."""
        head = self._head(uri, version)
        return Stat(uri, head["ContentLength"], etag(uri, head))

    def list_files(self, uri: str) -> Iterator[Stat]:
        """The object of this name, and all below it."""
        with suppress(NotFoundError):
            yield self.stat(uri)
        yield from objects_below(self._settings, uri)

    def open(self, uri: str, version: str | None = None) -> BinaryIO:
        """The object's bytes, verified as `s3_input` says."""
        return self._in_state(uri, version, lambda given: open_object(self._settings, uri, given))

    def put_if_absent(self, uri: str, data: bytes) -> None:
        """One request, which the store refuses when the name is taken."""
        put_new(self._settings, uri, data)

    def create(self, uri: str) -> S3Output:
        """An object that appears when its last part is there."""
        return S3Output(self._settings, uri)

    def copy(self, source: str, destination: str) -> None:
        """A copy by the server; few bytes pass through here instead."""
        head = self._head(source)
        if head["ContentLength"] > _COPY_HERE_BYTES:
            copy_new(self._settings, source, head, destination)
            return
        with self.open(source, etag(source, head)) as stream:
            put_new(self._settings, destination, stream.read())

    def checksum(self, uri: str, version: str | None = None) -> str:
        """BLAKE3 of the bytes, which are read for it."""
        digest = blake3()
        with self.open(uri, version) as stream:
            while data := stream.read(_READ_BYTES):
                digest.update(data)
        return digest.hexdigest()

    def delete(self, uri: str) -> None:
        """Remove the object; a bucket that keeps versions keeps its bytes."""
        with suppress(ClientError):
            request(self._settings, "delete_object", uri)

    def modified_seconds(self, uri: str) -> float:
        """When the object was written, or copied into the class it is in."""
        return float(self._head(uri)["LastModified"].timestamp())

    def tier(self, uri: str) -> str:
        """Its storage class."""
        return tier(self._settings, uri)

    def set_tier(self, uri: str, tier: str) -> None:
        """Copied onto itself by the server, into another class."""
        set_tier(self._settings, uri, tier)

    def sweep(self, uri: str) -> int:
        """End the uploads that killed writers left."""
        num_ended = 0
        for name, upload_id in unfinished_uploads(self._settings, uri):
            with suppress(ClientError):  # its writer lives, or another sweep was first
                request(self._settings, "abort_multipart_upload", name, UploadId=upload_id)
                num_ended += 1
        return num_ended

    def _head(self, uri: str, version: str | None = None) -> dict[str, Any]:
        return self._in_state(uri, version, lambda given: request(self._settings, "head_object", uri, **given))

    def _in_state(self, uri: str, version: str | None, ask: Callable[[dict[str, Any]], _Answer]) -> _Answer:
        """What `ask` says of the object, of an older version that the bucket kept if it was changed since."""
        try:
            return ask({"IfMatch": version} if version else {})
        except ClientError as error:
            kept = kept_version(self._settings, uri, version) if version else None
            if kept is None:
                raise _absent(uri, version, error) from error
        return ask({"VersionId": kept})


def _absent(uri: str, version: str | None, error: ClientError) -> NotFoundError:
    if status(error) == _CHANGED:
        return ChangedError(f"{uri} was changed: version {version} is not there any more")
    return NotFoundError(f"{uri} is not there")
