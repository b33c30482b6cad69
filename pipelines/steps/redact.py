"""Personal data replaced: masked, or by a pseudonym that is the same for the same value everywhere."""

import socket
from dataclasses import dataclass, field
from typing import ClassVar

import pyarrow as pa
from blake3 import blake3

from pipelines.errors import SiteError
from pipelines.steps.columns import with_column
from pipelines.text.personal_data import KINDS, PersonalDataRules, pseudonym_key, redact_texts
from schemas import Field


def _key_hash(rules: PersonalDataRules) -> str:
    """16 hexadecimal digits of BLAKE3 of the derived key: enough to tell secrets apart, no way back to one."""
    return blake3(pseudonym_key(rules.key_variable)).hexdigest(8) if rules.mode == "pseudonym" else ""


def _column(kind: str) -> str:
    return f"num_{kind.lower()}"


@dataclass(frozen=True)
class Redact:
    """Replaces what `pipelines.text.personal_data` finds and counts it by kind.

    SiteError when pseudonyms are wanted and their secret is missing, or is another one where the step is called.
    """

    rules: PersonalDataRules = field(default_factory=PersonalDataRules)
    key_hash: str = field(default="", init=False)
    """Tells the secret of the pseudonyms from another one, because it decides bytes; empty: no pseudonyms."""

    adds: ClassVar[tuple[Field, ...]] = tuple(
        Field(_column(kind), pa.int32(), f"spans of {kind} replaced", minimum=0) for kind in KINDS
    )

    def __post_init__(self) -> None:
        """Take down which secret this recipe is read with."""
        object.__setattr__(self, "key_hash", _key_hash(self.rules))

    def __call__(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Every text redacted; a column of counts for every kind."""
        if _key_hash(self.rules) != self.key_hash:
            raise SiteError(
                f"the secret in {self.rules.key_variable} on {socket.gethostname()} is another one than the recipe was "
                "read with: set the same on every worker"
            )
        texts, counts = redact_texts(batch.column("text"), self.rules)
        batch = with_column(batch, "text", texts)
        for kind in KINDS:
            batch = with_column(batch, _column(kind), counts[kind])
        return batch
