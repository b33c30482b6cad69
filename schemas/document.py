"""The document on its way: as a source yields it, as a shard holds it, and what is said of those that leave."""

import pyarrow as pa

from schemas.fields import Field, Schema

ID_BYTES = 16
"""An id is the first 16 bytes of BLAKE3: two of 10^12 documents collide with probability below 2e-15."""

_ID = Field("id", pa.binary(), "BLAKE3 of source and record", nullable=False, num_bytes=ID_BYTES)
_SOURCE = Field("source", pa.string(), "file the document was read from, relative to its input", nullable=False)
_RECORD = Field(
    "record",
    pa.int64(),
    "position in the source: byte offset of a WARC record or JSON line, row of a Parquet file",
    nullable=False,
    minimum=0,
)
_URL = Field("url", pa.string(), "where the source says the document came from")
_TEXT = Field("text", pa.string(), "the document's text, Unicode NFC", unit="characters")
_REJECTED_BY = Field("rejected_by", pa.string(), "reason of the first rule that rejected it; null: kept")

RAW = Schema(
    "raw",
    (
        _ID,
        _SOURCE,
        _RECORD,
        _URL,
        Field("content", pa.binary(), "the bytes as found, where they still have to become text", unit="bytes"),
        Field("content_type", pa.string(), "media type and charset as the source declares them"),
        _TEXT,
        _REJECTED_BY,
        Field("quarantined_by", pa.string(), "why the record could not be read; null: readable"),
        Field("quarantine_detail", pa.string(), "what exactly was found"),
    ),
)
"""What a source yields and a step receives. Steps add their columns behind these."""

DOCUMENT = Schema(
    "document",
    (
        _ID,
        _TEXT,
        _SOURCE,
        _RECORD,
        _URL,
        Field("language", pa.string(), "most probable language, ISO 639"),
        # lid.176's hierarchical softmax can answer a hair over 1.
        Field("language_score", pa.float64(), "its probability", unit="share", minimum=0.0, maximum=1.001),
        Field("content_hash", pa.binary(), "first 16 bytes of BLAKE3 of the text", num_bytes=ID_BYTES),
        _REJECTED_BY,
        Field("signature", pa.binary(), "MinHash signature: little-endian uint64 per permutation"),
    ),
)
"""What a shard of the stages `clean` and `deduplicated` holds; a recipe's steps add their measured values."""

QUARANTINE = Schema(
    "quarantine",
    (
        _SOURCE,
        _RECORD,
        Field("reason", pa.string(), "kind of fault", nullable=False),
        Field("detail", pa.string(), "what exactly was found"),
    ),
)
"""One row for each record that could not be read."""

DUPLICATE = Schema(
    "duplicate",
    (
        Field("removed", pa.binary(), "id of the document that left", nullable=False, num_bytes=ID_BYTES),
        Field("kept", pa.binary(), "id of the document that stands for it", nullable=False, num_bytes=ID_BYTES),
        Field("kind", pa.string(), "exact (same text) or near (verified Jaccard)", nullable=False),
        Field("jaccard", pa.float64(), "of the shingles of removed and kept", unit="share", minimum=0.0, maximum=1.0),
        Field("partner", pa.binary(), "id of the document that ties it to the cluster", num_bytes=ID_BYTES),
        Field("partner_jaccard", pa.float64(), "of removed and partner", unit="share", minimum=0.0, maximum=1.0),
        Field("band", pa.int32(), "first MinHash band in which removed and partner met; null: exact", minimum=0),
    ),
)
"""The evidence of one removal."""
