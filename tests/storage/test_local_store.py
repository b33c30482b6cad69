"""The file system's own troubles, and what URIs say."""

import os
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.errors import AlreadyExistsError, RefusedError, StorageError
from pipelines.storage import Stores, join, local_path, normalized, relative, scheme


def test_a_file_where_a_folder_should_be_is_a_storage_error_that_names_the_object(tmp_path):
    (tmp_path / "file").write_bytes(b"in the way")
    for name in ("file/object", "file/deeper/object"):
        with pytest.raises(StorageError, match=name) as caught:
            Stores().put_if_absent(str(tmp_path / name), b"x")
        assert not isinstance(caught.value, AlreadyExistsError)
        with pytest.raises(StorageError, match=name) as caught:
            Stores().copy(str(tmp_path / "file"), str(tmp_path / name))
        assert not isinstance(caught.value, AlreadyExistsError)
    assert [path.name for path in tmp_path.rglob("*")] == ["file"]
    with pytest.raises(StorageError, match="file"):
        Stores().check_writable(str(tmp_path / "file"))


FULL = """
import resource, sys
from pipelines.errors import StorageError
from pipelines.storage import Stores
# No file may grow beyond this: the system's answer to a write is an error, as on a full disk.
resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))
try:
    with Stores().create(sys.argv[1]) as output:
        for _ in range(int(sys.argv[2])):
            output.write(b"x" * 1000)
except StorageError as error:
    print(error)
"""


@pytest.mark.parametrize("num_kilobytes", [51, 900])
def test_a_full_disk_is_a_storage_error_that_names_the_object_and_leaves_nothing(tmp_path, num_kilobytes):
    # 51: what is still in the buffer when the file is closed; 900: a write in the middle.
    uri = normalized(str(tmp_path / "full"))
    command = [sys.executable, "-c", FULL, uri, str(num_kilobytes)]
    ended = subprocess.run(command, capture_output=True, text=True, check=True)
    assert ended.stdout.startswith(f"{uri}: File too large")
    assert list(tmp_path.iterdir()) == []


def test_a_link_to_a_folder_above_is_no_endless_way_down(tmp_path):
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "b" / "file").write_bytes(b"x")
    (tmp_path / "a" / "b" / "up").symlink_to(tmp_path / "a")
    (tmp_path / "beside").symlink_to(tmp_path / "a" / "b")
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    found = [relative(stat.uri, normalized(str(tmp_path))) for stat in Stores().list_files(str(tmp_path))]
    assert found == ["a/b/file", "beside/file"]


def test_pipes_are_not_listed(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    assert list(Stores().list_files(str(tmp_path))) == []


def test_a_plain_path_and_its_uri_are_one_object(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Stores().put_if_absent("a/../b/c", b"x")
    assert Stores().read(f"file://{tmp_path}/b/c/") == b"x"
    monkeypatch.setenv("HOME", str(tmp_path))
    assert Stores().read("~/b/c") == b"x"


def test_an_unknown_scheme_is_refused_with_those_that_are_known():
    with pytest.raises(RefusedError, match=r"ftp://host/x: no store reads ftp://; known are file://.* plain paths"):
        Stores().read("ftp://host/x")


def test_uris_are_taken_apart_and_put_together():
    assert [scheme("s3://b/k"), scheme("/a"), scheme("a:b")] == ["s3", "file", "file"]
    assert normalized("s3://b/k/") == "s3://b/k"
    assert join("s3://b/", "/k/", "l") == "s3://b/k/l"
    assert relative("s3://b/k/l", "s3://b/") == "k/l"
    assert relative("s3://b/k/l", "s3://b/k/l") == "l"
    assert relative("s3://b/kk/l", "s3://b/k") == "s3://b/kk/l"
    assert local_path("file:///100%25.txt") == "/100%25.txt"


def test_the_root_of_the_file_system_is_a_folder_too():
    assert join(normalized("/"), "a") == "file:///a"
    assert join("/", "a") == "/a"
    assert relative("file:///a/b", normalized("/")) == "a/b"


PARTS = st.text(min_size=1, max_size=8).filter(lambda part: "/" not in part and "\0" not in part and part not in "..~")


@settings(max_examples=100, deadline=None)
@given(parts=st.lists(PARTS, min_size=1, max_size=4))
def test_what_was_joined_is_what_is_relative(parts):
    root = normalized("/corpora")
    uri = join(root, *parts)
    assert relative(uri, root) == "/".join(parts)
    assert normalized(uri) == uri
