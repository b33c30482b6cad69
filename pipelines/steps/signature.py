"""The MinHash signature, by which near duplicates find each other."""

from dataclasses import dataclass
from typing import ClassVar

import pyarrow as pa

from pipelines.steps.columns import column, measured, with_column
from pipelines.text.minhash import MinHash
from schemas import DOCUMENT, Field


@dataclass(frozen=True)
class Signature:
    """Adds `signature`: null for documents of fewer words than a shingle."""

    minhash: MinHash = MinHash()

    adds: ClassVar[tuple[Field, ...]] = (DOCUMENT["signature"],)

    def __call__(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Sign every text there is."""
        return with_column(batch, "signature", column(measured(batch, self._signed), "signature"))

    def _signed(self, texts: pa.Array) -> pa.Table:
        signatures = self.minhash.signatures(texts).astype("<u8", copy=False)
        signed = self.minhash.has_signature(signatures)
        rows = [row.tobytes() if good else None for row, good in zip(signatures, signed, strict=True)]
        return pa.table({"signature": pa.array(rows, pa.binary())})
