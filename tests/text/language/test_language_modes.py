"""The kernels stay within their arrays, and are plain Python when not compiled."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
PROGRAM = """
import sys
import numpy as np
from language_texts import HOSTILE, REAL, library
from pipelines.text.language import identify

texts = [text[:200] for text in REAL + HOSTILE][: int(sys.argv[1])]
for text, found in zip(texts, identify(texts, 3)["languages"].to_pylist(), strict=True):
    labels, scores = library().predict(text.replace("\\n", " "), k=3)
    assert [each["language"] for each in found] == [label[9:] for label in labels], text
    assert np.allclose([each["score"] for each in found], scores, rtol=0, atol=float(sys.argv[2])), text
"""


@pytest.mark.parametrize(
    ("variable", "num_texts", "tolerance"),
    # Python's exp and log are those of doubles, rounded once more: not always the library's bits.
    [("NUMBA_BOUNDSCHECK", 300, 0), ("NUMBA_DISABLE_JIT", 60, 1e-6)],
)
def test_with_checked_indices_and_interpreted_the_answers_are_the_librarys(variable, num_texts, tolerance):
    command = [sys.executable, "-W", "ignore", "-c", PROGRAM, str(num_texts), str(tolerance)]
    path = os.pathsep.join((str(HERE.parents[2]), str(HERE)))
    environment = os.environ | {variable: "1", "PYTHONPATH": path}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
