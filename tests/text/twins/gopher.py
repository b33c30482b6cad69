"""Whether a text is made of words and lines as prose is: the quality rules of Gopher (arXiv:2112.11446, A.1.1)."""

from collections import Counter
from collections.abc import Sequence

from pipelines.text.characters import PUNCTUATION
from pipelines.text.quality.gopher import RULES, TOO_SHORT
from pipelines.text.rules import QualityRules, Values, first_failure, share

_PUNCTUATION = "".join(sorted(PUNCTUATION))


def measure(text: str, words: Sequence[str], stop_words: Sequence[str]) -> dict[str, float]:
    """All values of this family for `text`, whose words are `words`; NaN where there are no words or lines."""
    lines, counts = text.splitlines(), Counter(words)
    lengths = [(count, len(word)) for word, count in counts.items() if not is_symbol(word)]
    num_non_symbol_words = sum(count for count, _ in lengths)
    num_alpha_words = sum(count for word, count in counts.items() if is_alpha(word))
    return {
        "num_words": len(words),
        "num_non_symbol_words": num_non_symbol_words,
        "mean_word_length": share(sum(count * length for count, length in lengths), num_non_symbol_words),
        "hash_word_ratio": share(text.count("#"), len(words)),
        "ellipsis_word_ratio": share(text.count("...") + text.count("…"), len(words)),
        "bullet_line_frac": share(sum(map(is_bullet, lines)), len(lines)),
        "end_ellipsis_line_frac": share(sum(map(ends_in_ellipsis, lines)), len(lines)),
        "alpha_word_frac": share(num_alpha_words, len(words)),
        "num_stop_words": sum(word in counts for word in stop_words),
    }


def first_reason(values: Values, rules: QualityRules) -> str | None:
    """Why this family rejects the text with these values; a text without words is too short under any rules."""
    return first_failure(RULES, values, rules) if values["num_words"] else TOO_SHORT


def is_symbol(word: str) -> bool:
    """Whether `word` is punctuation alone."""
    return not word.isalpha() and not word.strip(_PUNCTUATION)


def is_alpha(word: str) -> bool:
    """Whether `word` has an alphabetic character."""
    return word.isalpha() or any(map(str.isalpha, word))


def is_bullet(line: str) -> bool:
    """Whether `line` starts with a bullet or a hyphen."""
    return line.lstrip().startswith(("•", "-"))


def ends_in_ellipsis(line: str) -> bool:
    """Whether `line` ends with an ellipsis, as one character or as three."""
    return line.rstrip().endswith(("...", "…"))
