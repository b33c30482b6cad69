"""Personal data replaced: masked, or by a pseudonym that is the same for the same value everywhere."""

from dataclasses import dataclass, field
from typing import ClassVar

import pyarrow as pa

from pipelines.steps.columns import with_column
from pipelines.text.personal_data import KINDS, PersonalDataRules, redact
from schemas import Field


def _column(kind: str) -> str:
    return f"num_{kind.lower()}"


@dataclass(frozen=True)
class Redact:
    """Replaces what `pipelines.text.personal_data` finds and counts it by kind."""

    rules: PersonalDataRules = field(default_factory=PersonalDataRules)

    adds: ClassVar[tuple[Field, ...]] = tuple(
        Field(_column(kind), pa.int32(), f"spans of {kind} replaced", minimum=0) for kind in KINDS
    )

    def __call__(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Every text redacted; a column of counts for every kind."""
        redacted = [None if text is None else redact(text, self.rules) for text in batch.column("text").to_pylist()]
        texts = [None if found is None else found[0] for found in redacted]
        batch = with_column(batch, "text", pa.array(texts, pa.string()))
        for kind in KINDS:
            counts = [None if found is None else found[1].get(kind, 0) for found in redacted]
            batch = with_column(batch, _column(kind), pa.array(counts, pa.int32()))
        return batch
