"""Lines of web pages that say nothing: shouted ones, bare numbers, counters, single words, and "read more" at an end.

The line-wise corrections of RefinedWeb (Penedo et al. 2023, arXiv:2306.01116, appendix G.2) with the thresholds that
OLMo 3 runs them with (allenai/datamap-rs, configs/all_dressed). They are no part of FineWeb. Two differences:

* a counter has to be the whole line, as the paper says; OLMo 3's pattern is open at the end and takes
  `3 views of the harbour, all painted in one summer` too;
* what is left of an edited line is looked at again, so that a second pass changes nothing.
"""

import re
from dataclasses import dataclass

import pyarrow as pa

from pipelines.errors import RecipeError
from pipelines.text.scan.columns import Texts, as_array

REASON = "too_many_words_removed"


@dataclass(frozen=True)
class LineRules:
    """Which lines go; the defaults are OLMo 3's. Words are what stands between blanks."""

    max_uppercase_share: float = 0.5
    """A line with a greater share of upper-case characters goes (OLMo 3: 0.5; the paper: "mainly")."""
    remove_numeric: bool = True
    """A line of nothing but digits goes (RefinedWeb G.2; OLMo 3: share above 0.999999)."""
    counted: tuple[str, ...] = (
        *("bookmarks", "comments", "downloads", "downvotes", "followers", "likes", "quotes", "reposts", "retweets"),
        *("shares", "upvotes", "views"),
    )
    """A line that is a number (`1,204`, `3.5k`) and one of these, in any case or in the singular, goes."""
    min_line_words: int = 2
    """A line of fewer words goes (RefinedWeb G.2: "only contains one word")."""
    max_edited_line_words: int = 10
    """A line of more words is never edited (RefinedWeb G.2)."""
    cut_anywhere: tuple[str, ...] = ("items in cart",)
    """Taken out of short lines wherever it stands, in any case; a phrase begins and ends with a word's end."""
    cut_at_start: tuple[str, ...] = ("sign-in", "sign in")
    """Taken from the start of short lines."""
    cut_at_end: tuple[str, ...] = ("read more...", "read more…", "read more")
    """Taken from the end of short lines."""
    max_removed_word_share: float = 0.05
    """A text that loses a greater share of its words is rejected as a whole (RefinedWeb G.2, OLMo 3)."""

    def __post_init__(self) -> None:
        """Refuse shares that are none, and phrases that are not there."""
        faults = [
            f"{name} is {getattr(self, name)}, not a share, 0 to 1"
            for name in ("max_uppercase_share", "max_removed_word_share")
            if not 0 <= getattr(self, name) <= 1
        ]
        for name in ("counted", "cut_anywhere", "cut_at_start", "cut_at_end"):
            value = getattr(self, name)
            if isinstance(value, str) or not all(isinstance(phrase, str) and phrase.strip() for phrase in value):
                faults.append(f"{name} is {value!r}: give a tuple of phrases, none of them blank")
        if faults:
            raise RecipeError(*faults)


OLMO_3 = LineRules()

line_fields: tuple[tuple[str, pa.DataType, str], ...] = (
    ("num_uppercase_lines", pa.int32(), "lines removed as mostly upper case"),
    ("num_numeric_lines", pa.int32(), "lines removed as bare numbers"),
    ("num_counter_lines", pa.int32(), "lines removed as counters of likes, shares and the like"),
    ("num_short_lines", pa.int32(), "lines removed for having too few words"),
    ("num_edited_lines", pa.int32(), "lines that lost a phrase, or all they had by it"),
    ("removed_word_share", pa.float64(), "share of the words that removals and edits took"),
)
"""Name, type and description of every measured value; the share is null for a text without words."""


