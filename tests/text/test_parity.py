"""Ours against the reference itself, which lives in an environment of its own (made with uv if it is missing)."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from examples import PROSE, REJECTED

ROOT = Path(__file__).parents[2]
LETTERS = [f"The IS_ALPHA of mill {letter} and IS_ALPHAs stand there." for letter in "abcdefgh"]


@pytest.fixture(scope="module")
def summary(tmp_path_factory):
    more = tmp_path_factory.mktemp("parity") / "more.json"
    more.write_text(json.dumps([PROSE, *REJECTED.values(), "\n".join([PROSE, *LETTERS])]))
    command = [sys.executable, "-m", "benchmarks.text.parity", "--real", "500", "--hostile", "300", "--more", more]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=False)
    assert done.stdout, "the comparison ended without an answer"
    return json.loads(done.stdout)


def test_reasons_texts_signatures_and_languages_are_the_references(summary):
    assert summary["documents"] >= 500 + 300 + len(REJECTED)
    assert summary["differences"] == {}, json.dumps(summary["examples"], indent=1, ensure_ascii=False)


def test_the_comparison_reaches_every_reason(summary):
    assert set(summary["reasons"]) >= {*REJECTED, "None"}
    assert summary["reasons"]["None"] > 50
    assert summary["lenient_reasons"]["None"] > 100
    assert summary["signatures"] > 700
