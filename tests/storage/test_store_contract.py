"""What every store promises, asked of each one: another store is one more row in STORES."""

import io
import pickle
import subprocess
import sys
import threading

import pytest

from pipelines.errors import AlreadyExistsError, NotFoundError, StorageError
from pipelines.storage import Stores, join, normalized, relative

STORES = {"local": lambda folder: (Stores(), normalized(str(folder / "out")))}
"""Kind of store → how to make one and an empty place in it."""

ODD_NAMES = ["with space", " at both ends ", "Übergrößen 名前 🌳", "100%.txt", "%2F%20", "a#b", "a+b", "a?b&c=d", "..."]
ODD_NAMES += [".hidden", "..two", "~", "quote'\"", "back\\slash", "glob*[a-z]", "two\nlines", "semi;colon:", "-dash"]


@pytest.fixture(params=STORES)
def place(request, tmp_path):
    return STORES[request.param](tmp_path)


def names(stores, uri):
    return [relative(stat.uri, uri) for stat in stores.list_files(uri)]


def in_another_process(program, *values):
    """Start `program`, in which `values` are what was given here; its output comes line by line."""
    head = "import os, pickle, sys, time\nfrom pipelines.errors import AlreadyExistsError\n"
    head += "values = pickle.loads(bytes.fromhex(sys.argv[1]))\n"
    command = [sys.executable, "-c", head + program, pickle.dumps(values).hex()]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def test_what_was_put_is_read_back_with_its_size(place):
    stores, root = place
    uri = join(root, "deep", "er", "name")
    stores.put_if_absent(uri, b"some bytes")
    assert stores.read(uri) == b"some bytes"
    assert stores.stat(uri).size_bytes == 10
    assert stores.stat(uri).uri == uri
    with stores.open(uri) as stream:
        stream.seek(-5, io.SEEK_END)
        assert stream.read(3) == b"byt"


def test_a_name_is_written_once_and_keeps_its_first_bytes(place):
    stores, root = place
    uri = join(root, "once")
    stores.put_if_absent(uri, b"first")
    with pytest.raises(AlreadyExistsError, match="once"):
        stores.put_if_absent(uri, b"second")
    with pytest.raises(AlreadyExistsError, match="once"), stores.create(uri) as output:
        output.write(b"third")
    assert stores.read(uri) == b"first"
    assert stores.sweep(root) == 0


def test_an_output_counts_and_hashes_what_is_written(place):
    stores, root = place
    uri = join(root, "streamed")
    with stores.create(uri) as output:
        assert output.write(b"abc") == 3
        assert output.write(memoryview(b"defg")) == 4
        assert output.size_bytes == 7
        assert output.blake3() == "e1d30d7456b90cdc79c9d4a59e5bfa2362a59c14b2a60ac504c1b8d54c1bb6dc"
    assert stores.read(uri) == b"abcdefg"


def test_an_exception_while_writing_leaves_nothing(place):
    stores, root = place
    uri = join(root, "broken")
    with pytest.raises(ZeroDivisionError), stores.create(uri) as output:
        output.write(b"x" * 100_000)
        raise ZeroDivisionError
    assert names(stores, root) == []
    assert stores.sweep(root) == 0
    stores.put_if_absent(uri, b"the name is still free")


RACE = """
stores, uri = values
reading, starting = os.pipe()
children = []
for number in range(16):
    child = os.fork()
    if child == 0:
        os.close(starting)
        os.read(reading, 1)  # ends for all at once, when the parent closes its side
        try:
            stores.put_if_absent(uri, bytes([number]) * 100_000)
        except AlreadyExistsError:
            os._exit(1)
        except BaseException:
            os._exit(2)
        os._exit(0)
    children.append(child)
os.close(starting)
print([os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children])
"""


def test_of_sixteen_processes_racing_for_one_name_exactly_one_wins(place):
    stores, root = place
    uri = join(root, "race")
    ends, _ = in_another_process(RACE, stores, uri).communicate()
    codes = eval(ends)  # noqa: S307 (our own program's list of numbers)
    assert sorted(codes) == [0] + [1] * 15
    assert stores.read(uri) == bytes([codes.index(0)]) * 100_000
    assert names(stores, root) == ["race"]


def test_a_reader_during_a_write_sees_nothing(place):
    stores, root = place
    uri = join(root, "slow")
    with stores.create(uri) as output:
        output.write(b"x" * 3_000_000)
        assert not stores.exists(uri)
        assert names(stores, root) == []
        with pytest.raises(NotFoundError, match="slow"):
            stores.read(uri)
    assert stores.stat(uri).size_bytes == 3_000_000


def test_a_reader_beside_a_writer_sees_nothing_or_all(place):
    stores, root = place
    uri, seen, done = join(root, "busy"), set(), threading.Event()

    def look():
        while not done.is_set():
            seen.update(stat.size_bytes for stat in stores.list_files(root))
            seen.add(len(stores.read(uri)) if stores.exists(uri) else 0)

    reader = threading.Thread(target=look)
    reader.start()
    with stores.create(uri) as output:
        for _ in range(50):
            output.write(b"y" * 20_000)
    done.set()
    reader.join()
    assert seen <= {0, 1_000_000}


