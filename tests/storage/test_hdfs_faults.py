"""What becomes of bytes when a part of HDFS dies, lies, or is full."""

import io
import random
import threading

import faulty_proxy
import pytest
from store_programs import in_another_process, names

from pipelines.errors import AlreadyExistsError, NotFoundError, StorageError
from pipelines.storage import Stores, hdfs_answers, hdfs_datanode, hdfs_writing, join
from pipelines.storage.hdfs_namenode import namenode
from pipelines.storage.hdfs_settings import HdfsSettings

BYTES = random.Random(7).randbytes(24 << 20)


@pytest.fixture
def place(hdfs, tmp_path):
    return hdfs.stores(), join(hdfs.uri, "faults", tmp_path.name)


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr(hdfs_answers, "DOUBT_SECONDS", 1.0)


@pytest.fixture
def mended(hdfs):
    """DataNodes that a test kills are there again after it."""
    killed = []
    yield killed.append
    for number in killed:
        hdfs.start_datanode(number)


def test_a_read_goes_on_when_its_datanode_is_killed(hdfs, place, mended):
    stores, root = place
    stores.put_if_absent(join(root, "read"), BYTES)
    with stores.open(join(root, "read")) as stream:
        head = stream.read(1000)
        serving = hdfs.datanode_at(stream.raw._location)
        mended(serving)
        hdfs.kill_datanode(serving)
        assert head + stream.read() == BYTES


class KillingBytes(io.BytesIO):
    """A body that does something when half of it has been read, once."""

    def __init__(self, data, at_half):
        super().__init__(data)
        self.at_half = at_half

    def read(self, size=-1):
        if self.tell() > len(self.getvalue()) // 2 and self.at_half:
            at_half, self.at_half = self.at_half, None
            at_half()
        return super().read(size)


def test_a_write_is_whole_when_the_datanode_that_takes_it_is_killed(hdfs, place, mended, monkeypatch):
    stores, root = place
    locations, send = [], hdfs_datanode.send

    def noted(location, *rest):
        locations.append(location)
        send(location, *rest)

    def kill():
        serving = hdfs.datanode_at(locations[0])
        mended(serving)
        hdfs.kill_datanode(serving)

    monkeypatch.setattr(hdfs_writing, "send", noted)
    aside = hdfs_writing.Aside(namenode(HdfsSettings(hdfs.webhdfs, "phloem")), join(root, "written"))
    aside.publish(KillingBytes(BYTES, kill), len(BYTES))
    assert len(locations) > 1
    assert stores.read(join(root, "written")) == BYTES
    assert (names(stores, root), stores.sweep(root)) == (["written"], 0)


def flip(path):
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def put_and_find_replicas(hdfs, stores, uri, data):
    before = set(hdfs.replicas())
    stores.put_if_absent(uri, data)
    replicas = sorted(set(hdfs.replicas()) - before)
    assert [path.read_bytes() for path in replicas] == [data, data]
    return replicas


def test_a_flipped_byte_in_one_replica_is_read_right(hdfs, place):
    stores, root = place
    flip(put_and_find_replicas(hdfs, stores, join(root, "one"), BYTES[:1_000_000])[0])
    assert [stores.read(join(root, "one")) == BYTES[:1_000_000] for _ in range(6)] == [True] * 6


@pytest.mark.usefixtures("impatient")
def test_a_flipped_byte_in_every_replica_is_an_error_that_says_so(hdfs, place):
    stores, root = place
    for replica in put_and_find_replicas(hdfs, stores, join(root, "all"), BYTES[:1_000_000]):
        flip(replica)
    with pytest.raises(StorageError, match="all: every replica is lost, corrupt"):
        stores.read(join(root, "all"))


def test_writes_and_reads_wait_for_a_namenode_that_restarts(hdfs, place):
    stores, root = place
    stores.put_if_absent(join(root, "before"), b"before")
    half = threading.Event()

    def write():
        for number in range(20):
            stores.put_if_absent(join(root, f"{number:02}"), b"%d" % number)
            if number == 5:
                half.set()

    writer = threading.Thread(target=write)
    writer.start()
    half.wait()
    hdfs.restart_namenode()
    assert stores.read(join(root, "before")) == b"before"
    writer.join()
    assert names(stores, root) == [*(f"{number:02}" for number in range(20)), "before"]
    assert [stores.read(join(root, f"{number:02}")) for number in range(20)] == [b"%d" % n for n in range(20)]
    assert stores.sweep(root) == 0


def test_safe_mode_is_waited_for_and_then_told(hdfs, place, monkeypatch):
    stores, root = place
    stores.put_if_absent(join(root, "before"), b"x")
    hdfs.admin("-safemode", "enter")
    try:
        monkeypatch.setattr(hdfs_answers, "PATIENCE_SECONDS", 1.0)
        with pytest.raises(StorageError, match=r"after: the NameNode is in safe mode.*tried for \d+ s"):
            stores.put_if_absent(join(root, "after"), b"x")
        assert stores.read(join(root, "before")) == b"x"
    finally:
        hdfs.admin("-safemode", "leave")


def test_a_quota_is_named_and_what_was_begun_is_removed(hdfs, place):
    stores, root = place
    stores.put_if_absent(join(root, "first"), b"x" * 1000)
    path = root.removeprefix(hdfs.uri)
    hdfs.web("PUT", "SETQUOTA", path, namespacequota="3", storagespacequota=str(20 << 20))
    with pytest.raises(StorageError, match=r"large: .*quota.*-setSpaceQuota"):
        stores.put_if_absent(join(root, "large"), BYTES)
    stores.put_if_absent(join(root, "second"), b"x")
    with pytest.raises(StorageError, match=r"third: .*quota.*-setQuota"):
        stores.create(join(root, "third"))
    assert names(stores, root) == ["first", "second"]


