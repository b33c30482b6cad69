"""The shape of the lines that C4 left: the quality rules of FineWeb (arXiv:2406.17557, section 3.6)."""

from collections.abc import Sequence

from twins.gopher import TOO_SHORT
from twins.repetition import duplicates

from pipelines.text.characters import TERMINAL
from pipelines.text.quality.fineweb import RULES
from pipelines.text.rules import QualityRules, Values, first_failure, share


def measure(text: str, num_words: int, rules: QualityRules) -> dict[str, float]:
    """All values of this family for `text`, which has `num_words` words; NaN where it has no lines or words."""
    lines = lines_of(text)
    num_duplicate_characters = duplicates(lines)[1]
    return {
        "line_punct_ratio": share(sum(line[-1] in TERMINAL for line in lines), len(lines)),
        "short_line_ratio": share(sum(len(line) <= rules.short_line_length for line in lines), len(lines)),
        "char_dup_ratio": share(num_duplicate_characters, len(text) - text.count("\n")) if lines else share(0, 0),
        "list_ratio": share(text.count("\n"), num_words),
    }


def lines_of(text: str) -> Sequence[str]:
    """The lines of `text`, split at newlines only, without blank ones."""
    return [line for line in text.split("\n") if line and not line.isspace()]


def first_reason(text: str, num_words: int, values: Values, rules: QualityRules) -> str | None:
    """Why this family rejects `text`, None if it does not.

    The reference divides by zero on lines without words (spaCy raises on `IS_ALPHA`, and what is left of them may be
    empty); here such a text is too short.
    """
    if not text or text.isspace():
        return "empty"
    return first_failure(RULES, values, rules) or (None if num_words else TOO_SHORT)
