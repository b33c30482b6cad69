"""The documents are true: every command in them runs, every link leads somewhere, the rooms are those that exist."""

import json
import os
import random
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from documents import NAMES, ROOT, anchors, commands, placeholders, relative_links, rooms, text_of

BIN = Path(sys.executable).parent

EXAMPLE = """
# A heading, with `code`
Read [this](other.md#a-heading) and [that](https://example.org/).
```bash
phloem run web_en --input sample   # a comment
make demo

spark-submit --py-files phloem.zip \\
  jobs/run.py
```
```python
phloem = "[no](link)"
```
```console
$ phloem doctor
ok: everything
```
"""


def test_commands_and_links_are_found_where_they_are() -> None:
    first, *others = commands(EXAMPLE)
    assert first == "phloem run web_en --input sample"
    assert [" ".join(other.split()) for other in others] == [
        "make demo",
        "spark-submit --py-files phloem.zip jobs/run.py",
        "phloem doctor",
    ]
    assert relative_links(EXAMPLE) == ["other.md"]
    assert anchors(EXAMPLE) == {"a-heading-with-code"}


@pytest.mark.parametrize(
    ("command", "found"),
    [
        ("phloem run web_en --input sample --output corpora", []),
        ("PYTHON=/usr/bin/python3.11 make demo", []),
        ("phloem run web_en --input … --output corpora", ["…"]),
        ("phloem run RECIPE --input sample", ["RECIPE"]),
        ("phloem run web_en ...", ["..."]),
    ],
)
def test_a_command_with_something_to_fill_in_is_found(command: str, found: list[str]) -> None:
    assert placeholders(command) == found


@pytest.mark.parametrize("name", NAMES)
def test_every_command_stands_as_it_can_be_run(name: str) -> None:
    for command in commands(text_of(name)):
        assert not placeholders(command), command


@pytest.mark.parametrize("name", NAMES)
def test_every_relative_link_leads_to_something(name: str) -> None:
    assert [link for link in relative_links(text_of(name)) if not (ROOT / link).exists()] == []


def test_the_table_of_rooms_lists_the_folders_that_exist() -> None:
    listed = rooms(text_of("ARCHITECTURE.md"))
    inside = {f"pipelines/{path.parent.name}" for path in (ROOT / "pipelines").glob("*/__init__.py")}
    assert len(listed) == len(set(listed))
    assert set(listed) == inside | {"schemas", "jobs", "airflow_dags"}
    assert all((ROOT / room).is_dir() for room in listed)


SUBJECTS = [
    "The old bridge",
    "A young teacher",
    "Every village",
    "The long winter",
    "Our neighbour",
    "The harbour",
    "A careful student",
    "The first letter",
]
VERBS = [
    "was built beside",
    "has always been close to",
    "would never have reached",
    "is still remembered with",
    "could not be seen from",
    "had to be moved to",
    "will one day belong to",
    "may be compared with",
]
OBJECTS = [
    "the river that runs behind the mill",
    "a market where people used to trade wool",
    "the quiet road to the mountains",
    "an engine of the last century",
    "the school on the other side of the valley",
    "a house with many windows",
    "some water from the deep well",
    "a long journey through the northern forest",
]
ENDS = [
    "although few people know the reason",
    "because the summer had been unusually dry",
    "and this surprised even the oldest of them",
    "while the rest of the country waited for news",
    "which is why travellers still ask about it",
    "before anything else could be arranged",
    "so that the work was finished in time",
    "as the records of the parish show",
]


def english_text(seed: int) -> str:
    """English that every rule of `web_en` keeps: no phrase twice, every line a sentence."""
    chooser = random.Random(seed)
    phrases = (chooser.sample(kind, len(kind)) for kind in (SUBJECTS, VERBS, OBJECTS, ENDS))
    return "\n".join(f"{subject} {verb} {thing}, {end}." for subject, verb, thing, end in zip(*phrases, strict=True))


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """What a reader has: the files that commands name, a small `sample`, and no other way to import anything."""
    (tmp_path / "jobs").mkdir()
    shutil.copy(ROOT / "jobs" / "run.py", tmp_path / "jobs")
    shutil.copy(ROOT / "Makefile", tmp_path)
    (tmp_path / "sample").mkdir()
    lines = [json.dumps({"text": english_text(number)}) for number in range(120)]
    (tmp_path / "sample" / "a.jsonl").write_text("\n".join(lines))
    subprocess.run([sys.executable, ROOT / "scripts" / "make_zip.py", tmp_path / "phloem.zip"], check=True)
    return tmp_path


def make(words: list[str], _: Path) -> list[str]:
    """Each target is there and its recipe can be read; what it does is tested where it is done."""
    return ["make", "-n", "-C", str(ROOT), *words]


def phloem(words: list[str], _: Path) -> list[str]:
    return ["phloem", *words]


def spark_submit(words: list[str], _: Path) -> list[str]:
    return ["spark-submit", *words]


def source(words: list[str], place: Path) -> list[str]:  # noqa: ARG001 (as the others)
    """Activating the environment: what the test's environment has done already."""
    assert words == [".venv/bin/activate"]
    return ["true"]


PROGRAMS: dict[str, Callable[[list[str], Path], list[str]]] = {
    "make": make,
    "source": source,
    "phloem": phloem,
    ".venv/bin/phloem": phloem,
    "spark-submit": spark_submit,
    ".venv/bin/spark-submit": spark_submit,
}


@pytest.mark.parametrize("name", [name for name in NAMES if commands(text_of(name))])
def test_the_commands_run_in_the_order_in_which_they_stand(name: str, place: Path) -> None:
    environment = {key: value for key, value in os.environ.items() if key not in ("PYTHONPATH", "PYSPARK_PYTHON")}
    environment["PATH"] = f"{BIN}:{os.environ['PATH']}"  # as in an activated environment
    for command in commands(text_of(name)):
        words = shlex.split(command)
        assert words[0] in PROGRAMS, f"{command}: say here how {words[0]} is tried"
        started = PROGRAMS[words[0]](words[1:], place)
        done = subprocess.run(started, cwd=place, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{command}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
        assert "Traceback" not in done.stdout + done.stderr, command
