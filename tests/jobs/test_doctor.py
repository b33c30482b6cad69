import subprocess
import sys
import time

import pytest
from databases import PASSWORD

from jobs.doctor import Finding, examine
from jobs.doctor_spark import _answers, _compared, _differences
from jobs.main import main
from jobs.site import load_site
from pipelines.catalog.identity import software


@pytest.fixture
def findings(monkeypatch):
    """The findings by subject, on a machine without Java: no session is started in this process."""
    monkeypatch.setenv("JAVA_HOME", "/nowhere")
    return lambda *arguments: {finding.subject: finding for finding in examine(*arguments)}


def test_this_machine_is_found_fit_and_its_executors_asked(tmp_path):
    (tmp_path / "in.txt").write_text("text")
    words = ["doctor", "--master", "local[1]", "--output", str(tmp_path / "out"), "--input", str(tmp_path / "in.txt")]
    done = subprocess.run([sys.executable, "-m", "jobs.main", *words], capture_output=True, text=True, check=False)
    lines = done.stdout.splitlines()
    verdicts = {line.split()[1]: line.split()[0] for line in lines if not line.startswith(" ")}
    subjects = ["Python", "packages", "Java", "machine", "clock", "language", "input", "output", "disk", "Spark"]
    assert list(verdicts) == [*subjects, "executors"]
    assert [subject for subject, verdict in verdicts.items() if verdict == "fail"] == []
    assert (done.returncode, done.stderr) == (0, "")
    assert not any((tmp_path / "out").iterdir())


def test_what_is_missing_fails_with_the_way_out_and_hides_nothing_else(capsys, monkeypatch, tmp_path):
    monkeypatch.setenv("JAVA_HOME", "/nowhere")
    site = tmp_path / "site.toml"
    site.write_text("sprak = 1\nstroage = 2\n")
    with pytest.raises(SystemExit) as ended:
        main(["doctor", "--site", str(site)])
    out = capsys.readouterr().out
    assert ended.value.code == 1
    assert "fail Java       Java is missing: JAVA_HOME is /nowhere" in out
    assert "→ install it (Debian and Ubuntu: apt-get install openjdk-17-jre-headless" in out
    assert "unknown key sprak" in out
    assert "unknown key stroage" in out
    assert "fail Spark" in out


def test_an_input_that_is_not_there_and_an_output_that_cannot_be_written_fail(findings, tmp_path):
    (tmp_path / "file").write_text("in the way")
    found = findings(None, [str(tmp_path / "nothing")], str(tmp_path / "file" / "out"), None)
    assert found["input"].verdict == "fail"
    assert "no file is there" in found["input"].found
    assert found["output"].verdict == "fail"


def test_an_input_may_have_a_name(findings, tmp_path):
    (tmp_path / "in.txt").write_text("text")
    found = findings(None, [f"notes={tmp_path}/in.txt"], None, None)
    assert found["input"].found.endswith("1 files, 4 B")


OURS = {"python": "3.11.2", "packages": {"numpy": "2.4.6", "pyarrow": "26.0.1"}}
SAME = {"host": "a", "python": "3.11.9", "packages": OURS["packages"], "phloem": True, "clock": 1000.0}


def test_an_executor_that_differs_is_named_with_each_difference_and_its_remedy():
    other = SAME | {
        "python": "3.12.1",
        "packages": {"numpy": "1.0", "pyarrow": "missing"},
        "phloem": False,
        "clock": 0,
    }
    said = list(_differences(OURS, other, 1000.0))
    assert [fault for fault, _ in said] == [
        "Python 3.12.1, here 3.11.2",
        "numpy 1.0, here 2.4.6; pyarrow missing, here 26.0.1",
        "cannot import Phloem's packages",
        "its clock differs by -1000 s",
    ]
    assert all(remedy for _, remedy in said)


def test_an_executor_of_the_same_minor_version_and_packages_does_not_differ():
    assert list(_differences(OURS, SAME, 1030.0)) == []


def test_workers_of_one_host_with_the_same_fault_are_told_once():
    other = SAME | {"packages": dict.fromkeys(software(), "missing"), "phloem": False, "clock": time.time()}
    assert list(_compared([other, other])) == list(_compared([other]))
    assert len(list(_compared([other]))) == 2


def test_a_finding_is_a_line_with_its_remedy_below():
    assert str(Finding("warn", "disk", "3 B free", "make room")) == (
        "warn disk       3 B free\n                → make room"
    )


def test_a_database_answers_or_the_reason_is_told(spark, postgresql, tmp_path, monkeypatch):
    monkeypatch.setenv("DOCS_PASSWORD", PASSWORD)
    site = tmp_path / "site.toml"
    site.write_text('[databases.docs]\nuser = "phloem"\npassword = { env = "DOCS_PASSWORD" }\n')
    found = _answers(spark, load_site(str(site)), f"docs={postgresql.url}")
    assert (found.verdict, found.found) == ("ok", f"docs={postgresql.url}: answers")
    monkeypatch.setenv("DOCS_PASSWORD", "wrong")
    found = _answers(spark, load_site(str(site)), f"docs={postgresql.url}")
    assert found.verdict == "fail"
    assert "input docs: the database refuses this user or password" in found.found
    assert "must be jdbc:postgresql://" in _answers(spark, load_site(None), "docs=jdbc:oracle:x").found
