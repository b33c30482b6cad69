"""An output disk that fills up in the middle of a run: told in a line, nothing half-made, and the same command goes on.

The disk is a tmpfs of a few hundred kB in a mount namespace of the test's own, which needs no root.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from corpora import WHERE_INPUTS_LIE, tree, write_corpus, write_recipe

ROOT = Path(__file__).parents[2]
PAGE_BYTES = 4096

ON_A_SMALL_DISK = """
set -eu
mount -t tmpfs -o size="$1" none out
code=0; shift 2; "$@" 2>full.txt || code=$?
echo "$code"
find out -name '.incomplete-*'
mount -o remount,size=64m out
"$@" >again.txt 2>&1
cp -r out roomy
"""
"""The run on the small disk, its exit code and leftovers; the run again with room; what it made, carried out."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("disk")
    write_corpus(made / "raw")
    write_recipe(made)
    return made


def command(output: str) -> list[str]:
    return [sys.executable, "-m", "jobs.main", "run", "my_recipe.py:MINE", "--input", "raw", "--output", output]


@pytest.fixture(scope="module")
def undisturbed(folder):
    subprocess.run([*command("undisturbed"), "--quiet"], cwd=folder, env=environment(), check=True, capture_output=True)
    return tree(folder / "undisturbed", leave_out=WHERE_INPUTS_LIE)


def environment() -> dict[str, str]:
    return os.environ | {"PYTHONPATH": str(ROOT)}


def pages(files: dict[str, bytes], stage: str) -> int:
    """What a stage takes on the disk."""
    of_stage = [data for name, data in files.items() if name.startswith(f"mine/{stage}/")]
    return sum(-(-len(data) // PAGE_BYTES) for data in of_stage)


@pytest.mark.parametrize("stage", ["clean", "tokens"])
def test_a_disk_that_fills_up_stops_the_run_in_words_and_with_room_it_goes_on_to_the_same_bytes(
    folder, undisturbed, stage
):
    before = sum(pages(undisturbed, each) for each in ("clean", "deduplicated") if each < stage)
    room = (before + pages(undisturbed, stage) // 2) * PAGE_BYTES
    (folder / stage / "out").mkdir(parents=True)
    for name in ("raw", "my_recipe.py"):
        (folder / stage / name).symlink_to(folder / name)
    as_root = [] if os.geteuid() == 0 else ["--map-root-user"]
    script = ["unshare", *as_root, "--mount", "bash", "-c", ON_A_SMALL_DISK, "bash", str(room), "--"]
    done = subprocess.run(
        [*script, *command("out"), "--quiet"],
        cwd=folder / stage,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    assert done.stdout == "1\n"
    said = (folder / stage / "full.txt").read_text()
    assert f"\nphloem: file://{folder}/{stage}/out/mine/{stage}/v1/" in said
    assert "No space left on device" in said
    assert "units that are written stay" in said
    assert said.splitlines()[-1].startswith("phloem: ")
    assert tree(folder / stage / "roomy", leave_out=WHERE_INPUTS_LIE) == undisturbed
