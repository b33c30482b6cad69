"""The manifest: the one file that makes a dataset a dataset, and the rows of the shard table beside it."""

import json
from dataclasses import asdict, dataclass, field
from typing import Any

import pyarrow as pa

from schemas.fields import Field, Schema

FORMAT_VERSION = 1

SHARDS = Schema(
    "shards",
    (
        Field("path", pa.string(), "relative to the dataset", nullable=False),
        Field("unit", pa.string(), "name of the unit that made it", nullable=False),
        Field("rows", pa.int64(), "rows it holds", nullable=False, unit="rows", minimum=0),
        Field("tokens", pa.int64(), "token ids it holds, padding left out", nullable=False, unit="tokens", minimum=0),
        Field("bytes", pa.int64(), "its size", nullable=False, unit="bytes", minimum=1),
        Field("blake3", pa.string(), "BLAKE3 of its bytes, hexadecimal", nullable=False),
    ),
)
"""`shards.parquet`: a row per shard, in the order of the dataset, so that the manifest stays small."""


@dataclass(frozen=True)
class Shard:
    """A row of `shards.parquet`."""

    path: str
    unit: str
    rows: int
    tokens: int
    bytes: int
    blake3: str


@dataclass(frozen=True)
class Tokenizer:
    """What a token dataset says of its tokenizer."""

    name: str
    hash: str
    """BLAKE3 of the tokenizer.json kept beside the manifest, hexadecimal."""
    vocabulary_size: int
    end_of_text_id: int


@dataclass(frozen=True)
class Manifest:
    """What a dataset is, how it came to be, and how its counts add up. Written last and once."""

    corpus: str
    stage: str
    version: str
    recipe: dict[str, Any]
    """The resolved recipe: every knob with its value."""
    fingerprint: str
    """BLAKE3 of the part of the recipe that decides this stage's bytes."""
    parents: tuple[dict[str, str], ...]
    """Datasets it was made from: `name` (stage), `version`, `manifest_hash`; for `clean`, the inputs' hash."""
    schema: tuple[dict[str, str], ...]
    totals: dict[str, int]
    """`rows`, `tokens`, `bytes`, `shards`."""
    accounting: dict[str, Any]
    """`in`, `kept`, and maps reason → count: `rejected`, `duplicates`, `quarantined`."""
    validation: dict[str, Any]
    shards_hash: str
    """BLAKE3 of `shards.parquet`: with it the manifest vouches for every shard."""
    tokenizer: Tokenizer | None = None
    context_length: int | None = None
    format_version: int = FORMAT_VERSION
    extra: dict[str, Any] = field(default_factory=dict)
    """Facts of one stage only: packing, seed, number of units reused, ..."""

    def to_json(self) -> str:
        """Canonical JSON: keys sorted, two spaces, a final newline; the same value gives the same bytes."""
        return json.dumps(asdict(self), indent=2, sort_keys=True, ensure_ascii=False) + "\n"

    @classmethod
    def from_json(cls, text: str) -> "Manifest":
        """Read a manifest; ValueError when it is of another format version, naming both."""
        values = json.loads(text)
        version = values.get("format_version") if isinstance(values, dict) else None
        if version != FORMAT_VERSION:
            raise ValueError(f"manifest of format version {version!r}; this Phloem reads version {FORMAT_VERSION}")
        if values["tokenizer"]:
            values["tokenizer"] = Tokenizer(**values["tokenizer"])
        values["parents"], values["schema"] = tuple(values["parents"]), tuple(values["schema"])
        return cls(**values)

    def unaccounted(self) -> int:
        """Rows in, less rows kept, rejected, duplicate and quarantined: zero when the counts reconcile."""
        left = sum(sum(self.accounting[kind].values()) for kind in ("rejected", "duplicates", "quarantined"))
        return int(self.accounting["in"] - self.accounting["kept"] - left)
