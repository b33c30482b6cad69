"""Lines that say nothing removed, as RefinedWeb and OLMo 3 do."""

from dataclasses import dataclass
from functools import partial
from typing import ClassVar

import pyarrow as pa

from pipelines.steps.columns import column, measured, rejected, with_column
from pipelines.text.lines import OLMO_3, LineRules, clean_lines, line_fields
from schemas import Field


@dataclass(frozen=True)
class CleanLines:
    """Removes lines by `rules`, counts them by rule, rejects (`too_many_words_removed`) what loses too much.

    No part of FineWeb, so none of `web_en`. In a recipe of one's own it stands where OLMo 3 has it, between the Gopher
    rules and language, or simply behind `Normalize()`: a rejected document keeps its lines.
    """

    rules: LineRules = OLMO_3

    adds: ClassVar[tuple[Field, ...]] = tuple(
        Field(name, kind, description, unit="share" if name.endswith("_share") else "", minimum=0)
        for name, kind, description in line_fields
    )

    def __call__(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Every text there is, also those that an earlier step rejected."""
        cleaned = measured(batch, partial(clean_lines, rules=self.rules))
        for field in self.adds:
            batch = with_column(batch, field.name, column(cleaned, field.name))
        batch = with_column(batch, "text", column(cleaned, "text"))
        return rejected(batch, column(cleaned, "rejected_by"))
