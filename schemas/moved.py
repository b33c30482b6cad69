"""What keeping a dataset leaves beside its files: where it was moved to, and on which days it was read."""

import json
from dataclasses import asdict, dataclass

MOVED = "moved.json"
"""In the stead of a dataset that `phloem tier` moved to another store."""
LAST_READ = "last-read"
"""Folder of empty files, each named by a day (UTC, `2026-11-22`) on which a training reader opened the dataset."""

_FORMAT_VERSION = 1


@dataclass(frozen=True)
class Moved:
    """`moved.json`: written once the copy was verified, before anything is removed here."""

    uri: str
    """Where the dataset lies now."""
    manifest_hash: str
    """BLAKE3 of its manifest.json, hexadecimal: what comes back must be what went."""
    size_bytes: int
    """Of all its files."""
    format_version: int = _FORMAT_VERSION

    def to_json(self) -> str:
        """Canonical JSON, as a manifest's."""
        return json.dumps(asdict(self), indent=2, sort_keys=True, ensure_ascii=False) + "\n"

    @classmethod
    def from_json(cls, text: str) -> "Moved":
        """Read one; ValueError when it is none, or of another format version."""
        values = json.loads(text)
        version = values.get("format_version") if isinstance(values, dict) else None
        if version != _FORMAT_VERSION:
            raise ValueError(f"note of a move of format version {version!r}; this Phloem reads {_FORMAT_VERSION}")
        try:
            return cls(**values)
        except TypeError as error:
            raise ValueError(f"note of a move with other fields: {', '.join(values)}") from error

    def told(self, uri: str) -> str:
        """What somebody is told who wants to open the dataset where it was, at `uri`."""
        return f"{uri} was moved to {self.uri} ({self.size_bytes:,} bytes): bring it back with phloem tier --back {uri}"


def is_mark(path: str) -> bool:
    """Whether a file of a dataset's folder is about keeping it, and no part of the dataset itself."""
    return path == MOVED or path.startswith(f"{LAST_READ}/")
