"""What cannot work is refused at once, in plain words: the value, the rule and the way out; no Java is started."""

import json
import os
import resource
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

RECIPE = """
from dataclasses import replace

from pipelines.recipes.text import RECIPE as TEXT

MINE = replace(TEXT, max_quarantined_share=2.0, corpus="not/a name")
HERE = TEXT
"""

NO_JAVA = """#!/bin/sh
echo started >> "$JAVA_WAS_STARTED"
exit 1
"""
"""Stands for Java: nothing that is refused may come as far as starting it."""


class Asked:
    """`phloem run` in a folder with one good input, and a Java that writes down that it was started."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "raw").mkdir()
        (folder / "raw" / "a.jsonl").write_text(json.dumps({"text": "one line of text"}) + "\n")
        (folder / "my_recipe.py").write_text(RECIPE)
        java = folder / "java" / "bin" / "java"
        java.parent.mkdir(parents=True)
        java.write_text(NO_JAVA)
        java.chmod(0o755)

    def refused(self, *words: str, before: Callable[[], None] | None = None, **environment: str) -> str:
        """What the command says; it must end with exit code 2, without Java, a traceback or a dataset."""
        mine = {
            "PYTHONPATH": str(ROOT),
            "JAVA_HOME": str(self.folder / "java"),
            "JAVA_WAS_STARTED": str(self.folder / "started"),
        }
        done = subprocess.run(
            [sys.executable, "-m", "jobs.main", *words],
            cwd=self.folder,
            env=os.environ | mine | environment,
            preexec_fn=before,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert done.returncode == 2, done.stderr
        assert not (self.folder / "started").exists()
        assert "Traceback" not in done.stderr
        assert not done.stdout
        files = [path for path in (self.folder / "out").rglob("*") if path.is_file()]
        assert {path.parent.name for path in files} <= {"inputs"}  # what they hash to spares the next run a reading
        return done.stderr.partition("phloem: ")[2]

    def run(self, recipe: str = "text", given: str = "raw", output: str = "out", *options: str) -> tuple[str, ...]:
        return ("run", recipe, "--input", given, "--output", output, *options)


@pytest.fixture
def asked(tmp_path: Path) -> Asked:
    return Asked(tmp_path)


def test_a_missing_input_is_refused(asked: Asked) -> None:
    said = asked.refused(*asked.run(given="nowhere"))
    assert said.startswith(f"--input nowhere: no file at or below file://{asked.folder}/nowhere (")
    assert "NAME=URI names an input" in said


def test_an_output_that_is_a_file_is_refused(asked: Asked) -> None:
    (asked.folder / "taken").write_text("a file")
    said = asked.refused(*asked.run(output="taken"))
    assert said.startswith("--output taken: nothing can be written there: ")
    assert "Not a directory" in said
    assert "give another --output" in said


def test_an_output_that_takes_no_byte_is_refused(asked: Asked) -> None:
    # A limit of no bytes a file stands for a full disk: the same write fails in the same place.
    said = asked.refused(*asked.run(), before=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0)))
    assert said.startswith("--output out: nothing can be written there: ")
    assert "free space and permissions decide" in said


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"given": "gopher://a/b"}, "gopher://a/b: no store reads gopher://; known are "),
        ({"output": "gopher://a/b"}, "gopher://a/b: no store reads gopher://; known are "),
    ],
)
def test_a_scheme_that_no_store_reads_is_refused(asked: Asked, words: dict[str, str], said: str) -> None:
    assert asked.refused(*asked.run(**words)).startswith(said)


def test_an_unknown_recipe_is_refused_with_the_known_ones(asked: Asked) -> None:
    said = asked.refused(*asked.run(recipe="web_ne"))
    assert said == "there is no recipe 'web_ne': known are text, web_en; your own is given as file.py:NAME\n"


@pytest.mark.parametrize(
    ("recipe", "rules"),
    [
        ("nowhere.py:RECIPE", ["nowhere.py is not there", "path/to/file.py:NAME"]),
        ("my_recipe.py:THERE", ["max_quarantined_share 2.0 is not a share, 0 to 1", "a corpus is named by letters"]),
        ("good.py:THERE", ["good.py:THERE: 'THERE' is not a Recipe; recipes there: HERE"]),
        ("typo.py:RECIPE", ["typo.py:2: NameError: name 'Recipe' is not defined"]),
        ("grammar.py:RECIPE", ["grammar.py: SyntaxError: ", "line 1"]),
    ],
)
def test_a_recipe_file_with_an_error_is_refused_with_its_place(asked: Asked, recipe: str, rules: list[str]) -> None:
    (asked.folder / "good.py").write_text("from pipelines.recipes.text import RECIPE as HERE\n")
    (asked.folder / "typo.py").write_text("\nRECIPE = Recipe()\n")
    (asked.folder / "grammar.py").write_text("RECIPE = (\n")
    said = asked.refused(*asked.run(recipe=recipe))
    for rule in rules:
        assert rule in said


def test_a_tokenizer_without_the_named_end_of_text_is_refused_before_any_work(asked: Asked) -> None:
    from tokenizers import Tokenizer, models

    Tokenizer(models.WordLevel({"a": 0, "?": 1}, unk_token="?")).save(str(asked.folder / "tokenizer.json"))
    (asked.folder / "own.py").write_text(
        "from dataclasses import replace\nfrom pipelines.recipes.text import RECIPE as TEXT\n"
        "RECIPE = replace(TEXT, tokens=replace(TEXT.tokens, tokenizer='tokenizer.json', end_of_text='<|end|>'))\n"
    )
    said = asked.refused(*asked.run(recipe="own.py:RECIPE"))
    assert said.startswith("tokenizer tokenizer: '<|end|>' is not a special token of this tokenizer; it has: none;")


def test_every_fault_of_a_site_file_is_told_at_once(asked: Asked) -> None:
    (asked.folder / "site.toml").write_text(
        '[spark]\nmsater = "local"\n[storage.s3]\nsecret_access_key = "hidden words"\n[stroage]\n'
    )
    said = asked.refused(*asked.run("text", "raw", "out", "--site", "site.toml"))
    assert "unknown key spark.msater; known are master, settings" in said
    assert "unknown key stroage; known are spark, storage" in said
    assert "storage.s3.secret_access_key stands in the file itself, must be a reference" in said
    assert "hidden words" not in said


def test_a_site_file_that_is_not_there_is_refused(asked: Asked) -> None:
    assert "nowhere.toml" in asked.refused(*asked.run("text", "raw", "out", "--site", "nowhere.toml"))


@pytest.mark.parametrize("how", ["JAVA_HOME", "PATH"])
def test_without_java_nothing_is_begun(asked: Asked, how: str) -> None:
    environment = {"JAVA_HOME": "/nowhere"} if how == "JAVA_HOME" else {"JAVA_HOME": "", "PATH": "/nowhere"}
    said = asked.refused(*asked.run(), **environment)
    assert said.startswith("Java is missing: ")
    assert (
        "JAVA_HOME is /nowhere, which has no bin/java" in said if how == "JAVA_HOME" else "no java is on PATH" in said
    )
    assert "Spark needs Java 17 or later" in said
    assert "apt-get install openjdk-17-jre-headless" in said


@pytest.fixture
def holder(asked: Asked) -> Iterator[subprocess.Popen[bytes]]:
    """A living process that holds version v1 of the corpus `text`, as a run of another terminal does."""
    program = (
        "import sys, time\nfrom pipelines.catalog.lease import lease\nfrom pipelines.storage import Stores\n"
        "with lease(Stores(), sys.argv[1], 'text', 'v1', 'the-first-run'):\n"
        "    print('held', flush=True)\n    time.sleep(300)\n"
    )
    command = [sys.executable, "-c", program, str(asked.folder / "held")]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        yield process
        process.kill()


def test_a_second_run_on_one_version_is_refused_while_the_first_lives(
    asked: Asked, holder: subprocess.Popen[bytes]
) -> None:
    said = asked.refused(*asked.run(output="held"))
    who = f"run the-first-run (process {holder.pid} on {socket.gethostname()}) is working on version v1"
    assert said.startswith(who)
    assert "wait for it, give another --version, or" in said
    holder.kill()
    holder.wait()
    # The lease of a dead process holds nothing: only Java is missing now.
    assert asked.refused(*asked.run(output="held"), JAVA_HOME="/nowhere").startswith("Java is missing")
