"""What every store promises when writers race, fail or are killed."""

import threading

import pytest
from store_programs import in_another_process, names

from pipelines.errors import NotFoundError
from pipelines.storage import Stores, join


def test_an_exception_while_writing_leaves_nothing(place):
    stores, root = place
    uri = join(root, "broken")
    with pytest.raises(ZeroDivisionError), stores.create(uri) as output:  # noqa: PT012 (the block is what is tested)
        output.write(b"x" * 100_000)
        raise ZeroDivisionError
    assert names(stores, root) == []
    assert stores.sweep(root) == 0
    stores.put_if_absent(uri, b"the name is still free")


RACE = """
stores, uri = values
stores.exists(uri)  # the children inherit a connection, and must not use it
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


KILLED = """
stores, uri = values
with stores.create(uri) as output:
    output.write(b"x" * 20_000_000)
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


def test_writability_is_probed_without_a_trace_and_by_two_runs_at_once(place, monkeypatch):
    stores, root = place
    delete = Stores.delete

    def delete_after_another_run_has_probed(self, uri):
        monkeypatch.setattr(Stores, "delete", delete)
        stores.check_writable(root)
        delete(self, uri)

    monkeypatch.setattr(Stores, "delete", delete_after_another_run_has_probed)
    stores.check_writable(root)
    assert names(stores, root) == []
    assert stores.sweep(root) == 0
