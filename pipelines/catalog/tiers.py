"""Which datasets a policy wants elsewhere: a pure function of what lies where, the policy, and the time.

A policy is a list of rules, read from the top: the first one that holds for a dataset decides, so the rule for the
coldest place stands first. A dataset that no rule holds for stays where it is; nothing comes back by itself.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from pipelines.catalog.layout import Place
from pipelines.catalog.versions import version_order
from pipelines.errors import RefusedError
from pipelines.storage import normalized

_SECONDS_PER_DAY = 86_400


@dataclass(frozen=True)
class Rule:
    """Conditions, all of which have to hold, and where to then."""

    to: str
    """A tier of the store that the dataset lies in (GLACIER, COLD), or the URI of another output."""
    corpus: str | None = None
    """None: any."""
    stage: str | None = None
    """None: any."""
    older_than_days: float = 0
    """Since its manifest was written where it lies."""
    unread_for_days: float = 0
    """Since the last day on which a training reader opened it; since it was published when none ever did."""
    keep_newest: int = 0
    """So many of the newest versions of a corpus and stage stay."""

    @property
    def to_other_store(self) -> bool:
        """Whether `to` is an output, not a tier."""
        return "/" in self.to


@dataclass(frozen=True)
class Policy:
    """What the site file says under [tier]."""

    rules: tuple[Rule, ...] = ()
    pinned: frozenset[str] = frozenset()
    """Versions that never move, as CORPUS/VERSION."""


@dataclass(frozen=True)
class Held:
    """A published dataset where it lies."""

    place: Place
    num_files: int
    size_bytes: int
    published: datetime
    """In UTC."""
    last_read: date | None = None
    """A day of UTC; None: no reader has left a trace."""
    tier: str = ""
    """"" where the store has no tiers."""


@dataclass(frozen=True)
class Move:
    """A dataset, and where the rule wants it."""

    held: Held
    rule: Rule


def plan_moves(datasets: Iterable[Held], policy: Policy, now: datetime) -> list[Move]:
    """What has to move at `now`, in the order of the datasets' URIs.

    RefusedError names each rule that asks for what cannot be: a tier where there are none, the place itself.
    """
    datasets = sorted(datasets, key=lambda held: held.place.uri)
    newest, moves, faults = _newest(datasets), [], []
    for held in datasets:
        rule = _rule_for(held, policy, now, newest)
        if rule is None or rule.to == held.tier:
            continue
        if fault := _fault(held, rule):
            faults.append(fault)
        moves.append(Move(held, rule))
    if faults:
        raise RefusedError(*faults)
    return moves


def _rule_for(held: Held, policy: Policy, now: datetime, newest: Mapping[str, int]) -> Rule | None:
    """The first rule that holds for a dataset."""
    if f"{held.place.corpus}/{held.place.version}" in policy.pinned:
        return None
    return next((rule for rule in policy.rules if _holds(rule, held, now, newest[held.place.uri])), None)


def _holds(rule: Rule, held: Held, now: datetime, num_newer: int) -> bool:
    place = held.place
    age_days = (now - held.published).total_seconds() / _SECONDS_PER_DAY
    last_use = max(held.last_read or date.min, held.published.date())
    return (
        rule.corpus in (None, place.corpus)
        and rule.stage in (None, place.stage)
        and age_days >= rule.older_than_days
        and (now.date() - last_use).days >= rule.unread_for_days
        and num_newer >= rule.keep_newest
    )


def _newest(datasets: Sequence[Held]) -> dict[str, int]:
    """URI of a dataset → how many newer versions of its corpus and stage there are."""
    versions: dict[tuple[str, str], list[Place]] = defaultdict(list)
    for held in datasets:
        versions[held.place.corpus, held.place.stage].append(held.place)
    newer: dict[str, int] = {}
    for places in versions.values():
        places.sort(key=lambda place: version_order(place.version), reverse=True)
        newer |= {place.uri: number for number, place in enumerate(places)}
    return newer


def _fault(held: Held, rule: Rule) -> str | None:
    if rule.to_other_store:
        if normalized(rule.to) == normalized(held.place.output):
            return f"{held.place.uri}: the rule's to = {rule.to!r} is where it lies: name another output"
        return None
    if not held.tier:
        return f"{held.place.uri}: its store has no tier {rule.to!r}: name the URI of another output"
    return None
