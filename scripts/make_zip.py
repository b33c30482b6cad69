# ruff: noqa: INP001
# (a script beside shell scripts, imported by nobody)
"""Pack schemas, pipelines and jobs, data files included, into a zip for `spark-submit --py-files`.

The same files give the same bytes: names are sorted, times and modes are fixed. (A wheel is not put on the executors'
path; the same content named `.zip` is.)
"""

import sys
import zipfile
from pathlib import Path

PACKAGES = ("schemas", "pipelines", "jobs")
_FIRST_TIME = (1980, 1, 1, 0, 0, 0)
"""The earliest that a zip can hold."""
_LEFT_OUT = {"__pycache__", ".ipynb_checkpoints", "notebooks"}
_READABLE = 0o644 << 16


def members(root: Path) -> list[Path]:
    """The files to pack, relative to `root`, ordered by name."""
    found = (path.relative_to(root) for package in PACKAGES for path in (root / package).rglob("*") if path.is_file())
    return sorted((path for path in found if not _LEFT_OUT.intersection(path.parts)), key=Path.as_posix)


def make_zip(root: Path, target: Path) -> int:
    """Write the zip of `root`'s packages to `target`, whole or not at all; the number of files in it."""
    paths = members(root)
    aside = target.with_name(target.name + ".new")
    with zipfile.ZipFile(aside, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in paths:
            entry = zipfile.ZipInfo(path.as_posix(), _FIRST_TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = _READABLE
            archive.writestr(entry, (root / path).read_bytes())
    aside.replace(target)
    return len(paths)


if __name__ == "__main__":
    name = Path(sys.argv[1])
    num_files = make_zip(Path(__file__).parent.parent, name)
    print(f"{name}: {num_files} files, {name.stat().st_size / 1e6:.2f} MB")  # noqa: T201 (what was asked for)
