"""What the data looks like: fields, types, units and format versions, written once.

A `Schema` renders itself to Arrow (`arrow()`), to Spark (`spark_ddl()`) and to Great Expectations (`expectations()`).
"""

from schemas.document import DOCUMENT, DUPLICATE, QUARANTINE, RAW
from schemas.fields import Field, Schema
from schemas.manifest import FORMAT_VERSION, Manifest, Shard, Tokenizer
from schemas.sequence import SEQUENCE, sequence

__all__ = [
    "DOCUMENT",
    "DUPLICATE",
    "FORMAT_VERSION",
    "QUARANTINE",
    "RAW",
    "SEQUENCE",
    "Field",
    "Manifest",
    "Schema",
    "Shard",
    "Tokenizer",
    "sequence",
]
