"""What inputs hash to: read once per state of a file, remembered, and never believed of another state."""

from pathlib import Path

from blake3 import blake3
from source_files import STORES, write

from pipelines.sources import Remembered, read_checksums
from pipelines.storage import Stat, normalized


class Reading:
    """Reads checksums, and writes down of which files."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __call__(self, stats):
        self.asked += [Path(stat.uri).name for stat in stats]
        return read_checksums(STORES, stats)


def stats_of(*paths: str) -> list[Stat]:
    return [STORES.stat(path) for path in paths]


def test_a_state_is_read_once_and_a_changed_or_new_file_again(tmp_path):
    read = Reading()
    remembered = Remembered(STORES, normalized(str(tmp_path / "inputs")), read)
    one, two = write(tmp_path, "raw/one", b"1"), write(tmp_path, "raw/two", b"2")
    first = remembered(stats_of(one, two))
    assert first == {normalized(one): blake3(b"1").hexdigest(), normalized(two): blake3(b"2").hexdigest()}
    assert remembered(stats_of(two, one)) == first
    assert read.asked == ["one", "two"]
    Path(two).unlink()
    write(tmp_path, "raw/two", b"3")
    three = write(tmp_path, "raw/three", b"3")
    assert set(remembered(stats_of(one, two, three)).values()) == {
        blake3(b"1").hexdigest(),
        blake3(b"3").hexdigest(),
    }
    assert read.asked == ["one", "two", "two", "three"]
    assert len(list((tmp_path / "inputs").iterdir())) == 2


def test_two_runs_that_read_the_same_files_remember_them_once(tmp_path):
    folder = normalized(str(tmp_path / "inputs"))
    stats = stats_of(write(tmp_path, "raw/one", b"1"))

    def read_while_another_run_remembers(stats):
        Remembered(STORES, folder, Reading())(stats)
        return read_checksums(STORES, stats)

    Remembered(STORES, folder, read_while_another_run_remembers)(stats)
    assert len(list((tmp_path / "inputs").iterdir())) == 1


def test_what_vanished_or_changed_since_it_was_listed_has_no_checksum_and_is_not_remembered(tmp_path):
    paths = [write(tmp_path, f"raw/{name}", b"x") for name in ("gone", "changed", "stays")]
    stats = stats_of(*paths)
    Path(paths[0]).unlink()
    Path(paths[1]).write_bytes(b"other")
    remembered = Remembered(STORES, normalized(str(tmp_path / "inputs")), Reading())
    assert list(remembered(stats)) == [normalized(paths[2])]
    assert list(remembered(stats)) == [normalized(paths[2])]


def test_nothing_new_writes_nothing(tmp_path):
    assert Remembered(STORES, normalized(str(tmp_path / "inputs")), Reading())([]) == {}
    assert not (tmp_path / "inputs").exists()
