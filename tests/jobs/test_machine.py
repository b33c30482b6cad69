import pytest

from jobs.machine import find_java, java_version, memory_bytes, num_cores
from pipelines.errors import RefusedError


@pytest.mark.parametrize(
    ("answer", "version"),
    [
        ('openjdk version "17.0.15" 2025-04-15', "17.0.15"),
        ('java version "1.8.0_402"', "8.0.402"),
        ('openjdk version "21" 2023-09-19', "21"),
        ("command not found", None),
    ],
)
def test_the_version_is_read_from_what_java_prints(answer, version):
    assert java_version(answer) == version


def test_a_java_home_without_java_is_refused_with_the_way_out(monkeypatch):
    monkeypatch.setenv("JAVA_HOME", "/nowhere")
    with pytest.raises(RefusedError, match=r"JAVA_HOME is /nowhere, which has no bin/java.*apt-get install openjdk-17"):
        find_java()


def test_no_java_on_the_path_is_refused_with_the_way_out(monkeypatch, tmp_path):
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(RefusedError, match="no java is on PATH"):
        find_java()


def test_a_java_that_is_too_old_is_refused_with_its_version(monkeypatch, tmp_path):
    old = tmp_path / "bin" / "java"
    old.parent.mkdir()
    old.write_text("#!/bin/sh\necho 'openjdk version \"11.0.2\"' >&2\n")
    old.chmod(0o755)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(RefusedError, match=r"is version 11\.0\.2; Spark needs 17 or later"):
        find_java()


def test_the_machine_has_cores_and_memory():
    assert num_cores() >= 1
    assert memory_bytes() > 1 << 28
