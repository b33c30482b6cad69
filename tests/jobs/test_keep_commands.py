"""`phloem copy`, `verify` and `tier` as a person gives them: what they say, and the code they end with."""

import os
import re
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from kept_datasets import STORES, bytes_of, flipped, kept, whole_version

from jobs.main import main
from pipelines.catalog import open_dataset
from pipelines.storage import join

ROOT = Path(__file__).parents[2]
PHLOEM = [sys.executable, "-m", "jobs.main"]


@pytest.fixture
def phloem(capsys, tmp_path, monkeypatch):
    """Exit code, stdout and stderr of a command given in the test's folder."""
    monkeypatch.chdir(tmp_path)

    def run(*words):
        try:
            main(words)
        except SystemExit as ended:
            code = ended.code
        out, err = capsys.readouterr()
        return code, out, err

    return run


@pytest.fixture
def uri(tmp_path):
    return kept(tmp_path / "here")


def site(folder, text):
    (folder / "site.toml").write_text(text)
    return "--site=site.toml"


def test_a_copy_is_said_before_and_after_and_again_there_is_nothing_to_send(phloem, uri, tmp_path):
    copy = f"file://{tmp_path}/there/tiny/tokens/v1"
    code, out, _ = phloem("copy", "here/tiny/tokens/v1", "there", "--dry-run")
    assert (code, out) == (0, f"{copy}: would send 9 files, 19.0 kB; 0 were there\n")
    assert not (tmp_path / "there").exists()
    code, out, err = phloem("copy", "here/tiny/tokens/v1", "there", "--jobs", "2")
    published = f"{copy}: published, manifest {open_dataset(uri).manifest_hash[:16]}"
    assert (code, out) == (0, f"{published}; sent 9 files, 19.0 kB; 0 were there\n")
    assert re.search(r"copy: send tokens: 19\.0 kB \(.*/s\) · done in 0 s", err)
    code, out, _ = phloem("copy", "here/tiny/tokens/v1", "there")
    assert (code, out) == (0, f"{copy}: published already, 9 files; phloem verify reads them again\n")


def test_with_parents_the_whole_version_is_copied(phloem, tmp_path):
    whole_version(tmp_path / "here")
    code, out, _ = phloem("copy", "here/tiny/tokens/v1", "there", "--with-parents")
    assert (code, out.count(": published, manifest ")) == (0, 3)
    assert bytes_of(STORES, f"file://{tmp_path}/there") == bytes_of(STORES, f"file://{tmp_path}/here")


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["copy", "here/tiny", "there"], 1, "is not a published dataset"),
        (["copy", "here/tiny/tokens/v1", "here"], 2, "lies already"),
        (["copy", "here/tiny/tokens/v1", "ftp://there"], 2, "no store reads ftp://"),
        (["copy", "ftp://here/tiny/tokens/v1", "there"], 2, "no store reads ftp://"),
        (["copy", "here/tiny/tokens/v1", "there", "--jobs", "0"], 2, "greater than or equal to 1"),
        (
            ["copy", "here/tiny/tokens/v1", "/dev/null/there"],
            1,
            "manifest.json: Not a directory",
        ),
        (["verify", "here/tiny/tokens/v2"], 1, "is not a published dataset"),
        (["verify", "here/tiny/tokens/v1", "--repair"], 2, "--repair needs a replica"),
        (["verify", "here/tiny/tokens/v1", "--from", "nowhere"], 1, "nowhere is not a published dataset"),
        (["verify", "here/tiny/tokens/v1", "--from", "here/tiny/tokens/v1"], 2, "cannot be its own replica"),
        (["tier", "here"], 2, "the site file has no rules"),
        (["tier", "here/tiny/tokens/v1", "--back"], 2, "was not moved, and its store has no tiers"),
        (["tier", "here", "--back"], 2, "is no place of a dataset"),
        (["tier", "here", "--back", "--apply"], 2, "two things"),
    ],
)
@pytest.mark.usefixtures("uri")
def test_what_cannot_be_done_is_refused_in_words(phloem, words, code, said):
    found, out, err = phloem(*words)
    assert (found, out) == (code, "")
    assert said in err
    assert "Traceback" not in err


