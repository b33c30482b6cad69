import pytest
from source_files import STORES, write

from pipelines.errors import RefusedError
from pipelines.sources import find_files


def sources(*inputs) -> list[str]:
    return [file.source for file in find_files(STORES, [str(value) for value in inputs])]


def test_a_source_is_the_name_of_its_input_and_the_path_below_it(tmp_path):
    for name in ("b/2.txt", "b/sub/1.txt", "a=1/3.txt"):
        write(tmp_path / "raw", name, b"x")
    assert sources(tmp_path / "raw") == ["raw/a=1/3.txt", "raw/b/2.txt", "raw/b/sub/1.txt"]
    assert sources(f"web={tmp_path}/raw/b/") == ["web/2.txt", "web/sub/1.txt"]
    assert sources(tmp_path / "raw/b/2.txt") == ["2.txt"]
    assert sources(f"web=file://{tmp_path}/raw/b/2.txt") == ["web/2.txt"]


def test_the_order_is_by_source_not_by_input(tmp_path):
    one, two = write(tmp_path, "one/a.txt", b"1"), write(tmp_path, "two/b.txt", b"2")
    assert sources(two, one) == sources(one, two) == ["a.txt", "b.txt"]


def test_names_that_start_with_underscore_or_dot_are_passed_over_below_a_folder(tmp_path):
    for name in ("_SUCCESS", ".part.crc", "_temporary/0/a.txt", "a.txt"):
        write(tmp_path / "_raw", name, b"x")
    assert sources(tmp_path / "_raw") == ["_raw/a.txt"]
    assert sources(tmp_path / "_raw/_SUCCESS") == ["_SUCCESS"]


def test_the_index_of_a_warc_file_is_no_input_but_another_is(tmp_path):
    for name in ("a.warc.gz", "a.warc.gz.cdxj", "b.warc.gz", "b.cdxj", "c.cdxj"):
        write(tmp_path / "raw", name, b"x")
    assert sources(tmp_path / "raw") == ["raw/a.warc.gz", "raw/b.warc.gz", "raw/c.cdxj"]


def test_version_and_size_are_the_stores_and_the_checksum_that_of_the_bytes(tmp_path):
    path, other = write(tmp_path, "a.txt", b"same"), write(tmp_path, "b.txt", b"same")
    first, second = find_files(STORES, [path, other])
    assert (first.size_bytes, first.version) == (4, STORES.stat(path).version)
    assert first.checksum == second.checksum == STORES.checksum(path)


def test_all_faults_are_told_at_once_with_the_way_out(tmp_path):
    one, two = write(tmp_path, "one/a.txt", b"1"), write(tmp_path, "two/a.txt", b"2")
    (tmp_path / "empty").mkdir()
    with pytest.raises(RefusedError) as caught:
        sources(one, two, tmp_path / "empty", tmp_path / "missing", "ftp://host/x", "/")
    assert len(caught.value.faults) >= 4
    told = str(caught.value)
    assert "--input NAME=URI" in told
    for part in ("one/a.txt", "two/a.txt", "empty", "missing", "ftp://"):
        assert part in told


def test_no_input_and_a_name_that_is_not_utf8_are_refused(tmp_path):
    with pytest.raises(RefusedError, match="no input"):
        sources()
    write(tmp_path, "raw/\udcff.txt", b"x")
    with pytest.raises(RefusedError, match="not UTF-8"):
        sources(tmp_path / "raw")


def test_many_faults_are_counted(tmp_path):
    for folder in ("one/raw", "two/raw"):
        for number in range(50):
            write(tmp_path, f"{folder}/{number}.txt", b"x")
    with pytest.raises(RefusedError, match="and 30 more faults"):
        sources(tmp_path / "one/raw", tmp_path / "two/raw")
