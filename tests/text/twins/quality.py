"""The published FineWeb quality rules on a column of texts: every value of every rule, and the first that fails.

Order: Gopher repetition, Gopher quality, C4, FineWeb. C4 changes the text; FineWeb's rules see what it left. Decisions,
reasons and texts are those of datatrove 0.10.1 (`benchmarks/text/parity.py` shows it), with two differences on purpose:
every value is measured, also behind the first rule that fails, and a text without words is rejected where the reference
raises. Language and near duplicates are asked elsewhere (`language`, `minhash`).
"""

from dataclasses import dataclass

import pyarrow as pa

from twins import c4, fineweb, gopher, repetition
from pipelines.text.rules import FINEWEB, QualityRules
from twins.texts import Texts, as_strings
from twins.words import words as words_of

__all__ = ["FINEWEB", "QualityRules", "Verdict", "judge", "judge_text", "measured_fields"]

_PARTS = (
    ("dup_para_frac", "share of paragraphs that repeat an earlier one"),
    ("dup_para_char_frac", "share of characters in paragraphs that repeat an earlier one"),
    ("dup_line_frac", "share of lines that repeat an earlier one"),
    ("dup_line_char_frac", "share of characters in lines that repeat an earlier one"),
)
_TOP_GRAMS = tuple(
    (f"top_{size}_gram", f"share of characters in the most frequent run of {size} words")
    for size in repetition.TOP_SIZES
)
_DUPLICATED_GRAMS = tuple(
    (f"duplicated_{size}_n_grams", f"share of characters in runs of {size} words seen before")
    for size in repetition.DUPLICATED_SIZES
)

measured_fields: tuple[tuple[str, pa.DataType, str, str | None], ...] = (
    *((name, pa.float64(), text, f"max_{name}") for name, text in (*_PARTS, *_TOP_GRAMS, *_DUPLICATED_GRAMS)),
    ("num_words", pa.int64(), "words of the text", None),
    ("num_non_symbol_words", pa.int64(), "words that are not punctuation alone", "min_num_non_symbol_words"),
    ("mean_word_length", pa.float64(), "mean length of these words in characters", "min_mean_word_length"),
    ("hash_word_ratio", pa.float64(), "number signs per word", "max_hash_word_ratio"),
    ("ellipsis_word_ratio", pa.float64(), "ellipses per word", "max_ellipsis_word_ratio"),
    ("bullet_line_frac", pa.float64(), "share of lines that start with a bullet", "max_bullet_line_frac"),
    ("end_ellipsis_line_frac", pa.float64(), "share of lines that end with an ellipsis", "max_end_ellipsis_line_frac"),
    ("alpha_word_frac", pa.float64(), "share of words with an alphabetic character", "min_alpha_word_frac"),
    ("num_stop_words", pa.int64(), "distinct stop words of eight", "min_num_stop_words"),
    ("num_sentences", pa.int64(), "sentences on the lines that C4 keeps", "min_num_sentences"),
    ("num_dropped_lines", pa.int64(), "lines that C4 leaves out", None),
    ("num_lorem_ipsum_lines", pa.int64(), "lines with the placeholder text", None),
    ("num_curly_bracket_lines", pa.int64(), "lines with a curly bracket", None),
    ("line_punct_ratio", pa.float64(), "share of lines that end in terminal punctuation", "min_line_punct_ratio"),
    ("short_line_ratio", pa.float64(), "share of short lines", "max_short_line_ratio"),
    ("char_dup_ratio", pa.float64(), "share of characters on lines that repeat an earlier one", "max_char_dup_ratio"),
    ("list_ratio", pa.float64(), "newlines per word", "max_list_ratio"),
)
"""Name, type, description and threshold (field of `QualityRules`, or None) of every measured value, in column order.

Where both ends are bounded (`num_non_symbol_words`, `mean_word_length`) the lower bound is named; the upper one has
`max_` in its place. A value is null where a text has nothing to divide by (no words, no lines).
"""


@dataclass(frozen=True)
class Verdict:
    """What the rules say of one text."""

    text: str
    """A kept text as the rules leave it; a rejected one as it came."""
    rejected_by: str | None
    """Reason of the first rule that fails, in the reference's words; None: kept."""
    values: dict[str, float]
    """All of `measured_fields`; NaN where there is nothing to divide by."""


def judge(texts: Texts, rules: QualityRules = FINEWEB) -> pa.Table:
    """One row per text: `text`, `rejected_by` and all `measured_fields`, which are null where not defined.

    Raises:
        RefusedError: `texts` is no string column or list of strings, or one of them is missing.
    """
    verdicts = [judge_text(text, rules) for text in as_strings(texts)]
    columns = {
        "text": pa.array([verdict.text for verdict in verdicts], pa.string()),
        "rejected_by": pa.array([verdict.rejected_by for verdict in verdicts], pa.string()),
    }
    for name, kind, _, _ in measured_fields:
        columns[name] = pa.array([verdict.values[name] for verdict in verdicts], kind, from_pandas=True)
    return pa.table(columns)


def judge_text(text: str, rules: QualityRules = FINEWEB) -> Verdict:
    """What the rules say of `text`."""
    words = words_of(text)
    repeated = repetition.measure(text, words)
    worded = gopher.measure(text, words)
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