def test_a_whole_dataset_is_verified_with_and_without_a_replica(phloem, uri):
    phloem("copy", "here/tiny/tokens/v1", "there")
    code, out, _ = phloem("verify", "here/tiny/tokens/v1")
    assert code == 0
    assert out.startswith(f"{uri}: 3 shards, 3 rows, 16,000 bytes: as published\n3 files beside them have no hash")
    code, out, _ = phloem("verify", "here/tiny/tokens/v1", "--from", "there/tiny/tokens/v1")
    assert (code, out.startswith(f"{uri}: 9 files, each as published and as in file://")) == (0, True)


def test_damage_is_named_and_repaired_and_then_there_is_none(phloem, uri, tmp_path):
    phloem("copy", "here/tiny/tokens/v1", "there")
    before = bytes_of(STORES, uri)
    flipped(STORES, join(uri, "shards/a"))
    STORES.delete(join(uri, "shards/b"))
    code, out, err = phloem("verify", "here/tiny/tokens/v1")
    assert (code, out) == (1, "")
    assert f"2 files are not what the manifest says:\nshards/a: 5000 bytes, BLAKE3 {''}" in err
    assert f"repair it with phloem verify {uri} --from REPLICA --repair" in err

    with_replica = ["verify", "here/tiny/tokens/v1", "--from", "there/tiny/tokens/v1"]
    code, out, _ = phloem(*with_replica)
    assert code == 1
    assert f"{uri}: 2 of 9 files differ:\n  shards/a: 5000 bytes" in out
    code, out, _ = phloem(*with_replica, "--repair")
    assert code == 0
    assert out.endswith(f"2 files repaired from file://{tmp_path}/there/tiny/tokens/v1\n")
    assert bytes_of(STORES, uri) == before
    assert phloem(*with_replica)[0] == 0


def test_what_could_not_be_repaired_is_told_and_is_exit_code_1(phloem, uri, tmp_path):
    phloem("copy", "here/tiny/tokens/v1", "there")
    for name in ("shards/a", "shards/b", "rejected/a"):
        flipped(STORES, join(uri, name))
    flipped(STORES, join(f"file://{tmp_path}/there/tiny/tokens/v1", "shards/a"))
    code, out, _ = phloem("verify", "here/tiny/tokens/v1", "--from", "there/tiny/tokens/v1", "--repair")
    assert code == 1
    assert "\n1 files repaired from " in out
    assert "\n  not repaired: the replica's shards/a: 5000 bytes" in out
    assert "\n  not repaired: rejected/a: no hash is known of it; delete the bad one and repair again\n" in out


def test_a_lost_manifest_comes_back(phloem, uri, tmp_path):
    phloem("copy", "here/tiny/tokens/v1", "there")
    before = bytes_of(STORES, uri)
    (tmp_path / "here/tiny/tokens/v1/manifest.json").unlink()
    code, out, _ = phloem("verify", "here/tiny/tokens/v1", "--from", "there/tiny/tokens/v1", "--repair")
    assert (code, "  manifest.json: missing\n" in out) == (0, True)
    assert bytes_of(STORES, uri) == before


POLICY = """
[tier]
pinned = ["tiny/v3"]
[[tier.rules]]
stage = "tokens"
keep_newest = 1
to = "archive"
"""


