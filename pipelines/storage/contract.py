"""What every store promises, whatever it is made of.

* A name is written once: `put_if_absent` and `create` refuse a name that is there, and of any number of
  writers racing for one name exactly one wins; the others get AlreadyExistsError.
* A reader sees a whole object or none.
* What a killed writer leaves behind is never listed, and `sweep` removes it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Protocol, Self


@dataclass(frozen=True)
class Stat:
    """One object as the store lists it."""

    uri: str
    size_bytes: int
    version: str
    """Changes whenever the bytes may have changed: an ETag, a version id, or a modification time."""


class Output(Protocol):
    """A sink for the bytes of one new object, which nobody sees before it is whole.

    Used in `with`: leaving the block publishes the object (AlreadyExistsError when the name is taken then, whenever
    that happened), an exception leaves nothing. `blake3` and `size_bytes` are of what has been written so far.
    """

    size_bytes: int

    def write(self, data: bytes) -> int:
        """Append `data` (anything with the buffer protocol); its length in bytes."""
        ...

    def blake3(self) -> str:
        """Hexadecimal BLAKE3 of the bytes so far."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None: ...


class Store(Protocol):
    """The operations of one kind of store; URIs are normalized."""

    def stat(self, uri: str, version: str | None = None) -> Stat:
        """Size and version, of the state `version` when one is given.

        NotFoundError when there is no such object, ChangedError when it is in another version and that one not kept.
        """
        ...

    def list_files(self, uri: str) -> Iterator[Stat]:
        """Every object at or below `uri`, ordered by URI; nothing when there is none."""
        ...

    def open(self, uri: str, version: str | None = None) -> BinaryIO:
        """A seekable stream of the object's bytes, of the state `version` when one is given; errors as `stat`'s."""
        ...

    def put_if_absent(self, uri: str, data: bytes) -> None:
        """Make the object, whole and durable; AlreadyExistsError when there is one."""
        ...

    def create(self, uri: str) -> Output:
        """A streaming `put_if_absent`."""
        ...

    def copy(self, source: str, destination: str) -> None:
        """A new object with the bytes of another one of this store, without moving bytes where it can."""
        ...

    def checksum(self, uri: str, version: str | None = None) -> str:
        """BLAKE3 of the bytes, hexadecimal: the same in every store; `version` and errors as `open`'s."""
        ...

    def delete(self, uri: str) -> None:
        """Remove the object; nothing happens when there is none."""
        ...

    def modified_seconds(self, uri: str) -> float:
        """When the object got its bytes or its tier, in seconds since 1970; NotFoundError when there is none."""
        ...

    def tier(self, uri: str) -> str:
        """In what the object is kept: S3's storage class, HDFS's storage policy; "" where there are no tiers.

        NotFoundError when there is no such object.
        """
        ...

    def set_tier(self, uri: str, tier: str) -> None:
        """Keep the object in another tier, its bytes as they are.

        RefusedError where there are no tiers, ColdError while the tier it is in has to give it back first.
        """
        ...

    def sweep(self, uri: str) -> int:
        """Remove what killed writers left below `uri`; how many pieces."""
        ...
