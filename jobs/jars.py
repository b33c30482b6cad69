"""The drivers of databases: Java archives, fetched once by Maven coordinates and kept in the user's cache folder."""

import os
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pyspark.java_gateway import launch_gateway

from jobs.machine import find_java
from pipelines.errors import PhloemError, RefusedError


@dataclass(frozen=True)
class Jar:
    """One version of one archive."""

    group: str
    artifact: str
    version: str
    checksum: str
    """SHA-256, hexadecimal."""

    @property
    def path(self) -> Path:
        """Where it is kept, whether it is there or not."""
        cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
        return Path(cache) / "phloem" / "jars" / f"{self.artifact}-{self.version}.jar"

    @property
    def coordinates(self) -> str:
        """As Maven and Ivy write them."""
        return f"{self.group}:{self.artifact}:{self.version}"

    @property
    def is_cached(self) -> bool:
        """Whether it is there, whole and no other."""
        return self.path.is_file() and sha256(self.path.read_bytes()).hexdigest() == self.checksum


DRIVERS: Mapping[str, Jar] = {
    "postgresql": Jar(
        "org.postgresql",
        "postgresql",
        "42.7.14",
        "73914527305a40cce504b0d3d90b23caf565136912d607ae8ae7c5895512332c",
    ),
    "mysql": Jar(
        "org.mariadb.jdbc",
        "mariadb-java-client",
        "4.0.0",
        "bb1211dac59ef4c54b7a8ad4755a913d36d2e81b34ca1d4cb9ffa9d5633df01f",
    ),
}
"""Kind of database → its driver."""


def driver_jar(kind: str) -> str:
    """Path of the driver for `jdbc:KIND:`; RefusedError with the command that fetches it."""
    jar = DRIVERS[kind]
    if not jar.is_cached:
        raise RefusedError(
            f"the driver for jdbc:{kind}: is not here; `phloem jars {kind}` fetches it (without a network, put "
            f"{jar.coordinates} at {jar.path})"
        )
    return str(jar.path)


def fetch(kinds: Iterable[str]) -> list[Path]:
    """The drivers' paths, fetched now unless they are there.

    Spark's own resolver (Ivy) finds them: in a repository of yours when DEFAULT_ARTIFACT_REPOSITORY names one.
    RefusedError for an unknown kind, PhloemError when one cannot be had or is not the one that is pinned.
    """
    unknown = [kind for kind in kinds if kind not in DRIVERS]
    if unknown:
        raise RefusedError(f"no driver is known for {', '.join(unknown)}; known are {', '.join(DRIVERS)}")
    jars = [DRIVERS[kind] for kind in dict.fromkeys(kinds)]
    missing = [jar for jar in jars if not jar.is_cached]
    if missing:
        find_java()
        _fetch(missing)
    return [jar.path for jar in jars]


def _fetch(jars: list[Jar]) -> None:
    folder = jars[0].path.parent
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=folder) as aside:
        _resolve([jar.coordinates for jar in jars], aside)
        for jar in jars:
            found = Path(aside) / "jars" / f"{jar.group}_{jar.artifact}-{jar.version}.jar"
            checksum = sha256(found.read_bytes()).hexdigest()
            if checksum != jar.checksum:
                raise PhloemError(
                    f"{jar.coordinates} was fetched with SHA-256 {checksum}, pinned is {jar.checksum}: the repository "
                    "holds another file; nothing was kept"
                )
            found.replace(jar.path)


def _resolve(coordinates: list[str], folder: str) -> None:
    """Fetch archives, without what they depend on, into `jars/` of a folder."""
    gateway = launch_gateway(popen_kwargs={"stderr": subprocess.DEVNULL})  # type: ignore[no-untyped-call]  # Spark types it not
    words = gateway.jvm.java.io.ByteArrayOutputStream()
    try:
        _resolve_in(gateway.jvm, ",".join(coordinates), folder, gateway.jvm.java.io.PrintStream(words))
    except Exception as error:
        lines = [line.strip() for line in str(words.toString()).splitlines() if "not found" in line.lower()]
        raise PhloemError(
            f"{', '.join(coordinates)} could not be fetched: {'; '.join(dict.fromkeys(lines)) or error}. Let "
            "DEFAULT_ARTIFACT_REPOSITORY name a Maven repository that this machine reaches"
        ) from error
    finally:
        gateway.shutdown()
        gateway.proc.stdin.close()  # its end is what Spark's gateway waits for
        gateway.proc.wait()


def _resolve_in(jvm: Any, coordinates: str, folder: str, told: Any) -> None:
    """Call Spark's resolver as `spark-submit --packages` does, with every argument, for Java has no defaults."""
    maven = getattr(getattr(jvm.org.apache.spark.util, "MavenUtils$"), "MODULE$")
    nothing = getattr(getattr(jvm.scala, "None$"), "MODULE$")
    use_local_repository, transitive, is_test = True, False, False
    settings = maven.buildIvySettings(nothing, jvm.scala.Some(folder), use_local_repository, told)
    exclusions = jvm.scala.jdk.javaapi.CollectionConverters.asScala(jvm.java.util.ArrayList()).toSeq()
    maven.resolveMavenCoordinates(coordinates, settings, nothing, transitive, exclusions, is_test, told)
