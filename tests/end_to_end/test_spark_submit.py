"""spark-submit with phloem.zip alone, from another folder, makes the same bytes as `phloem run`."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
WORDS = ("river", "stone", "light", "under", "over", "between", "small", "green", "house", "garden", "water", "winter")

RECIPE = '''
"""The steps of `text`, and one that writes down where the packages were imported from, on driver and workers."""

import os
from dataclasses import dataclass
from pathlib import Path

import jobs, pipelines, schemas
from pipelines.recipes import Recipe
from pipelines.stages.tokens import Tokens
from pipelines.steps import ContentHash, Extract, Normalize, Redact, Signature
from pipelines.tokens.train import TokenizerTraining

FOLDER = Path(__file__).parent


def tell(who):
    """A line for each package, when somebody asked."""
    if told := os.environ.get("WHERE_FROM"):
        with open(told, "a") as file:
            file.writelines(f"{who} {package.__file__}\\n" for package in (jobs, pipelines, schemas))


tell("driver")


@dataclass(frozen=True)
class Tell:
    """Passes every document."""

    def __call__(self, batch):
        tell("worker")
        return batch


RECIPE = Recipe(
    corpus="told",
    steps=(Tell(), Extract(), Normalize(), Redact(), ContentHash(), Signature()),
    tokens=Tokens(tokenizer=TokenizerTraining(vocabulary_size=600), context_length=64, num_shards=3, rows_per_batch=16),
)
'''


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Another folder: the input, a recipe, phloem.zip and a copy of jobs/run.py, and nothing else of ours."""
    (tmp_path / "raw").mkdir()
    for name in "abc":
        lines = (" ".join(WORDS[(n * k + k * ord(name)) % len(WORDS)] for k in range(1, 60)) for n in range(30))
        for number, line in enumerate(lines):
            (tmp_path / "raw" / f"{name}{number}.txt").write_text(line)
    (tmp_path / "recipe.py").write_text(RECIPE)
    shutil.copy(ROOT / "jobs" / "run.py", tmp_path / "start.py")
    subprocess.run([sys.executable, ROOT / "scripts" / "make_zip.py", tmp_path / "phloem.zip"], check=True)
    return tmp_path


def ended_well(command: list[str], folder: Path, **environment: str) -> str:
    """What the command prints; it finds Python and Spark as in an activated environment, and nothing else of ours."""
    inherited = {key: value for key, value in os.environ.items() if key not in ("PYTHONPATH", "PYSPARK_PYTHON")}
    path = {"PATH": f"{BIN}:{os.environ['PATH']}"}
    done = subprocess.run(
        command, cwd=folder, env=inherited | path | environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def tree(root: Path) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}


SETTINGS = """
from jobs.session import open_session
from jobs.site import Site

session = open_session(Site(settings={"spark.sql.shuffle.partitions": "9", "spark.speculation": "true"}), None, "x")
shown = ("spark.master", "spark.app.name", "spark.sql.shuffle.partitions", "spark.speculation", "spark.ui.enabled")
print("settings:", *(session.conf.get(key) for key in shown))
"""


def test_what_spark_submit_is_told_comes_before_the_site_and_before_ours(place: Path) -> None:
    (place / "settings.py").write_text(SETTINGS)
    given = ["--master", "local[1]", "--name", "mine", "--conf", "spark.sql.shuffle.partitions=3"]
    said = ended_well(["spark-submit", *given, "--py-files", "phloem.zip", "settings.py"], place)
    assert "settings: local[1] mine 3 true false\n" in said


def test_spark_submit_needs_the_zip_alone_and_makes_the_same_bytes(place: Path) -> None:
    words = ["recipe.py:RECIPE", "--input", "raw", "--quiet", "--output"]
    submit = ["spark-submit", "--master", "local[2]", "--py-files", "phloem.zip", "start.py"]
    told = place / "told.txt"
    said = ended_well([*submit, *words, "submitted"], place, WHERE_FROM=str(told))
    # spark-submit joins the program's stderr to its stdout
    assert "spark-submit [the same options] jobs/run.py recipe.py:RECIPE --input raw" in said
    assert "reconciled: 90 in = " in said
    lines = [line.split(" ") for line in told.read_text().splitlines()]
    assert {who for who, _ in lines} == {"driver", "worker"}
    # The environment of the tests has the checkout on its path too: it must never be what was imported.
    assert [path for _, path in lines if "phloem.zip/" not in path] == []
    ended_well(["phloem", "run", *words, "run"], place)
    assert tree(place / "submitted") == tree(place / "run")
