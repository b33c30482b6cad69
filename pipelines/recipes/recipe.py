"""A recipe: the value that says what bytes come out. It reads top to bottom in the order of the data."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pipelines.catalog.identity import resolved, software
from pipelines.catalog.layout import STAGES
from pipelines.errors import RecipeError
from pipelines.sources import Reading
from pipelines.stages.duplicates import Duplicates
from pipelines.stages.tables import Table
from pipelines.stages.tables.table import KEY_FIELD
from pipelines.stages.tokens import Tokens
from pipelines.steps import ContentHash, Signature, Step
from schemas import Field


@dataclass(frozen=True)
class Recipe:
    """One corpus. Every field is identity (it decides bytes), but the three named last."""

    corpus: str
    """Name of what is built; a folder of the output."""
    steps: tuple[Step, ...]
    """What happens to every document in the one pass."""
    reading: Reading = field(default_factory=Reading)
    """How files become units and records."""
    duplicates: Duplicates = field(default_factory=Duplicates)
    """What counts as a duplicate."""
    tokens: Tokens = field(default_factory=Tokens)
    """How text becomes training rows."""
    tables: Mapping[str, Table] = field(default_factory=dict)
    """Name of an input → what to read of the database it is given as (what is landed counts by its content)."""
    max_quarantined_share: float = 0.05
    """More unreadable records than this share of all fail the run (it decides no byte)."""
    expectations: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)
    """Stage → Great Expectations values `{"type", "kwargs"}` beside those of the schema (they decide no byte)."""

    def __post_init__(self) -> None:
        """Refuse what cannot work, all faults at once."""
        faults = [*self._corpus_faults(), *self._step_faults(), *self._stage_faults(), *self._table_faults()]
        if faults:
            raise RecipeError(*(f"recipe {self.corpus!r}: {fault}" for fault in faults))

    def resolved(self) -> dict[str, Any]:
        """Stage → everything that decides its bytes beside its parent's, as plain JSON."""
        versions = software()
        return {
            "clean": {"reading": resolved(self.reading), "steps": resolved(self.steps), "software": versions},
            "deduplicated": {"duplicates": resolved(self.duplicates), "software": versions},
            "tokens": {"tokens": resolved(self.tokens), "software": versions},
        }

    def _corpus_faults(self) -> list[str]:
        good = self.corpus[:1].isalnum() and all(letter.isalnum() or letter in "_-." for letter in self.corpus)
        return [] if good else ["a corpus is named by letters, digits, '_', '-' and '.', the first a letter or digit"]

    def _step_faults(self) -> list[str]:
        faults = [
            f"step {step!r} cannot be called: it needs __call__(batch) -> batch"
            for step in self.steps
            if not callable(step)
        ]
        faults += [
            f"step {step.__name__} is a class, not a step: write {step.__name__}()"
            for step in self.steps
            if isinstance(step, type)
        ]
        kinds = [type(step) for step in self.steps]
        faults += [
            f"needs the step {kind.__name__}() for the stages after it"
            for kind in (ContentHash, Signature)
            if kind not in kinds
        ]
        for step in self.steps:
            if isinstance(step, Signature) and step.minhash != self.duplicates.minhash:
                faults.append(f"Signature and Duplicates disagree: {step.minhash} and {self.duplicates.minhash}")
            added = getattr(step, "adds", ())
            if not isinstance(added, tuple | list) or not all(isinstance(column, Field) for column in added):
                faults.append(f"{type(step).__name__}.adds is a tuple of schemas.Field, not {added!r}")
        return faults

    def _stage_faults(self) -> list[str]:
        faults = []
        if not 0 < self.duplicates.minimum_jaccard <= 1:
            faults.append(f"minimum_jaccard {self.duplicates.minimum_jaccard} is not in (0, 1]")
        faults += [
            f"tokens.{name} is {getattr(self.tokens, name)}, must be at least 1"
            for name in ("context_length", "num_shards", "rows_per_batch")
            if getattr(self.tokens, name) < 1
        ]
        faults += [
            f"expectations of {stage!r}: there is no such stage; stages are {', '.join(STAGES)}"
            for stage in self.expectations
            if stage not in STAGES
        ]
        if not 0 <= self.max_quarantined_share <= 1:
            faults.append(f"max_quarantined_share {self.max_quarantined_share} is not a share, 0 to 1")
        return faults

    def _table_faults(self) -> list[str]:
        faults = [f"tables.{name}: {fault}" for name, table in self.tables.items() for fault in table.faults()]
        if self.tables and KEY_FIELD in (self.reading.text_field, self.reading.url_field):
            faults.append(f"reading calls the text or the URL {KEY_FIELD!r}, as the key of landed rows is called")
        return faults
