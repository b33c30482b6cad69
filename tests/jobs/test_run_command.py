import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from jobs.main import main

ROOT = Path(__file__).parents[2]
PHLOEM = [sys.executable, "-m", "jobs.main"]

WORDS = ["river", "stone", "light", "under", "over", "between", "small", "green", "house", "garden", "water", "winter"]


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    """Sixty documents, six of them twice, and a line that is no JSON."""
    folder = tmp_path_factory.mktemp("corpus")
    texts = [" ".join(WORDS[(n * k + k * k) % len(WORDS)] for k in range(1, 80)) + f" {n}." for n in range(60)]
    lines = [json.dumps({"text": text}) for text in [*texts, *texts[:6]]]
    (folder / "raw").mkdir()
    (folder / "raw" / "a.jsonl").write_text("\n".join([*lines, "{not json"]) + "\n")
    return folder


def phloem(*words, folder, **environment):
    return subprocess.run(
        [*PHLOEM, *words],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT)} | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def here(capsys, *words):
    """Exit code, stdout, stderr of a command in this process."""
    with pytest.raises(SystemExit) as ended:
        main(words)
    return ended.value.code, *capsys.readouterr()


RUN = ("run", "text", "--input", "raw", "--output", "out")


def test_without_java_a_run_is_refused_before_anything_is_written(corpus):
    done = phloem(*RUN[:-1], "nowhere", folder=corpus, JAVA_HOME="/nowhere")
    assert done.returncode == 2
    assert "Java is missing: JAVA_HOME is /nowhere" in done.stderr
    assert "Traceback" not in done.stderr
    assert not list((corpus / "nowhere").rglob("manifest.json"))


def test_a_run_tells_its_funnel_and_a_second_one_has_nothing_to_do_and_needs_no_java(corpus, monkeypatch, capsys):
    first = phloem(*RUN, folder=corpus)
    assert first.returncode == 0, first.stderr
    assert re.match(r"run text-\d{8}T\d{6}Z-[0-9a-f]{4}\n", first.stderr)
    assert f"to resume: cd {corpus} && phloem run text --input raw --output out\n" in first.stderr
    assert "reconciled: 67 in = " in first.stdout
    assert re.search(r"unreadable: not_json +│ +−1 ", first.stdout)
    assert re.search(r"exact duplicates +│ +−6 ", first.stdout)
    assert "The first row that training with seed 0 sees" in first.stdout
    report = re.search(r"^report +file://(.*)$", first.stdout, re.MULTILINE)[1]
    assert Path(report).read_text().startswith("<!DOCTYPE html>")

    monkeypatch.chdir(corpus)
    monkeypatch.setenv("JAVA_HOME", "/nowhere")
    assert here(capsys, *RUN)[1].startswith("text v1: nothing is left to do")
    assert "as published\n" in here(capsys, "validate", "out/text/tokens/v1")[1]
    assert "one reader, in this order: " in here(capsys, "read", "out/text/tokens/v1")[1]
    assert here(capsys, "report", "out", "text") == (0, f"file://{report}\n", "")


def test_a_version_that_was_copied_is_found_by_a_run_where_it_lies_now(corpus, capsys, monkeypatch):
    monkeypatch.chdir(corpus)
    monkeypatch.setenv("JAVA_HOME", "/nowhere")
    assert here(capsys, "copy", "out/text/tokens/v1", "copied", "--with-parents")[0] == 0
    assert here(capsys, "verify", "copied/text/clean/v1", "--from", "out/text/clean/v1")[0] == 0
    assert here(capsys, *RUN[:-1], "copied")[1].startswith("text v1: nothing is left to do")
    manifests = [
        json.loads((corpus / output / "text/tokens/v1/manifest.json").read_text()) for output in ("out", "copied")
    ]
    assert manifests[0] == manifests[1]
    # A stage that lies elsewhere is not made again.
    (corpus / "site.toml").write_text(f'[[tier.rules]]\nstage = "clean"\nto = "{corpus}/archive"\n')
    assert here(capsys, "tier", "copied", "--site", "site.toml", "--apply")[0] == 0
    code, _, err = here(capsys, *RUN[:-1], "copied")
    assert (code, f"phloem tier --back file://{corpus}/copied/text/clean/v1" in err) == (2, True)
    assert here(capsys, "tier", "copied/text/clean/v1", "--back")[0] == 0
    assert here(capsys, *RUN[:-1], "copied")[1].startswith("text v1: nothing is left to do")


def test_an_altered_shard_is_told_by_validate(corpus, capsys):
    shard = next((corpus / "out" / "text" / "clean" / "v1" / "shards").rglob("*.parquet"))
    data = bytearray(shard.read_bytes())
    data[100] ^= 1
    shard.write_bytes(data)
    code, out, err = here(capsys, "validate", str(corpus / "out" / "text" / "clean" / "v1"))
    assert (code, out) == (1, "")
    assert "1 files are not what the manifest says" in err


def test_an_interrupted_run_says_how_to_go_on(corpus):
    command = [*PHLOEM, *RUN[:-1], "interrupted"]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, cwd=corpus, env=environment, stderr=subprocess.PIPE, text=True) as run:
        lines = []
        for line in run.stderr:
            lines.append(line)
            if line.startswith("Spark: start: done"):
                run.send_signal(signal.SIGINT)
        assert run.wait() == 130
    assert sum(line.startswith("to resume: ") for line in lines) == 2
    assert any("was interrupted; units that are written stay" in line for line in lines)
