"""Drivers fetched from a Maven repository, here a folder."""

from hashlib import sha256

import pytest

from jobs import jars
from jobs.jars import DRIVERS, Jar, driver_jar, fetch
from pipelines.errors import PhloemError, RefusedError

POM = """<project><modelVersion>4.0.0</modelVersion>
<groupId>{0.group}</groupId><artifactId>{0.artifact}</artifactId><version>{0.version}</version></project>"""


@pytest.fixture
def repository(tmp_path, monkeypatch):
    """A Maven repository with one archive, and an empty cache; the jar that it holds."""
    data = b"PK the bytes of an archive"
    jar = Jar("test.phloem", "driver", "1.0", sha256(data).hexdigest())
    folder = tmp_path / "repository" / "test" / "phloem" / "driver" / "1.0"
    folder.mkdir(parents=True)
    (folder / "driver-1.0.jar").write_bytes(data)
    (folder / "driver-1.0.pom").write_text(POM.format(jar))
    monkeypatch.setenv("DEFAULT_ARTIFACT_REPOSITORY", f"file://{tmp_path}/repository/")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(jars, "DRIVERS", {"test": jar})
    return jar


def test_a_driver_is_fetched_once_and_kept_and_again_when_it_is_damaged(repository, tmp_path):
    with pytest.raises(RefusedError, match=r"the driver for jdbc:test: is not here; `phloem jars test` fetches it"):
        driver_jar("test")
    assert fetch(["test", "test"]) == [repository.path]
    assert driver_jar("test") == str(tmp_path / "cache" / "phloem" / "jars" / "driver-1.0.jar")
    assert [file.name for file in repository.path.parent.iterdir()] == ["driver-1.0.jar"]
    (tmp_path / "repository").rename(tmp_path / "away")
    assert fetch(["test"]) == [repository.path]
    (tmp_path / "away").rename(tmp_path / "repository")
    repository.path.write_bytes(b"damaged")
    with pytest.raises(RefusedError, match="is not here"):
        driver_jar("test")
    assert fetch(["test"]) == [repository.path]
    assert driver_jar("test")


def test_another_archive_than_the_pinned_one_is_not_kept(repository, monkeypatch):
    monkeypatch.setattr(jars, "DRIVERS", {"test": Jar("test.phloem", "driver", "1.0", "0" * 64)})
    with pytest.raises(PhloemError, match=r"was fetched with SHA-256 .*, pinned is 0+: the repository holds another"):
        fetch(["test"])
    assert not repository.path.exists()


def test_what_cannot_be_had_is_told_with_the_way_out(repository, monkeypatch):
    monkeypatch.setattr(jars, "DRIVERS", {"test": Jar("test.phloem", "absent", "1.0", repository.checksum)})
    with pytest.raises(PhloemError, match=r"test\.phloem:absent:1\.0 could not be fetched: .*ARTIFACT_REPOSITORY name"):
        fetch(["test"])


def test_an_unknown_kind_is_refused_with_those_that_are_known():
    with pytest.raises(RefusedError, match="no driver is known for oracle; known are postgresql, mysql"):
        fetch(["oracle", "mysql"])
    assert set(DRIVERS) == {"postgresql", "mysql"}
