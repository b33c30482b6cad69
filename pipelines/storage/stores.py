"""`Stores`: finds the store of a URI. Jobs build one from the site file and hand it to workers (it pickles)."""

import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import BinaryIO

from pipelines.errors import AlreadyExistsError, NotFoundError, RefusedError, StorageError
from pipelines.storage.contract import Output, Stat, Store
from pipelines.storage.hdfs import HdfsStore
from pipelines.storage.local import LocalStore
from pipelines.storage.s3 import S3Store
from pipelines.storage.uris import join, normalized, scheme

_KINDS: dict[str, type[Store]] = {"file": LocalStore, "hdfs": HdfsStore, "s3": S3Store}


@dataclass(frozen=True)
class Stores:
    """Every store that a run may touch; each method takes any URI or plain path."""

    endpoints: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Scheme → settings of its endpoint, from the site file."""

    def of(self, uri: str) -> Store:
        """The store that holds `uri`; RefusedError for a scheme there is none for."""
        kind = _KINDS.get(scheme(uri))
        if kind is None:
            known = ", ".join(f"{name}://" for name in _KINDS)
            raise RefusedError(f"{uri}: no store reads {scheme(uri)}://; known are {known} and plain paths")
        return kind(**self.endpoints.get(scheme(uri), {}))

    def stat(self, uri: str, version: str | None = None) -> Stat:
        """Size and version; NotFoundError when nothing has this name, ChangedError when it has another version."""
        return self.of(uri).stat(normalized(uri), version)

    def exists(self, uri: str) -> bool:
        """Whether an object has this name."""
        try:
            self.stat(uri)
        except NotFoundError:
            return False
        return True

    def list_files(self, uri: str) -> Iterator[Stat]:
        """Every object at or below `uri`, ordered by URI."""
        return self.of(uri).list_files(normalized(uri))

    def open(self, uri: str, version: str | None = None) -> BinaryIO:
        """A seekable stream, of the state `version` when one is given."""
        return self.of(uri).open(normalized(uri), version)

    def read(self, uri: str) -> bytes:
        """All bytes: for small objects."""
        with self.open(uri) as stream:
            return stream.read()

    def put_if_absent(self, uri: str, data: bytes) -> None:
        """Make an object, whole; AlreadyExistsError when there is one."""
        self.of(uri).put_if_absent(normalized(uri), data)

    def create(self, uri: str) -> Output:
        """A streaming `put_if_absent`."""
        return self.of(uri).create(normalized(uri))

    def copy(self, source: str, destination: str) -> None:
        """The same bytes under a second name of the same store."""
        self.of(source).copy(normalized(source), normalized(destination))

    def checksum(self, uri: str, version: str | None = None) -> str:
        """BLAKE3 of the bytes, hexadecimal, of the state `version` when one is given."""
        return self.of(uri).checksum(normalized(uri), version)

    def delete(self, uri: str) -> None:
        """Remove an object if it is there."""
        self.of(uri).delete(normalized(uri))

    def modified_seconds(self, uri: str) -> float:
        """When the object got its bytes or its tier, in seconds since 1970."""
        return self.of(uri).modified_seconds(normalized(uri))

    def tier(self, uri: str) -> str:
        """In what the object is kept; "" where there are no tiers."""
        return self.of(uri).tier(normalized(uri))

    def set_tier(self, uri: str, tier: str) -> None:
        """Keep the object in another tier."""
        self.of(uri).set_tier(normalized(uri), tier)

    def sweep(self, uri: str) -> int:
        """Remove what killed writers left below `uri`."""
        return self.of(uri).sweep(normalized(uri))

    def check_writable(self, uri: str) -> None:
        """Write and remove a probe below `uri`; StorageError when that fails, or a second write of it does not."""
        probe = join(normalized(uri), f".incomplete-probe-{secrets.token_hex(8)}")  # runs probe at the same time
        self.put_if_absent(probe, b"phloem")
        try:
            self.put_if_absent(probe, b"again")
        except AlreadyExistsError:
            return
        finally:
            self.delete(probe)
        raise StorageError(f"{uri}: this store writes over what is there though asked not to: no output is safe in it")
