"""One way to write the same text."""

from dataclasses import dataclass
from typing import ClassVar

import pyarrow as pa

from pipelines.steps.columns import with_column
from pipelines.text.normalize import normalize
from schemas import Field


@dataclass(frozen=True)
class Normalize:
    """Unicode NFC and whitespace, as `pipelines.text.normalize` states."""

    adds: ClassVar[tuple[Field, ...]] = ()

    def __call__(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Every text normalized."""
        texts = [None if text is None else normalize(text) for text in batch.column("text").to_pylist()]
        return with_column(batch, "text", pa.array(texts, pa.string()))
