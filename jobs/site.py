"""The site file: where and how fast. Never what: nothing in it enters a fingerprint.

```toml
[spark]
master = "spark://head:7077"

[spark.settings]
"spark.executor.memory" = "4g"

[storage.s3]
endpoint = "https://objects.example.org"
access_key_id = { env = "OBJECTS_KEY" }
secret_access_key = { file = "/run/secrets/objects" }
```

A credential is written as a reference, to an environment variable or to a file, never as itself.
"""

import os
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipelines.errors import SiteError
from pipelines.storage import Stores

_STORAGE_KEYS: Mapping[str, tuple[str, ...]] = {
    "file": (),
    "s3": ("endpoint", "region", "ca_file", "access_key_id", "secret_access_key", "session_token"),
    "hdfs": ("webhdfs", "user"),
}
"""Scheme → what its endpoint may be told. `webhdfs` is an HTTP address for Python; Spark's is the URI's own."""

_SECRET = frozenset({"access_key_id", "secret_access_key", "session_token"})
"""Keys whose value must be a reference."""


class Secret(str):
    """A string that does not show itself in a `repr`: not in a log, a traceback or the `repr` of what holds it."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "'***'"


@dataclass(frozen=True)
class Reference:
    """Where a value stands that must not be written down here."""

    kind: str
    """`env` or `file`."""
    name: str

    def value(self) -> Secret:
        """What it refers to; SiteError when that is missing."""
        if self.kind == "env":
            if self.name not in os.environ:
                raise SiteError(f"the environment variable {self.name} is not set")
            return Secret(os.environ[self.name])
        try:
            return Secret(Path(self.name).expanduser().read_text().strip())
        except OSError as error:
            raise SiteError(f"{self.name} cannot be read: {error.strerror}") from error


@dataclass(frozen=True)
class Site:
    """Everything a site file says; without one, this machine."""

    master: str | None = None
    """Spark's master; None: every core of this machine."""
    settings: Mapping[str, str] = field(default_factory=dict)
    """Spark settings, beside and before ours."""
    storage: Mapping[str, Mapping[str, str | Reference]] = field(default_factory=dict)
    """Scheme → settings of its endpoint."""

    def stores(self) -> Stores:
        """The stores of this site; SiteError names every reference that leads nowhere."""
        faults: list[str] = []
        endpoints: dict[str, dict[str, str]] = {}
        for scheme, settings in self.storage.items():
            endpoints[scheme] = {}
            for key, value in settings.items():
                try:
                    endpoints[scheme][key] = value.value() if isinstance(value, Reference) else value
                except SiteError as error:
                    faults.append(f"storage.{scheme}.{key}: {error}")
        if faults:
            raise SiteError(*faults)
        return Stores(endpoints)


def load_site(path: str | None) -> Site:
    """The site of a file, the default one without; SiteError names every fault of the file at once."""
    if path is None:
        return Site()
    try:
        values = tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise SiteError(f"site file {path}: {error.strerror}") from error
    except ValueError as error:  # not TOML, or not UTF-8
        raise SiteError(f"site file {path}: {error}") from error
    faults = list(_faults(values))
    if faults:
        raise SiteError(*(f"site file {path}: {fault}" for fault in faults))
    spark, storage = values.get("spark", {}), values.get("storage", {})
    return Site(
        spark.get("master"),
        dict(_settings(spark.get("settings", {}))),
        {scheme: {key: _value(value) for key, value in keys.items()} for scheme, keys in storage.items()},
    )


def _faults(values: Mapping[str, Any]) -> Iterator[str]:
    yield from _unknown(values, ("spark", "storage"), "")
    spark, storage = values.get("spark", {}), values.get("storage", {})
    if isinstance(spark, dict):
        yield from _spark_faults(spark)
    else:
        yield f"spark is {spark!r}, must be a table: [spark]"
    if isinstance(storage, dict):
        yield from _storage_faults(storage)
    else:
        yield f"storage is {storage!r}, must hold a table for each scheme: [storage.s3]"


def _spark_faults(spark: Mapping[str, Any]) -> Iterator[str]:
    yield from _unknown(spark, ("master", "settings"), "spark.")
    if not isinstance(spark.get("master", ""), str):
        yield f"spark.master is {spark['master']!r}, must be a string like 'local[4]' or 'spark://host:7077'"
    settings = spark.get("settings", {})
    if not isinstance(settings, dict):
        yield f"spark.settings is {settings!r}, must be a table: [spark.settings]"
        return
    for key, value in _settings(settings):
        if not key.startswith("spark."):
            yield f"spark.settings.{key}: a Spark setting begins with 'spark.'"
        elif key == "spark.master":
            yield "spark.settings.spark.master: write it as master under [spark]"
        if not isinstance(value, str):
            yield f"spark.settings.{key} is {value!r}, must be a string, a number, true or false"


def _storage_faults(storage: Mapping[str, Any]) -> Iterator[str]:
    yield from _unknown(storage, tuple(_STORAGE_KEYS), "storage.")
    for scheme in sorted(storage.keys() & _STORAGE_KEYS.keys()):
        settings = storage[scheme]
        if not isinstance(settings, dict):
            yield f"storage.{scheme} is {settings!r}, must be a table: [storage.{scheme}]"
            continue
        yield from _unknown(settings, _STORAGE_KEYS[scheme], f"storage.{scheme}.")
        for key in sorted(settings.keys() & set(_STORAGE_KEYS[scheme])):
            yield from _value_faults(f"storage.{scheme}.{key}", settings[key], secret=key in _SECRET)


def _value_faults(name: str, value: Any, *, secret: bool) -> Iterator[str]:
    reference = '{ env = "NAME" } or { file = "PATH" }'
    if isinstance(value, dict):
        kinds = [kind for kind, place in value.items() if kind in ("env", "file") and isinstance(place, str)]
        if len(kinds) != 1 or len(value) != 1:
            yield f"{name} is a table with {', '.join(value) or 'nothing'}, must be {reference}"
    elif secret:
        # Neither the value nor its type is repeated: it may be a real key.
        yield f"{name} stands in the file itself, must be a reference: {reference}"
    elif not isinstance(value, str):
        yield f"{name} is {value!r}, must be a string or {reference}"


def _unknown(values: Mapping[str, Any], known: tuple[str, ...], prefix: str) -> Iterator[str]:
    for key in sorted(values.keys() - set(known)):
        yield f"unknown key {prefix}{key}; known are {', '.join(known) or 'none'}"


def _settings(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Settings by their full name: TOML reads an unquoted dotted key as tables in tables."""
    for key, value in values.items():
        if isinstance(value, dict):
            yield from _settings(value, f"{prefix}{key}.")
        elif isinstance(value, bool):
            yield prefix + key, str(value).lower()
        else:
            yield prefix + key, str(value) if isinstance(value, (int, float)) else value


def _value(value: Any) -> str | Reference:
    return Reference(*next(iter(value.items()))) if isinstance(value, dict) else value
