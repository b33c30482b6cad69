"""The published FineWeb quality rules on a column of texts: every value of every rule, and the first that fails.

Order: Gopher repetition, Gopher quality, C4, FineWeb. C4 changes the text; FineWeb's rules see what it left. Decisions,
reasons and texts are those of datatrove 0.10.1 (`benchmarks/text/parity.py` shows it), with two differences on purpose:
every value is measured, also behind the first rule that fails, and a text without words is rejected where the reference
raises. Language and near duplicates are asked elsewhere (`language`, `minhash`).
"""

from dataclasses import dataclass

from twins import c4, fineweb, gopher, repetition
from twins.words import words as words_of

from pipelines.text.rules import FINEWEB, QualityRules


@dataclass(frozen=True)
class Verdict:
    """What the rules say of one text."""

    text: str
    """A kept text as the rules leave it; a rejected one as it came."""
    rejected_by: str | None
    """Reason of the first rule that fails, in the reference's words; None: kept."""
    values: dict[str, float]
    """All of `measured_fields`; NaN where there is nothing to divide by."""


def judge_text(text: str, rules: QualityRules = FINEWEB) -> Verdict:
    """What the rules say of `text`."""
    words = words_of(text)
    repeated = repetition.measure(text, words)
    worded = gopher.measure(text, words, rules.stop_words)
    cleaned = c4.clean(text, rules)
    num_words = len(words_of(cleaned.text))
    shaped = fineweb.measure(cleaned.text, num_words, rules)
    rejected_by = (
        repetition.first_reason(text, repeated, rules)
        or gopher.first_reason(worded, rules)
        or c4.first_reason(cleaned.fatal, cleaned.values, rules)
        or fineweb.first_reason(cleaned.text, num_words, shaped, rules)
    )
    values = repeated | worded | cleaned.values | shaped
    return Verdict(text if rejected_by else cleaned.text, rejected_by, values)
