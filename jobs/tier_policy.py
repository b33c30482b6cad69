"""The site file's `[tier]`: what `phloem tier` moves, where to, and what it never moves.

```toml
[tier]
pinned = ["web_en/v3"]                  # CORPUS/VERSION: never moved

[[tier.rules]]                          # the first rule that holds for a dataset decides
stage = "clean"
older_than_days = 90
to = "s3://archive/corpora"             # another store: copied, read again, then removed

[[tier.rules]]
corpus = "web_en"
stage = "tokens"
unread_for_days = 30                    # since a training reader opened it
keep_newest = 2                         # versions
to = "GLACIER"                          # S3's storage class, or HDFS's storage policy ("COLD")
```
"""

from collections.abc import Iterator, Mapping
from typing import Any

from pipelines.catalog.layout import STAGES
from pipelines.catalog.tiers import Policy, Rule

_CONDITIONS: Mapping[str, str] = {
    "corpus": "the name of a corpus",
    "stage": f"one of {', '.join(STAGES)}",
    "older_than_days": "a number of days, 0 or more",
    "unread_for_days": "a number of days, 0 or more",
    "keep_newest": "a whole number of versions, 0 or more",
}
_KEYS = ("to", *_CONDITIONS)


def policy_of(tier: Mapping[str, Any]) -> Policy:
    """The policy of a table without faults."""
    return Policy(tuple(Rule(**rule) for rule in tier.get("rules", [])), frozenset(tier.get("pinned", [])))


def policy_faults(tier: Any) -> Iterator[str]:
    """Everything that is wrong with the table."""
    if not isinstance(tier, dict):
        yield f"tier is {tier!r}, must be a table: [tier], and a [[tier.rules]] for each rule"
        return
    for key in sorted(tier.keys() - {"rules", "pinned"}):
        yield f"unknown key tier.{key}; known are rules, pinned"
    pinned, rules = tier.get("pinned", []), tier.get("rules", [])
    if not isinstance(pinned, list):
        yield f"tier.pinned is {pinned!r}, must be a list of CORPUS/VERSION"
    else:
        wrong = [name for name in pinned if not isinstance(name, str) or name.count("/") != 1]
        yield from (f"tier.pinned holds {name!r}, must be CORPUS/VERSION, like web_en/v3" for name in wrong)
    if not isinstance(rules, list) or not all(isinstance(rule, dict) for rule in rules):
        yield "tier.rules must be tables: [[tier.rules]]"
        return
    for number, rule in enumerate(rules, 1):
        yield from (f"tier.rules, rule {number}: {fault}" for fault in _rule_faults(rule))


def _rule_faults(rule: Mapping[str, Any]) -> Iterator[str]:
    for key in sorted(rule.keys() - set(_KEYS)):
        yield f"unknown key {key}; known are {', '.join(_KEYS)}"
    if not isinstance(rule.get("to"), str) or not rule["to"]:
        yield 'to is missing or no string, must be a tier ("GLACIER", "COLD") or the URI of another output'
    for key, meaning in _CONDITIONS.items():
        if key in rule and not _is_right(key, rule[key]):
            yield f"{key} is {rule[key]!r}, must be {meaning}"


def _is_right(key: str, value: Any) -> bool:
    if key == "stage":
        return value in STAGES
    if key == "corpus":
        return isinstance(value, str) and bool(value)
    kinds = int if key == "keep_newest" else (int, float)
    return isinstance(value, kinds) and not isinstance(value, bool) and value >= 0
