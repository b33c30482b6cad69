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

[databases.docs]                                  # of --input docs=jdbc:…
user = "reader"
password = { env = "DOCS_PASSWORD" }

[history]                                         # a row for every dataset and every run
jdbc = "jdbc:postgresql://head:5432/history"
user = "writer"
password = { file = "/run/secrets/history" }
```

What `phloem tier` moves stands under [tier]: see `tier_policy`.
A credential is written as a reference, to an environment variable or to a file, never as itself.
"""

import os
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jobs.tier_policy import policy_faults, policy_of
from pipelines.catalog.tiers import Policy
from pipelines.errors import SiteError
from pipelines.storage import Secret, Stores
from pipelines.storage.hdfs_settings import HDFS_KEYS
from pipelines.storage.s3_settings import S3_KEYS

_STORAGE_KEYS: Mapping[str, tuple[str, ...]] = {
    "file": (),
    "s3": S3_KEYS,
    "hdfs": HDFS_KEYS,
}
"""Scheme → what its endpoint may be told. `webhdfs` is an HTTP address for Python; Spark's is the URI's own."""

_DATABASE_KEYS = ("user", "password")
_HISTORY_KEYS = ("jdbc", *_DATABASE_KEYS)

_SECRET = frozenset({"access_key_id", "secret_access_key", "session_token", "password"})
"""Keys whose value must be a reference."""


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
            return Secret.read(self.name)
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
    databases: Mapping[str, Mapping[str, str | Reference]] = field(default_factory=dict)
    """Name of an input → user and password of the database that it is."""
    history: Mapping[str, str | Reference] = field(default_factory=dict)
    """Where rows about datasets and runs are written: JDBC URL, user and password; empty: nowhere."""
    tiers: Policy = field(default_factory=Policy)
    """What `phloem tier` moves."""

    def stores(self) -> Stores:
        """The stores of this site; SiteError names every reference that leads nowhere."""
        endpoints: dict[str, dict[str, str]] = {}
        faults: list[str] = []
        for scheme, settings in self.storage.items():
            try:
                endpoints[scheme] = _followed(f"storage.{scheme}", settings)
            except SiteError as error:
                faults += error.faults
        if faults:
            raise SiteError(*faults)
        return Stores(endpoints)

    def database(self, name: str) -> dict[str, str]:
        """User and password for the database of an input; SiteError as from `stores`."""
        return _followed(f"databases.{name}", self.databases.get(name, {}))

    def history_database(self) -> dict[str, str]:
        """JDBC URL, user and password of the history; SiteError as from `stores`."""
        return _followed("history", self.history)


def _followed(name: str, settings: Mapping[str, str | Reference]) -> dict[str, str]:
    """A table's values, each reference replaced by what it refers to."""
    values: dict[str, str] = {}
    faults: list[str] = []
    for key, value in settings.items():
        try:
            values[key] = value.value() if isinstance(value, Reference) else value
        except SiteError as error:
            faults.append(f"{name}.{key}: {error}")
    if faults:
        raise SiteError(*faults)
    return values


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
    spark = values.get("spark", {})
    return Site(
        spark.get("master"),
        dict(_settings(spark.get("settings", {}))),
        {scheme: _values(keys) for scheme, keys in values.get("storage", {}).items()},
        {name: _values(keys) for name, keys in values.get("databases", {}).items()},
        _values(values.get("history", {})),
        policy_of(values.get("tier", {})),
    )


def _faults(values: Mapping[str, Any]) -> Iterator[str]:
    yield from _unknown(values, ("spark", "storage", "databases", "history", "tier"), "")
    yield from policy_faults(values.get("tier", {}))
    spark, storage, databases = (values.get(name, {}) for name in ("spark", "storage", "databases"))
    if isinstance(spark, dict):
        yield from _spark_faults(spark)
    else:
        yield f"spark is {spark!r}, must be a table: [spark]"
    if isinstance(storage, dict):
        yield from _storage_faults(storage)
    else:
        yield f"storage is {storage!r}, must hold a table for each scheme: [storage.s3]"
    if isinstance(databases, dict):
        for name, settings in databases.items():
            yield from _table_faults(f"databases.{name}", settings, _DATABASE_KEYS)
    else:
        yield "databases is no table, must hold one for each input: [databases.docs]"
    if "history" in values:
        yield from _table_faults("history", values["history"], _HISTORY_KEYS)
        if "jdbc" not in values["history"]:
            yield 'history has no jdbc, the URL of its database: jdbc = "jdbc:postgresql://…"'


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
        yield from _table_faults(f"storage.{scheme}", storage[scheme], _STORAGE_KEYS[scheme])


def _table_faults(name: str, settings: Any, known: tuple[str, ...]) -> Iterator[str]:
    if not isinstance(settings, dict):
        yield f"{name} is {settings!r}, must be a table: [{name}]"
        return
    yield from _unknown(settings, known, f"{name}.")
    for key in sorted(settings.keys() & set(known)):
        yield from _value_faults(f"{name}.{key}", settings[key], secret=key in _SECRET)


def _value_faults(name: str, value: Any, *, secret: bool) -> Iterator[str]:
    reference = '{ env = "NAME" } or { file = "PATH" }'
    if isinstance(value, dict):
        kinds = [kind for kind, place in value.items() if kind in ("env", "file") and isinstance(place, str)]
        if len(kinds) != 1 or len(value) != 1:
            yield f"{name} is a table with {', '.join(value) or 'nothing'}, must be {reference}"
    elif secret:
        # Neither the value nor its type is repeated: it may be a real key.
        yield f"{name} stands in the file itself, must be a reference: {reference}"
    elif not isinstance(value, (str, bool, int)):
        yield f"{name} is {value!r}, must be a string, a whole number, true, false or {reference}"


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


def _values(table: Mapping[str, Any]) -> dict[str, str | Reference]:
    return {key: _value(value) for key, value in table.items()}


def _value(value: Any) -> str | Reference:
    if isinstance(value, dict):
        return Reference(*next(iter(value.items())))
    return str(value).lower() if isinstance(value, bool) else str(value)
