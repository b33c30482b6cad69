"""The rules of a resolved recipe in words: what they reject, and where they draw a line through what is measured."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from operator import gt
from typing import Any

from pipelines.report.model import Threshold
from pipelines.text.quality import c4, fineweb, gopher, repetition
from pipelines.text.rules import FINEWEB, QualityRules


@dataclass(frozen=True)
class RuleLine:
    """One rule."""

    reason: str
    words: str
    value: str = ""
    """The measured value that it compares; empty when it compares none."""
    threshold: Threshold | None = None


def rule_lines(recipe: Mapping[str, Any]) -> list[RuleLine]:
    """Every rule of a resolved recipe of the stage `clean`, in the order in which they are asked."""
    steps = {step.get("type"): step for step in recipe.get("steps", ())}
    lines: list[RuleLine] = []
    if urls := steps.get("UrlFilter"):
        lines += _urls(urls["soft_word_threshold"])
    if cleaned := steps.get("CleanLines"):
        lines.append(_removed_words(cleaned["rules"]["max_removed_word_share"]))
    if language := steps.get("Language"):
        lines.append(_language(language["keep"], language["minimum_score"]))
    if "Quality" in steps:
        lines += _quality(quality_rules(recipe))
    return lines


def quality_rules(recipe: Mapping[str, Any]) -> QualityRules:
    """The thresholds of the step Quality; the published ones where there is no such step."""
    steps = [step for step in recipe.get("steps", ()) if step.get("type") == "Quality"]
    names = {field.name for field in fields(QualityRules)}
    chosen = steps[0]["rules"] if steps else {}
    return replace(FINEWEB, **{name: value for name, value in chosen.items() if name in names})


def _urls(soft_word_threshold: int) -> Iterator[RuleLine]:
    yield RuleLine("domain", "the registered domain of the URL is in a ban list")
    yield RuleLine("subdomain", "the host of the URL is in a ban list")
    yield RuleLine("url", "the URL is in a ban list")
    yield RuleLine("hard_blacklisted", "a part of the URL is a banned word")
    words = f"{soft_word_threshold} parts of the URL or more are soft banned words"
    yield RuleLine("soft_blacklisted", words, "num_soft_banned_words")
    yield RuleLine("blacklisted_subword", "the letters and digits of the URL, run together, hold a banned word")


def _removed_words(limit: float) -> RuleLine:
    reason, value = "too_many_words_removed", "removed_word_share"
    return RuleLine(reason, f"{value} is greater than {limit:g}", value, Threshold(limit, "above", reason))


def _language(keep: list[str], minimum_score: float) -> RuleLine:
    wanted = f"language is none of {', '.join(keep)}, or language_score" if keep else "language_score"
    words = f"{wanted} is not greater than {minimum_score:g}"
    return RuleLine("language", words, "language_score", Threshold(minimum_score, "below", "language"))


def _quality(rules: QualityRules) -> Iterator[RuleLine]:
    for family in (repetition.RULES, gopher.RULES):
        yield from (_compared(rule, rules) for rule in family)
    if rules.reject_lorem_ipsum:
        yield RuleLine("lorem_ipsum", "a line that stays holds lorem ipsum")
    if rules.reject_curly_bracket:
        yield RuleLine("curly_bracket", "a line that stays holds a curly bracket")
    yield from (_compared(rule, rules) for rule in c4.RULES)
    yield RuleLine("empty", "no line is left")
    yield from (_compared(rule, rules) for rule in fineweb.RULES)


def _compared(rule: Any, rules: QualityRules) -> RuleLine:
    limit, above = getattr(rules, rule.threshold), rule.fails is gt
    words = f"{rule.value} is {'greater' if above else 'less'} than {limit:,g}"
    return RuleLine(rule.reason, words, rule.value, Threshold(limit, "above" if above else "below", rule.reason))
