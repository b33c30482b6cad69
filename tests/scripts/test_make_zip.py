"""phloem.zip: everything the executors need, and the same bytes from the same files."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

CHECKOUT = Path(__file__).parent.parent.parent


def made(root: Path, target: Path) -> Path:
    subprocess.run([sys.executable, root / "scripts" / "make_zip.py", target], check=True)
    return target


def test_the_zip_imports_without_the_checkout_and_carries_data_files(tmp_path):
    archive = made(CHECKOUT, tmp_path / "phloem.zip")
    names = zipfile.ZipFile(archive).namelist()
    assert names == sorted(names)
    assert {"schemas/__init__.py", "pipelines/errors.py", "jobs/log4j2.properties"} <= set(names)
    assert not [name for name in names if "__pycache__" in name or name.endswith(".ipynb")]
    program = "import schemas, pipelines.storage, jobs.sample; print(schemas.__file__, jobs.sample.__file__)"
    environment = os.environ | {"PYTHONPATH": str(archive)}
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, env=environment, check=True, capture_output=True, text=True
    )
    assert done.stdout.split() == [f"{archive}/schemas/__init__.py", f"{archive}/jobs/sample/__init__.py"]


def test_the_same_files_give_the_same_bytes_wherever_and_whenever_they_were_written(tmp_path):
    copy = tmp_path / "elsewhere"
    for folder in ("schemas", "scripts"):
        shutil.copytree(CHECKOUT / folder, copy / folder, ignore=shutil.ignore_patterns("__pycache__"))
    first = made(copy, tmp_path / "first.zip").read_bytes()
    for path in copy.rglob("*.py"):
        path.chmod(0o600)
        os.utime(path, (1_000_000_000, 1_000_000_000))
    assert made(copy, tmp_path / "second.zip").read_bytes() == first
    (copy / "schemas" / "__init__.py").write_text("changed = True\n")
    assert made(copy, tmp_path / "third.zip").read_bytes() != first