def test_a_listing_is_recursive_ordered_and_of_whole_names(place):
    stores, root = place
    for name in ("b/2", "a/z", "a.txt", "b/1", "a-1", "a/b/c", "ab/1"):
        stores.put_if_absent(join(root, name), b"x")
    assert names(stores, root) == ["a-1", "a.txt", "a/b/c", "a/z", "ab/1", "b/1", "b/2"]
    assert names(stores, join(root, "a")) == ["b/c", "z"]
    assert names(stores, join(root, "a", "z")) == ["z"]
    assert names(stores, join(root, "nothing")) == []


@pytest.mark.parametrize("name", ODD_NAMES)
def test_an_odd_name_is_a_name_like_any_other(place, name):
    stores, root = place
    uri = join(root, name, name)
    stores.put_if_absent(uri, b"odd")
    stores.copy(uri, join(root, name, "copy of " + name))
    assert sorted(names(stores, root)) == sorted([f"{name}/{name}", f"{name}/copy of {name}"])
    assert {stat.uri for stat in stores.list_files(root)} == {uri, join(root, name, "copy of " + name)}
    assert stores.read(next(iter(stores.list_files(uri))).uri) == b"odd"
    stores.delete(uri)
    assert not stores.exists(uri)


def test_ten_thousand_objects_are_all_listed_in_order(place):
    stores, root = place
    first = join(root, "00000")
    stores.put_if_absent(first, b"x")
    for number in range(9_999, 0, -1):
        stores.copy(first, join(root, f"{number:05}"))
    assert names(stores, root) == [f"{number:05}" for number in range(10_000)]


KILLED = """
stores, uri = values
with stores.create(uri) as output:
    output.write(b"x" * 3_000_000)
    print("writing", flush=True)
    time.sleep(600)
"""


def test_a_killed_writer_leaves_nothing_listed_and_a_sweep_removes_it(place):
    stores, root = place
    writer = in_another_process(KILLED, stores, join(root, "shards", "killed"))
    assert writer.stdout.readline() == "writing\n"
    writer.kill()
    writer.communicate()
    stores.put_if_absent(join(root, "shards", "whole"), b"stays")
    assert names(stores, root) == ["shards/whole"]
    assert stores.sweep(root) == 1
    assert stores.sweep(root) == 0
    assert names(stores, root) == ["shards/whole"]
    stores.put_if_absent(join(root, "shards", "killed"), b"again")


def test_a_copy_outlives_its_source_and_is_written_once(place):
    stores, root = place
    source, copy = join(root, "v1", "a"), join(root, "v2", "a")
    stores.put_if_absent(source, b"bytes")
    stores.copy(source, copy)
    with pytest.raises(AlreadyExistsError, match="v2/a"):
        stores.copy(source, copy)
    stores.delete(source)
    assert not stores.exists(source)
    assert stores.read(copy) == b"bytes"


def test_copying_what_is_not_there_names_the_source(place):
    stores, root = place
    with pytest.raises(NotFoundError, match="absent"):
        stores.copy(join(root, "absent"), join(root, "copy"))


@pytest.mark.parametrize("data", [b"", b"bytes", b"\x00" * 300_000])
def test_a_checksum_depends_on_the_bytes_alone(place, data):
    stores, root = place
    stores.put_if_absent(join(root, "one"), data)
    stores.put_if_absent(join(root, "another", "name"), data)
    stores.put_if_absent(join(root, "other"), data + b".")
    assert stores.checksum(join(root, "one")) == stores.checksum(join(root, "another", "name"))
    assert stores.checksum(join(root, "one")) != stores.checksum(join(root, "other"))


def test_a_version_changes_when_a_name_is_written_anew(place):
    stores, root = place
    uri = join(root, "rewritten")
    stores.put_if_absent(uri, b"same size")
    before = stores.stat(uri).version
    assert stores.stat(uri).version == before
    stores.delete(uri)
    stores.put_if_absent(uri, b"same_size")
    assert stores.stat(uri).version != before


@pytest.mark.parametrize("operation", ["stat", "open", "read", "checksum"])
def test_what_is_not_there_is_named(place, operation):
    stores, root = place
    with pytest.raises(NotFoundError, match="no such thing") as caught:
        getattr(stores, operation)(join(root, "no such thing"))
    assert root in str(caught.value)


def test_a_folder_is_no_object(place):
    stores, root = place
    stores.put_if_absent(join(root, "folder", "file"), b"x")
    assert not stores.exists(join(root, "folder"))
    with pytest.raises(StorageError, match="folder"):
        stores.read(join(root, "folder"))


def test_deleting_what_is_not_there_does_nothing(place):
    stores, root = place
    stores.delete(join(root, "never was"))


def test_writability_is_probed_without_a_trace_and_by_many_at_once(place):
    stores, root = place
    faults = []

    def probe():
        try:
            for _ in range(5):
                stores.check_writable(root)
        except StorageError as error:
            faults.append(error)

    threads = [threading.Thread(target=probe) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert names(stores, root) == []
    assert stores.sweep(root) == 0
