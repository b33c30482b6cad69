"""Which lines of a page stay and whether the page does: the rules of C4 (arXiv:1910.10683, section 2.2).

As FineWeb runs them: without the rule that a line must end in terminal punctuation, without the list of bad words.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from twins.words import count_sentences

from pipelines.text.quality.c4 import RULES
from pipelines.text.rules import QualityRules, Values, first_failure

CITATION = re.compile(r"\[\d*]|\[edit]|\[citation needed]")
"""Wikipedia's marks, removed from a line. `\\d` is a digit in any script."""

POLICIES = ("terms of use", "privacy policy", "cookie policy", "uses cookies", "use of cookies", "use cookies")
"""A line with one of these, in any case, is left out."""


@dataclass(frozen=True)
class Line:
    """A line that is long enough and has no overlong word."""

    text: str
    """Stripped, then without citations."""
    stays: bool
    """Whether it is free of JavaScript and policies."""
    fatal: tuple[str, ...]
    """Reasons in it that reject the whole text, whether or not the rules ask for them."""


@dataclass(frozen=True)
class Cleaned:
    """What C4 makes of a text."""

    text: str
    """The lines that stay. One that rejects the text is among them: its other rules decide, as if that one were off."""
    values: dict[str, float]
    """All values of this family."""
    fatal: str | None
    """The first reason, by line, that rejects the whole text under the rules."""


def clean(text: str, rules: QualityRules) -> Cleaned:
    """The lines of `text` that stay, what was counted on them, and whether one of them rejects the text."""
    lines = list(candidate_lines(text, rules))
    kept = [line.text for line in lines if line.stays]
    enforced = {"lorem_ipsum": rules.reject_lorem_ipsum, "curly_bracket": rules.reject_curly_bracket}
    found = [reason for line in lines for reason in line.fatal]
    values: dict[str, float] = {
        "num_sentences": sum(map(count_sentences, kept)),
        "num_dropped_lines": len(text.splitlines()) - len(kept),
        "num_lorem_ipsum_lines": found.count("lorem_ipsum"),
        "num_curly_bracket_lines": found.count("curly_bracket"),
    }
    return Cleaned("\n".join(kept).strip(), values, next((reason for reason in found if enforced[reason]), None))


def first_reason(fatal: str | None, values: Values, rules: QualityRules) -> str | None:
    """Why this family rejects the text, None if it does not."""
    return fatal or first_failure(RULES, values, rules)


def candidate_lines(text: str, rules: QualityRules) -> Iterator[Line]:
    """The lines of `text` that have enough words and none that is too long, in order.

    Words are counted before citations are removed. The placeholder is looked for before JavaScript, the bracket behind
    it and before the policies, so a bracket on a line about JavaScript rejects nothing and one in a policy does.
    """
    for raw in text.splitlines():
        line = raw.strip()
        words = line.split()
        if len(words) < rules.min_line_words or max(map(len, words), default=0) > rules.max_line_word_length:
            continue
        line = CITATION.sub("", line) if "[" in line else line
        lower = line.lower()
        is_script = "javascript" in lower
        is_policy = any(policy in lower for policy in POLICIES)
        fatal = ("lorem_ipsum",) * ("lorem ipsum" in lower) + ("curly_bracket",) * ("{" in line and not is_script)
        yield Line(line, not is_script and not is_policy, fatal)
