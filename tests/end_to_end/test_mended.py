"""Whole runs from which rights or room are taken in the middle: told in a line; mended, the same bytes come out."""

import re
from typing import Any

import pytest
import s3_server
from corpora import WHERE_INPUTS_LIE, tree, write_corpus, write_recipe

from jobs import making
from jobs.main import main
from pipelines.stages.progress import Progress
from pipelines.storage import Stores, join, relative

CLEAN, TOKENS = "read, clean, measure", "tokenize, shuffle, pack"
"""Activities of a run."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("mended")
    write_corpus(made / "raw", documents=18)
    write_recipe(made, seconds=0.3)
    return made


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """An S3 of this file's own, on a disk that can be filled."""
    with s3_server.running(tmp_path_factory.mktemp("s3"), disk_bytes=64 << 20) as server:
        yield server


@pytest.fixture(scope="module")
def rights(server):
    """What the user of a run may do in a bucket: given to it, or taken."""
    user = server.add_user("runner")
    assert server.make_bucket("bucket")

    def given(*actions: str) -> dict[str, str]:
        server.allow("runner", "bucket", "s3:ListBucket", "s3:ListBucketMultipartUploads", *actions)
        return user

    return given


READ = ("s3:GetObject",)
WRITE = (*READ, "s3:PutObject", "s3:DeleteObject")


@pytest.fixture
def phloem(spark, folder, server, hdfs, rights, monkeypatch, capsys):
    """`phloem run` in this process, disturbed once on its way if that is asked: exit code and what was told."""
    site = server.site_toml().replace(f'file = "{server.folder}', f'file = "{folder}')
    for key, value in rights(*WRITE).items():
        (folder / key).write_text(value)
    (folder / "site.toml").write_text(site + hdfs.site_toml())
    monkeypatch.chdir(folder)
    monkeypatch.setattr(making, "open_session", lambda *_: spark)
    monkeypatch.setattr(making._LateSession, "stop", lambda _: None)

    def run(command: str, source: str, output: str, *when: Any) -> tuple[int, str]:
        """`when`: activity, least number of its units that are done, what happens then."""
        waiting = [when] if when else []

        def listen(progress: Progress) -> None:
            if waiting and progress.activity == when[0] and progress.done_units >= when[1]:
                waiting.pop()[2]()

        monkeypatch.setattr(making, "_silent", listen)
        words = ["my_recipe.py:MINE", "--quiet", "--site", "site.toml", "--input", source, "--output", output]
        with pytest.raises(SystemExit) as ended:
            main([command, *words])
        assert not waiting
        return ended.value.code, capsys.readouterr().err

    return run


@pytest.fixture
def quiet(phloem, folder):
    """What the same command makes of the same files on this machine's disk."""
    if not (folder / "quiet").exists():
        assert phloem("run", "raw", "quiet")[0] == 0
    return tree(folder / "quiet", leave_out=WHERE_INPUTS_LIE)


@pytest.fixture
def stores(server, hdfs):
    return Stores({"s3": server.settings(), **hdfs.stores().endpoints})


def put_raw(stores, folder, place):
    for file in (folder / "raw").iterdir():
        stores.put_if_absent(join(place, "raw", file.name), file.read_bytes())
    return join(place, "raw")


def made(stores, output):
    found = {relative(stat.uri, output): stat.uri for stat in stores.list_files(output) if "/inputs/" not in stat.uri}
    return {name: stores.read(uri) for name, uri in found.items()}


def num_shards(stores, output):
    return sum(name.startswith("mine/clean/v1/shards/") for name in made(stores, output))


def assert_told(ended, words):
    code, said = ended
    assert code == 1
    assert re.search(f"^phloem: .*{words}", said.splitlines()[-1]), said
    assert "units that are written stay" in said
    assert "runner-secret" not in said


def test_from_hdfs_to_s3_the_input_is_shut_the_right_to_write_taken_and_the_disk_filled(
    phloem, quiet, folder, server, rights, hdfs, stores, tmp_path
):
    source, output = put_raw(stores, folder, join(hdfs.uri, tmp_path.name)), "s3://bucket/out"
    run, shut = ("run", source, output), {"path": source.removeprefix(hdfs.uri), "permission": "000"}
    assert_told(
        phloem(*run, CLEAN, 1, lambda: hdfs.web("PUT", "SETPERMISSION", **shut)),
        f"{source}.*: Permission denied: user=phloem, access=.*another user in the site file",
    )
    assert 0 < num_shards(stores, output) < 6
    hdfs.web("PUT", "SETPERMISSION", **shut | {"permission": "755"})
    assert_told(
        phloem(*run, CLEAN, 0, lambda: rights(*READ, "s3:DeleteObject")),
        "s3://bucket/out/mine/clean/.*: access denied: these credentials may not write it .s3:PutObject",
    )
    rights(*WRITE)
    assert_told(
        phloem(*run, TOKENS, 0, server.fill_disk), "s3://bucket/out/mine/tokens/v1/.*: no room is left at http:"
    )
    server.make_room()
    assert phloem(*run)[0] == 0
    assert made(stores, output) == quiet
    assert not any(b"runner-secret" in data for data in made(stores, output).values())
    assert "Uploads" not in server.client.list_multipart_uploads(Bucket="bucket")


def test_from_s3_to_hdfs_the_right_to_read_is_taken_and_the_output_shut(
    phloem, quiet, folder, rights, hdfs, stores, tmp_path
):
    source, output = put_raw(stores, folder, "s3://bucket"), join(hdfs.uri, tmp_path.name, "out")
    clean = ("clean", source, output)
    shut = {"path": f"/{tmp_path.name}/out/mine/clean/v1/shards", "permission": "555"}
    assert_told(
        phloem(*clean, CLEAN, 1, lambda: rights("s3:PutObject")),
        "s3://bucket/raw/.*: access denied: these credentials may not read it .s3:GetObject",
    )
    assert 0 < num_shards(stores, output) < 6
    rights(*WRITE)
    assert_told(
        phloem(*clean, CLEAN, 0, lambda: hdfs.web("PUT", "SETPERMISSION", **shut)),
        f"{output}/mine/clean/v1/.*: Permission denied: user=phloem, access=WRITE",
    )
    hdfs.web("PUT", "SETPERMISSION", **shut | {"permission": "755"})
    assert phloem(*clean)[0] == 0
    assert made(stores, output).items() >= {name: quiet[name] for name in quiet if "/clean/" in name}.items()
