"""The quality rules of the published FineWeb recipe: Gopher repetition, Gopher quality, C4, FineWeb."""

from dataclasses import dataclass
from functools import partial
from typing import ClassVar

import pyarrow as pa

from pipelines.steps.columns import column, measured, rejected, with_column
from pipelines.text.quality import FINEWEB, QualityRules, judge, measured_fields
from schemas import Field

_SHARES = ("_frac", "_gram", "_grams", "_ratio")
"""Endings of the values that lie between 0 and 1."""


@dataclass(frozen=True)
class Quality:
    """Adds every value that a rule looks at, replaces the text by what the C4 rules leave, marks the first reason."""

    rules: QualityRules = FINEWEB

    adds: ClassVar[tuple[Field, ...]] = tuple(
        Field(name, kind, description, unit="share" if name.endswith(_SHARES) else "")
        for name, kind, description, _ in measured_fields
    )

    def __call__(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Judge every text there is, also those that an earlier step rejected."""
        judged = measured(batch, partial(judge, rules=self.rules))
        for field in self.adds:
            batch = with_column(batch, field.name, column(judged, field.name))
        batch = with_column(batch, "text", column(judged, "text"))
        return rejected(batch, column(judged, "rejected_by"))