class LineCleaner:
    """The rules made ready to be asked."""

    def __init__(self, rules: LineRules = OLMO_3) -> None:
        self._rules = rules
        nouns = "|".join(f"{re.escape(noun)}?" if noun.endswith("s") else re.escape(noun) for noun in rules.counted)
        self._counter = re.compile(rf"\W*\d[\d,.]*[kmb]?\s+(?:{nouns})\W*", re.IGNORECASE) if nouns else None
        self._cuts = re.compile(
            "|".join(
                (
                    *(rf"\A{re.escape(phrase)}(?!\w)" for phrase in rules.cut_at_start),
                    *(rf"(?<!\w){re.escape(phrase)}\Z" for phrase in rules.cut_at_end),
                    *(rf"(?<!\w){re.escape(phrase)}(?!\w)" for phrase in rules.cut_anywhere),
                )
            )
            or r"(?!)",
            re.IGNORECASE,
        )

    def clean(self, text: str) -> tuple[str, dict[str, float | None]]:
        """The text without such lines, and all `line_fields`; a text without such lines comes back as it is."""
        counts = dict.fromkeys((name for name, *_ in line_fields[:-1]), 0)
        kept: list[str] = []
        num_words = num_kept_words = 0
        at_gap = False  # a line went here: the empty lines around it become one
        for line in text.split("\n"):
            num_line_words = len(line.split())
            num_words += num_line_words
            left, fields = self._judge(line, num_line_words) if num_line_words else (line, ())
            for name in fields:
                counts[name] += 1
            if left is None or (at_gap and not num_line_words and not (kept and kept[-1].strip())):
                at_gap = True
                continue
            at_gap = at_gap and not num_line_words
            kept.append(left)
            num_kept_words += len(left.split()) if fields else num_line_words
        while at_gap and kept and not kept[-1].strip():
            kept.pop()
        share = (num_words - num_kept_words) / num_words if num_words else None
        return "\n".join(kept), {**counts, "removed_word_share": share}

    def _judge(self, line: str, num_words: int) -> tuple[str | None, tuple[str, ...]]:
        """What is left of a line (None: it goes), and the counts it adds to."""
        if (removal := self._removal(line.strip(), num_words)) is not None:
            return None, (removal,)
        if num_words > self._rules.max_edited_line_words:
            return line, ()
        cut, num_cuts = self._cuts.subn("", line.strip())
        if not num_cuts:
            return line, ()
        left = " ".join(cut.split())
        again = self._judge(left, len(left.split()))[0] if left else None
        return again, ("num_edited_lines",)

    def _removal(self, line: str, num_words: int) -> str | None:
        """The first rule by which a stripped line goes as it is."""
        if _num_uppercase(line) > self._rules.max_uppercase_share * len(line):
            return "num_uppercase_lines"
        if self._rules.remove_numeric and line.isdigit():
            return "num_numeric_lines"
        if self._counter is not None and self._counter.fullmatch(line):
            return "num_counter_lines"
        return "num_short_lines" if num_words < self._rules.min_line_words else None


def clean_lines(texts: Texts, rules: LineRules = OLMO_3) -> pa.Table:
    """One row per text: `text`, `rejected_by` and all `line_fields`. A rejected text stays as it came."""
    cleaner = LineCleaner(rules)
    values = as_array(texts).to_pylist()
    cleaned = [cleaner.clean(text) for text in values]
    shares = [measured["removed_word_share"] for _, measured in cleaned]
    reasons = [None if share is None or share <= rules.max_removed_word_share else REASON for share in shares]
    columns = {
        "text": pa.array(
            [was if reason else text for was, (text, _), reason in zip(values, cleaned, reasons, strict=True)],
            pa.string(),
        ),
        "rejected_by": pa.array(reasons, pa.string()),
    }
    for name, kind, _ in line_fields:
        columns[name] = pa.array([measured[name] for _, measured in cleaned], kind)
    return pa.table(columns)


_UPPERCASE = bytes(range(ord("A"), ord("Z") + 1))


def _num_uppercase(line: str) -> int:
    if line.isascii():
        return len(line) - len(line.encode().translate(None, _UPPERCASE))
    return sum(map(str.isupper, line))
