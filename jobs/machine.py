"""What this machine has: cores and memory as the process may use them, and Java."""

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from pipelines.errors import RefusedError

OLDEST_JAVA = 17
"""Spark 4.3 runs on Java 17 and later."""

_JAVA_ADVICE = (
    "install it (Debian and Ubuntu: apt-get install openjdk-17-jre-headless; macOS: brew install openjdk@17), "
    "or let JAVA_HOME name an installation that has bin/java"
)
_CGROUP_LIMIT = Path("/sys/fs/cgroup/memory.max")


@dataclass(frozen=True)
class Java:
    """A Java that Spark can use."""

    path: str
    version: str
    """As Java writes it: `17.0.15`."""


def num_cores() -> int:
    """Cores that this process may run on."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def memory_bytes() -> int:
    """Memory of the machine, or of the container when that is less."""
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    try:
        return min(machine, int(_CGROUP_LIMIT.read_text()))
    except (OSError, ValueError):  # no control group, or "max"
        return machine


def find_java() -> Java:
    """The Java that Spark will start: of JAVA_HOME, else of PATH; RefusedError when it is missing or too old."""
    home = os.environ.get("JAVA_HOME")
    path = shutil.which(str(Path(home) / "bin" / "java") if home else "java")
    if path is None:
        where = f"JAVA_HOME is {home}, which has no bin/java" if home else "no java is on PATH"
        raise RefusedError(f"Java is missing: {where}. Spark needs Java {OLDEST_JAVA} or later: {_JAVA_ADVICE}")
    answer = subprocess.run([path, "-version"], capture_output=True, text=True, check=False)  # noqa: S603 (found above)
    version = java_version(answer.stderr + answer.stdout)
    if version is None or int(version.partition(".")[0]) < OLDEST_JAVA:
        found = f"is version {version}" if version else f"does not say its version ({answer.stderr.strip()[:200]})"
        raise RefusedError(f"Java at {path} {found}; Spark needs {OLDEST_JAVA} or later: {_JAVA_ADVICE}")
    return Java(path, version)


def java_version(answer: str) -> str | None:
    """`17.0.15` of what `java -version` prints; `8.0.402` of the old way to write it, `1.8.0_402`."""
    found = re.search(r'version "(?:1\.)?([0-9][0-9._]*)', answer)
    return found[1].replace("_", ".").strip(".") if found else None
