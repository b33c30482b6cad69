"""What makes two documents the same text."""

from dataclasses import dataclass
from typing import ClassVar

import pyarrow as pa
from blake3 import blake3

from pipelines.steps.columns import with_column
from schemas import DOCUMENT, Field
from schemas.document import ID_BYTES


@dataclass(frozen=True)
class ContentHash:
    """BLAKE3 of the text as it stands after the steps before; equal texts are exact duplicates."""

    adds: ClassVar[tuple[Field, ...]] = (DOCUMENT["content_hash"],)

    def __call__(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Adds `content_hash`."""
        texts = batch.column("text").cast(pa.binary()).to_pylist()
        hashes = [None if text is None else blake3(text).digest(length=ID_BYTES) for text in texts]
        return with_column(batch, "content_hash", pa.array(hashes, pa.binary()))
