"""Kernels work with a place for their machine code and without one."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[3]
PROGRAM = """
import numpy as np
from pipelines.text.scan import compiled, memory
print(memory.low_bytes(np.arange(72, dtype=np.uint8), 1, 2), compiled.__file__, compiled.cache_directory())
"""


def answer(tmp_path, path=ROOT, **environment):
    home = {"HOME": str(tmp_path / "home"), "PYTHONPATH": str(path), "PATH": os.environ["PATH"]}
    command = [sys.executable, "-P", "-c", PROGRAM]
    done = subprocess.run(command, cwd=tmp_path, env=home | environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("513 ")
    return done.stdout.split()[-2:]


def test_machine_code_is_kept_below_the_users_cache_directory(tmp_path):
    _, place = answer(tmp_path)
    assert Path(place).parent == tmp_path / "home" / ".cache" / "phloem" / "kernels"
    written = {path.name: path.stat().st_mtime_ns for path in Path(place).iterdir()}
    assert any(name.endswith(".nbi") for name in written)
    answer(tmp_path)
    assert {path.name: path.stat().st_mtime_ns for path in Path(place).iterdir()} == written


def test_a_chosen_directory_is_used(tmp_path):
    assert answer(tmp_path, NUMBA_CACHE_DIR=str(tmp_path / "chosen"))[1].startswith(str(tmp_path / "chosen"))


def test_without_a_place_that_can_be_written_kernels_work_uncached(tmp_path):
    (tmp_path / "home").write_text("a file where the directory should be")
    assert answer(tmp_path)[1] == "None"


def test_kernels_of_a_zip_are_kept_too(tmp_path):
    archive = tmp_path / "phloem.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        for folder in ("pipelines", "schemas"):
            for path in (ROOT / folder).rglob("*.py"):
                packed.write(path, path.relative_to(ROOT))
    source, place = answer(tmp_path, archive)
    assert source.startswith(str(archive))
    assert any(Path(place).glob("*.nbi"))
