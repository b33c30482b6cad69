"""Which language a document is in, and which to keep."""

from dataclasses import dataclass
from typing import ClassVar

import pyarrow as pa
import pyarrow.compute as pc

from pipelines.steps.columns import column, measured, rejected, with_column
from pipelines.text.language import identify
from schemas import DOCUMENT, Field


@dataclass(frozen=True)
class Language:
    """lid.176's most probable language; rejects (`language`) what is not kept with enough probability."""

    keep: tuple[str, ...] = ("en",)
    """ISO 639 codes; empty keeps all."""
    minimum_score: float = 0.65
    """FineWeb's threshold (arXiv:2406.17557); a document is kept when its score is greater."""

    adds: ClassVar[tuple[Field, ...]] = (DOCUMENT["language"], DOCUMENT["language_score"])

    def __call__(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Adds language and score, marks the rest."""
        found = measured(batch, identify)
        language, score = column(found, "language"), column(found, "language_score")
        # A text in which the model knows nothing has no score, and is not wanted.
        wanted = pc.fill_null(pc.greater(score, self.minimum_score), False)
        if self.keep:
            wanted = pc.and_(pc.is_in(language, pa.array(self.keep)), wanted)
        unwanted = pc.and_not(batch.column("text").is_valid(), wanted)
        reasons = pc.if_else(unwanted, "language", pa.scalar(None, pa.string()))
        batch = with_column(batch, "language", language)
        return rejected(with_column(batch, "language_score", score), reasons)
