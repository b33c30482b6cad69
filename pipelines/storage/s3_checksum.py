"""The checksums that S3 stores with an object: CRC-32 of what we write, others as their writers chose them.

Every S3 server knows CRC-32, and zlib makes it of 1 GB in 0.25 s; SHA-256 takes 0.57 s. CRC-64/NVME would take 0.02 s
with Amazon's `awscrt`, which is 13 MB more to install; in pure Python it cannot be had.
"""

import base64
import hashlib
import zlib
from collections.abc import Mapping
from typing import Any


def crc32(data: bytes | bytearray) -> str:
    """CRC-32 as S3 writes it: four bytes, the highest first, in base64."""
    return _text(zlib.crc32(data).to_bytes(4, "big"))


class Checksum:
    """A checksum taken of bytes as they come, and what it has to be in the end."""

    def __init__(self, name: str, expected: str) -> None:
        self.name = name
        self._expected = expected
        self._hash = hashlib.new(name, usedforsecurity=False) if name != "crc32" else None
        self._crc32 = 0

    @classmethod
    def stored(cls, response: Mapping[str, Any]) -> "Checksum | None":
        """The checksum of the whole object that a HEAD or GET told; None when there is none that we can make."""
        for name in ("crc32", "sha256", "sha1"):
            expected = response.get(f"Checksum{name.upper()}")
            if expected and "-" not in expected:  # "…-4": made of the checksums of 4 parts
                return cls(name, expected)
        return None

    def update(self, data: bytes) -> None:
        """Take in the next bytes."""
        if self._hash is None:
            self._crc32 = zlib.crc32(data, self._crc32)
        else:
            self._hash.update(data)

    def matches(self) -> bool:
        """Whether the bytes so far are those that were stored."""
        digest = self._crc32.to_bytes(4, "big") if self._hash is None else self._hash.digest()
        return _text(digest) == self._expected


def _text(digest: bytes) -> str:
    return base64.b64encode(digest).decode()
