"""The pieces of work: a file, a part of it, and the unit whose documents make exactly one shard."""

import json
from dataclasses import asdict, dataclass

from blake3 import blake3

NAME_BYTES = 16
"""A unit's name is 16 bytes of BLAKE3 as 32 hexadecimal digits."""


@dataclass(frozen=True)
class SourceFile:
    """One input file as it was found."""

    source: str
    """Name of its input and the path below it: what documents are named by, wherever the file lies."""
    uri: str
    size_bytes: int
    version: str
    """What the store says of this state of the file (`Stat.version`); never part of a name."""
    checksum: str
    """Depends on the bytes alone (`Stores.checksum`)."""


@dataclass(frozen=True)
class Piece:
    """The part of a file between two byte offsets.

    A WARC record, a line or a Parquet row group belongs to the piece that its first byte is in
    (for a row group: the byte that its share of the file gives it).
    """

    file: SourceFile
    start: int = 0
    end: int | None = None
    """First byte behind the piece; None: up to the end of the file."""

    @property
    def size_bytes(self) -> int:
        """Bytes between the two offsets."""
        return (self.file.size_bytes if self.end is None else self.end) - self.start


@dataclass(frozen=True)
class Unit:
    """The piece of work that makes exactly one shard."""

    pieces: tuple[Piece, ...]

    @property
    def size_bytes(self) -> int:
        """Bytes it reads, as they lie in the files."""
        return sum(piece.size_bytes for piece in self.pieces)

    def name(self, fingerprint: str) -> str:
        """32 hexadecimal digits made of what is read and of the recipe's fingerprint, not of where the files lie."""
        parts = [(p.file.source, p.file.size_bytes, p.file.checksum, p.start, p.end) for p in self.pieces]
        return blake3(json.dumps([fingerprint, parts]).encode()).hexdigest(length=NAME_BYTES)

    def to_json(self) -> str:
        """One line of JSON, for the way to a worker."""
        return json.dumps([asdict(piece) for piece in self.pieces])

    @classmethod
    def from_json(cls, text: str) -> "Unit":
        """The unit that `to_json` wrote."""
        return cls(tuple(Piece(**piece | {"file": SourceFile(**piece["file"])}) for piece in json.loads(text)))