def test_permission_that_is_withdrawn_is_told_and_what_is_there_stays(hdfs, place):
    stores, root = place
    stores.put_if_absent(join(root, "first"), b"x")
    path = root.removeprefix(hdfs.uri)
    hdfs.web("PUT", "SETPERMISSION", path, permission="555")
    for write in (stores.put_if_absent, lambda uri, _: stores.create(uri)):
        with pytest.raises(StorageError, match=r"second: Permission denied: user=phloem, access=WRITE.*-chmod"):
            write(join(root, "second"), b"x")
    hdfs.web("PUT", "SETPERMISSION", path, permission="000")
    for read in (stores.read, stores.stat, lambda uri: list(stores.list_files(uri.rpartition("/")[0]))):
        with pytest.raises(StorageError, match="Permission denied: user=phloem") as caught:
            read(join(root, "first"))
        assert not isinstance(caught.value, NotFoundError)
    hdfs.web("PUT", "SETPERMISSION", path, permission="755")
    assert names(stores, root) == ["first"]


@pytest.mark.usefixtures("impatient")
def test_disks_without_room_are_told(place, monkeypatch):
    stores, root = place
    locate = hdfs_datanode.Detour.locate
    monkeypatch.setattr(
        hdfs_datanode.Detour,
        "locate",
        lambda *words, **parameters: locate(*words, **parameters, blocksize=str(1 << 50)),  # more than is free anywhere
    )
    with pytest.raises(StorageError, match="large: no DataNode takes bytes: their disks are full"):
        stores.put_if_absent(join(root, "large"), BYTES)
    assert (names(stores, root), stores.sweep(root)) == ([], 0)


def test_a_full_folder_for_temporary_files_is_told(place, monkeypatch):
    stores, root = place
    monkeypatch.setattr(hdfs_writing, "_IN_MEMORY_BYTES", 1)
    monkeypatch.setattr(hdfs_writing.tempfile, "tempdir", "/dev/full-is-no-folder")
    with pytest.raises(StorageError, match=r"spooled: .*TMPDIR"), stores.create(join(root, "spooled")) as output:
        output.write(b"xx")
    assert (names(stores, root), stores.sweep(root)) == ([], 0)


HALF_SENT = """
from pipelines.storage import hdfs_writing
import io
stores, uri = values
class Slow(io.BytesIO):
    def read(self, size=-1):
        if self.tell() > 10_000_000:
            print("writing", flush=True)
            time.sleep(600)
        return super().read(size)
hdfs_writing.io.BytesIO = Slow
stores.put_if_absent(uri, bytes(20_000_000))
"""


@pytest.mark.parametrize("datanode_dies_too", [False, True])
def test_a_writer_killed_in_the_middle_leaves_nothing_listed_and_a_sweep_removes_it(
    hdfs, place, mended, datanode_dies_too
):
    stores, root = place
    writer = in_another_process(HALF_SENT, stores, join(root, "killed"))
    assert writer.stdout.readline() == "writing\n"
    if datanode_dies_too:  # then nobody closes the file: its lease stays with the dead
        for number in range(2):
            mended(number)
            hdfs.kill_datanode(number)
    writer.kill()
    writer.communicate()
    assert names(stores, root) == []
    assert (stores.sweep(root), stores.sweep(root)) == (1, 0)
    stores.put_if_absent(join(root, "killed"), b"again")
    assert names(stores, root) == ["killed"]


@pytest.fixture(scope="module")
def proxy(hdfs):
    with faulty_proxy.running(hdfs.webhdfs) as proxy:
        yield proxy


@pytest.fixture
def behind_proxy(proxy):
    proxy.forget()
    return Stores({"hdfs": {"webhdfs": proxy.endpoint, "user": "phloem"}})


def test_a_rename_whose_answer_was_lost_has_taken_place_once(place, behind_proxy, proxy):
    stores, root = place
    proxy.inject("lose", "PUT .*op=RENAME")
    behind_proxy.put_if_absent(join(root, "ours"), b"ours")
    assert proxy.counts["lose"] == 1
    assert stores.read(join(root, "ours")) == b"ours"
    assert (names(stores, root), stores.sweep(root)) == (["ours"], 0)


def test_a_lost_answer_does_not_make_anothers_file_ours(place, behind_proxy, proxy):
    stores, root = place
    stores.put_if_absent(join(root, "theirs"), b"the same")
    proxy.inject("lose", "PUT .*op=RENAME")
    with pytest.raises(AlreadyExistsError, match="theirs"):
        behind_proxy.put_if_absent(join(root, "theirs"), b"the same")
    assert proxy.counts["lose"] == 1
    assert (names(stores, root), stores.sweep(root)) == (["theirs"], 0)


@pytest.mark.parametrize("operation", ["GETFILESTATUS", "LISTSTATUS_BATCH", "OPEN", "CREATE", "DELETE"])
@pytest.mark.parametrize("kind", ["lose", "truncate"])
def test_an_answer_of_the_namenode_that_is_torn_is_asked_for_again(place, behind_proxy, proxy, operation, kind):
    _, root = place
    uri = join(root, "name")
    proxy.inject(kind, rf" .*op={operation}\b", at_byte=1)
    behind_proxy.put_if_absent(uri, b"bytes")
    assert behind_proxy.read(uri) == b"bytes"
    assert names(behind_proxy, root) == ["name"]
    behind_proxy.delete(uri)
    assert names(behind_proxy, root) == []
    assert proxy.counts[kind] == 1
