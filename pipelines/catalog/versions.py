"""Which version a run works on, and whether it may.

Without a name given, versions are v1, v2, …: a run goes on with the newest one while that is unpublished or made of
the same inputs; new inputs to a published version make the next one. Another recipe is refused, because a changed
knob should never start a large computation by accident.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pipelines.catalog.dataset import is_published, open_dataset
from pipelines.catalog.identity import canonical, differences
from pipelines.catalog.layout import STAGES, Place, claims_uri
from pipelines.catalog.publish import put_same
from pipelines.errors import IdentityError, NotFoundError
from pipelines.storage import Stores, relative

_NUMBERED = re.compile(r"v([1-9][0-9]*)")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")


@dataclass(frozen=True)
class Identity:
    """What the bytes of a version follow from."""

    recipes: Mapping[str, Any]
    """Stage → resolved recipe of that stage."""
    inputs_hash: str
    """BLAKE3 over the names of the units to read."""


def choose_version(stores: Stores, output: str, corpus: str, wanted: str | None, identity: Identity) -> str:
    """The version to work on; IdentityError when it was made from something else, ColdError when it lies elsewhere."""
    version = wanted or newest(stores, output, corpus)
    clean = Place(output, corpus, STAGES[0], version)
    check_recipe(stores, clean, identity.recipes)
    if not is_published(stores, clean.uri):
        return version
    published = open_dataset(clean.uri, stores).manifest
    if published.parents[0]["manifest_hash"] == identity.inputs_hash:
        return version
    if wanted is None:
        return _after(version)
    before, now = published.parents[0]["manifest_hash"][:16], identity.inputs_hash[:16]
    raise IdentityError(
        f"{clean.uri} is published, and was made from other inputs (their hash is {before}, now {now}): give another "
        "--version, or none for the next number; units that are the same are reused"
    )


def check_recipe(stores: Stores, place: Place, recipes: Mapping[str, Any]) -> None:
    """Refuse a version that another recipe has begun, naming every knob that differs, and a name that is none."""
    if not _NAME.fullmatch(place.version):
        raise IdentityError(
            f"version {place.version!r}: a version is a folder named by letters, digits, '_', '-' and '.', the first a "
            "letter or digit; give another --version"
        )
    faults: list[str] = []
    for stage, recipe in recipes.items():
        try:
            there = json.loads(stores.read(place.of_stage(stage).claim_uri))
        except NotFoundError:
            continue
        faults += [f"{stage}: {difference}" for difference in differences(there, recipe)]
    if faults:
        raise IdentityError(
            f"version {place.version} of {place.corpus} in {place.output} was made by another recipe:",
            *dict.fromkeys(faults),
            f"Give the new one a version of its own (--version {_after(place.version)}), or take the change back.",
        )


def claim(stores: Stores, place: Place, recipe: Any) -> None:
    """Write down which recipe this stage of the version is made by."""
    put_same(stores, place.claim_uri, (canonical(recipe) + "\n").encode())


def versions(stores: Stores, output: str, corpus: str) -> list[str]:
    """Versions that a run has begun, published or not: numbered ones last, in order."""
    root = claims_uri(output, corpus)
    return sorted({relative(stat.uri, root).partition("/")[0] for stat in stores.list_files(root)}, key=version_order)


def newest(stores: Stores, output: str, corpus: str) -> str:
    """The numbered version begun last; v1 when there is none."""
    numbered = [name for name in versions(stores, output, corpus) if _NUMBERED.fullmatch(name)]
    return numbered[-1] if numbered else "v1"


def siblings(stores: Stores, place: Place, recipe: Any) -> tuple[str, ...]:
    """Datasets of this stage in other versions that were begun by the same recipe: their units are the same bytes."""
    found = []
    for version in versions(stores, place.output, place.corpus):
        other = place.beside(version)
        begun = version != place.version and stores.exists(other.claim_uri)
        if begun and json.loads(stores.read(other.claim_uri)) == recipe:
            found.append(other.uri)
    return tuple(found)


def _after(version: str) -> str:
    match = _NUMBERED.fullmatch(version)
    return f"v{int(match[1]) + 1}" if match else f"{version}-2"


def version_order(version: str) -> tuple[int, str]:
    """Sorts versions: names before numbers, v10 behind v9."""
    match = _NUMBERED.fullmatch(version)
    return (int(match[1]) if match else 0, version)
