"""Every threshold of the quality rules in one value, and how a rule is written down.

Sources: Gopher is Rae et al. 2021 (arXiv:2112.11446, table A1 and section A.1.1), C4 is Raffel et al. 2019
(arXiv:1910.10683, section 2.2), FineWeb is Penedo et al. 2024 (arXiv:2406.17557, section 3.6).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import nan

from pipelines.errors import RefusedError

MAX_STOP_WORDS = 64
"""One bit for each."""


@dataclass(frozen=True)
class QualityRules:
    """The thresholds; the defaults are FineWeb's English recipe as published. Lengths are in characters."""

    max_dup_para_frac: float = 0.30
    """Share of paragraphs that repeat an earlier one (Gopher, table A1)."""
    max_dup_para_char_frac: float = 0.20
    """Their share of the text's characters (Gopher, table A1)."""
    max_dup_line_frac: float = 0.30
    """Share of lines that repeat an earlier one (Gopher, table A1)."""
    max_dup_line_char_frac: float = 0.20
    """Their share of the text's characters (Gopher, table A1)."""
    max_top_2_gram: float = 0.20
    """Share of characters in the most frequent pair of words (Gopher, table A1)."""
    max_top_3_gram: float = 0.18
    """The same for three words (Gopher, table A1)."""
    max_top_4_gram: float = 0.16
    """The same for four words (Gopher, table A1)."""
    max_duplicated_5_n_grams: float = 0.15
    """Share of characters in runs of five words seen before (Gopher, table A1)."""
    max_duplicated_6_n_grams: float = 0.14
    """The same for six words (Gopher, table A1)."""
    max_duplicated_7_n_grams: float = 0.13
    """The same for seven words (Gopher, table A1)."""
    max_duplicated_8_n_grams: float = 0.12
    """The same for eight words (Gopher, table A1)."""
    max_duplicated_9_n_grams: float = 0.11
    """The same for nine words (Gopher, table A1)."""
    max_duplicated_10_n_grams: float = 0.10
    """The same for ten words (Gopher, table A1)."""

    min_num_non_symbol_words: int = 50
    """Fewest words that are not all punctuation (Gopher, A.1.1)."""
    max_num_non_symbol_words: int = 100_000
    """Most words that are not all punctuation (Gopher, A.1.1)."""
    min_mean_word_length: float = 3.0
    """Shortest mean length of these words (Gopher, A.1.1)."""
    max_mean_word_length: float = 10.0
    """Longest mean length of these words (Gopher, A.1.1)."""
    max_hash_word_ratio: float = 0.1
    """Number signs per word (Gopher, A.1.1)."""
    max_ellipsis_word_ratio: float = 0.1
    """Ellipses per word (Gopher, A.1.1)."""
    max_bullet_line_frac: float = 0.9
    """Share of lines that start with a bullet (Gopher, A.1.1)."""
    max_end_ellipsis_line_frac: float = 0.3
    """Share of lines that end with an ellipsis (Gopher, A.1.1)."""
    min_alpha_word_frac: float = 0.8
    """Share of words with an alphabetic character (Gopher, A.1.1)."""
    min_num_stop_words: int = 2
    """Distinct words of `stop_words` (Gopher, A.1.1)."""
    stop_words: tuple[str, ...] = ("the", "be", "to", "of", "and", "that", "have", "with")
    """Words of the language, at most 64, compared as they stand: `The` is none of them (Gopher, A.1.1)."""

    max_line_word_length: int = 1000
    """A line with a longer word is left out (C4, in its published code)."""
    min_line_words: int = 3
    """A line with fewer words is left out (C4, 2.2)."""
    min_num_sentences: int = 5
    """Fewest sentences on the lines that stay (C4, 2.2)."""
    reject_lorem_ipsum: bool = True
    """Reject a text with the placeholder "lorem ipsum" on a line that stays (C4, 2.2)."""
    reject_curly_bracket: bool = True
    """Reject a text with a curly bracket on a line that stays (C4, 2.2)."""

    min_line_punct_ratio: float = 0.12
    """Share of lines that end in terminal punctuation (FineWeb, 3.6)."""
    max_short_line_ratio: float = 0.67
    """Share of short lines (FineWeb, 3.6)."""
    short_line_length: int = 30
    """A line of so many characters or fewer is short (FineWeb, 3.6)."""
    max_char_dup_ratio: float = 0.01
    """Share of characters on lines that repeat an earlier one (FineWeb, 3.6; the value of its published code)."""
    max_list_ratio: float = 0.3
    """Newlines per word (FineWeb, in its published code)."""

    def __post_init__(self) -> None:
        """Refuse stop words that no text can hold.

        Raises:
            RefusedError: too many, one twice, an empty one, or one with whitespace; all faults at once.
        """
        faults = [
            f"QualityRules.stop_words holds {word!r}: no word is empty or holds whitespace"
            for word in self.stop_words
            if not word or word.split() != [word]
        ]
        if len(self.stop_words) > MAX_STOP_WORDS:
            faults.append(f"QualityRules.stop_words are {len(self.stop_words)}: they may be {MAX_STOP_WORDS} at most")
        if len(set(self.stop_words)) < len(self.stop_words):
            faults.append(f"QualityRules.stop_words {self.stop_words} has a word twice: leave it out")
        if faults:
            raise RefusedError(*faults)


FINEWEB = QualityRules()
"""The published FineWeb English recipe."""

Values = Mapping[str, float]
"""Measured values by name; NaN where a text has nothing to divide by."""


@dataclass(frozen=True)
class Rule:
    """One comparison: a text is rejected for `reason` if `fails(values[value], threshold)`."""

    reason: str
    """What is reported, in the reference's words."""
    value: str
    """Name of the measured value."""
    fails: Callable[[float, float], bool]
    """`operator.gt` or `operator.lt`; both are false for NaN."""
    threshold: str
    """Field of `QualityRules`."""


def first_failure(family: tuple[Rule, ...], values: Values, rules: QualityRules) -> str | None:
    """Reason of the first rule of `family` that `values` fail; None if they pass all."""
    for rule in family:
        if rule.fails(values[rule.value], getattr(rules, rule.threshold)):
            return rule.reason
    return None


def share(part: float, whole: float) -> float:
    """`part / whole`; NaN if there is nothing to divide by."""
    return part / whole if whole else nan