def test_a_policy_is_said_then_carried_out_and_taken_back(phloem, tmp_path):
    for version in ("v1", "v2", "v3", "v4"):
        kept(tmp_path / "here", version=version)
    before = bytes_of(STORES, str(tmp_path / "here"))
    policy = site(tmp_path, POLICY.replace('"archive"', f'"{tmp_path}/archive"'))
    code, out, _ = phloem("tier", "here", policy)
    assert code == 0
    assert re.search(r"\ntiny/tokens/v1 +10 +19\.9 kB +\d{4}-\d\d-\d\d +no trace +file://.*/here +/.*/archive\n", out)
    assert "tiny/tokens/v3" not in out
    assert out.endswith("2 of 4 datasets to move, 39.8 kB\nnothing was moved: give --apply to move them\n")
    assert bytes_of(STORES, str(tmp_path / "here")) == before

    code, out, _ = phloem("tier", "here", policy, "--apply")
    moved = f"file://{tmp_path}/here/tiny/tokens/v1"
    assert code == 0
    assert f"{moved}: now file://{tmp_path}/archive/tiny/tokens/v1; back with phloem tier --back {moved}\n" in out
    assert "0 of 2 datasets to move, 0 B\n" in phloem("tier", "here", policy)[1]
    code, _, err = phloem("read", "here/tiny/tokens/v1")
    assert (code, f"bring it back with phloem tier --back {moved}" in err) == (2, True)

    for version in ("v1", "v2"):
        assert phloem("tier", f"here/tiny/tokens/{version}", "--back")[0] == 0
    assert bytes_of(STORES, str(tmp_path / "here")) == before
    assert not any((tmp_path / "archive").rglob("*.parquet"))


def test_a_removal_that_was_killed_is_finished_by_the_next_command(phloem, tmp_path):
    kept(tmp_path / "here", version="v1")
    kept(tmp_path / "here", version="v2")
    policy = site(tmp_path, POLICY.replace('"archive"', f'"{tmp_path}/archive"'))
    phloem("tier", "here", policy, "--apply")
    left = f"file://{tmp_path}/here/tiny/tokens/v1/shards/left"
    STORES.put_if_absent(left, b"of a killed removal")
    assert "v1: moved before, and not all of it removed here\n" in phloem("tier", "here", policy)[1]
    assert STORES.exists(left)
    assert "v1: removed here\n" in phloem("tier", "here", policy, "--apply")[1]
    assert not STORES.exists(left)


def test_an_interrupted_copy_takes_back_what_is_half_sent_and_goes_on(uri, tmp_path):
    # A pipe in the place of a shard: a source that does not end.
    shard = tmp_path / "here/tiny/tokens/v1/shards/b"
    data = shard.read_bytes()
    shard.unlink()
    os.mkfifo(shard)
    command = [*PHLOEM, "copy", uri, "there", "--jobs", "1"]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, cwd=tmp_path, env=environment, stderr=subprocess.PIPE, text=True) as copying:
        try:
            with shard.open("wb", buffering=0) as pipe, suppress(BrokenPipeError):  # opened when the copy opens it
                copying.send_signal(signal.SIGINT)
                while True:
                    pipe.write(data)
            assert copying.wait(60) == 130
        finally:
            copying.kill()
    left = [path.name for path in (tmp_path / "there").rglob("*") if path.is_file()]
    assert left == ["a"]
    shard.unlink()
    shard.write_bytes(data)
    again = subprocess.run([*PHLOEM, "copy", uri, "there"], cwd=tmp_path, env=environment, check=True)
    assert again.returncode == 0
    open_dataset(f"{tmp_path}/there/tiny/tokens/v1").verify()


ON_A_SMALL_DISK = """
set -u
mount -t tmpfs -o size=24k none there
"$@" 2>full.txt; echo $?
find there -name '.incomplete-*' -o -name 'manifest.json' -o -name 'running-*'
mount -o remount,size=1m there
"$@" >again.txt 2>&1; echo $?
cp -r there roomy
"""


def test_a_destination_that_is_full_is_told_and_with_room_it_goes_on(uri, tmp_path):
    (tmp_path / "there").mkdir()
    as_root = [] if os.geteuid() == 0 else ["--map-root-user"]
    script = ["unshare", *as_root, "--mount", "bash", "-c", ON_A_SMALL_DISK, "bash", *PHLOEM, "copy", uri, "there"]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(script, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("1\n0\n", "")
    said = (tmp_path / "full.txt").read_text()
    assert "No space left on device" in said
    assert "Traceback" not in said
    assert re.search(r"; sent [1-8] files, .*; [1-8] were there", (tmp_path / "again.txt").read_text())
    assert bytes_of(STORES, str(tmp_path / "roomy/tiny/tokens/v1")) == bytes_of(
        STORES, str(tmp_path / "here/tiny/tokens/v1")
    )
