"""What HDFS alone has: snapshots, ids, two NameNodes, storage policies, an order of its own."""

import http.server
import json
import os
import secrets
import threading
from contextlib import contextmanager

import hdfs_native
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from store_programs import names

from pipelines.errors import ChangedError, NotFoundError, StorageError
from pipelines.storage import Stores, join


@pytest.fixture
def place(hdfs, tmp_path):
    return hdfs.stores(), join(hdfs.uri, "store", tmp_path.name)


def test_a_snapshot_pins_what_is_read_whatever_happens_to_the_folder(hdfs, place):
    stores, root = place
    for name in ("a", "deeper/b"):
        stores.put_if_absent(join(root, name), b"before")
    path = root.removeprefix(hdfs.uri)
    hdfs.web("PUT", "ALLOWSNAPSHOT", path)
    hdfs.web("PUT", "CREATESNAPSHOT", path, snapshotname="s1")
    stores.delete(join(root, "a"))
    stores.put_if_absent(join(root, "a"), b"after")
    stores.delete(join(root, "deeper", "b"))
    pinned = join(root, ".snapshot", "s1")
    assert names(stores, pinned) == ["a", "deeper/b"]
    assert [stores.read(stat.uri) for stat in stores.list_files(pinned)] == [b"before", b"before"]
    assert names(stores, root) == ["a"]
    with pytest.raises(StorageError, match=r"c: .*snapshot"):
        stores.put_if_absent(join(pinned, "c"), b"x")


def test_a_file_that_is_replaced_while_it_is_read_is_told(place):
    stores, root = place
    uri = join(root, "replaced")
    stores.put_if_absent(uri, b"a" * 30_000_000)
    with stores.open(uri) as stream:
        assert stream.read(10) == b"a" * 10
        stores.delete(uri)
        stores.put_if_absent(uri, b"b" * 30_000_000)
        stream.seek(20_000_000)
        with pytest.raises(ChangedError, match="replaced"):
            stream.read(10)


def test_seeks_far_and_near_read_what_is_there(place):
    stores, root = place
    data = bytes(number % 251 for number in range(7_000_000))
    stores.put_if_absent(join(root, "sought"), data)
    with stores.open(join(root, "sought")) as stream:
        for offset in (6_000_000, 10, 2_000_000, 2_000_007, 6_999_990, 0, 7_000_000, 8_000_000):
            stream.seek(offset)
            assert stream.read(20) == data[offset : offset + 20]
        stream.seek(-5, os.SEEK_END)
        assert stream.read() == data[-5:]
        assert stream.seek(3) == 3
        assert stream.read() == data[3:]


PART = st.text(st.sampled_from("a-/.b~é名🌳 "), min_size=1, max_size=4).filter(
    lambda name: all(part not in ("", ".", "..") for part in name.split("/"))
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(wanted=st.lists(PART, min_size=1, max_size=40, unique=True))
def test_whatever_the_names_a_listing_is_ordered_by_uri_and_whole(hdfs, wanted):
    client, made, folder = hdfs_native.Client(hdfs.uri), [], secrets.token_hex(8)
    for name in wanted:
        if not any(name.startswith(other + "/") or other.startswith(name + "/") for other in made):
            client.create(f"/order/{folder}/{name}").close()
            made.append(name)
    assert names(hdfs.stores(), join(hdfs.uri, "order", folder)) == sorted(made)


def test_a_storage_policy_is_set_and_read_back(place):
    stores, root = place
    stores.put_if_absent(join(root, "cold"), b"x")
    before = stores.stat(join(root, "cold"))
    stores.set_tier(join(root, "cold"), "COLD")
    assert stores.tier(join(root, "cold")) == "COLD"
    assert stores.stat(join(root, "cold")) == before


class _Standby(http.server.BaseHTTPRequestHandler):
    """Answers as a NameNode of Hadoop 3.5 that is not the active one."""

    def do_GET(self):
        self.server.num_asked += 1
        message = "Operation category READ is not supported in state standby"
        said = {"exception": "StandbyException", "javaClassName": "org.apache.hadoop.ipc.StandbyException"}
        body = json.dumps({"RemoteException": said | {"message": message}}).encode()
        self.send_response(403)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_PUT = do_GET  # noqa: N815 (http.server's name)

    def log_message(self, *_):
        pass


@contextmanager
def standby_namenode():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Standby) as server:
        server.num_asked = 0
        serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        serving.start()
        try:
            yield server
        finally:
            server.shutdown()
            serving.join()


def test_of_two_namenodes_the_active_one_is_found_and_remembered(hdfs, place):
    _, root = place
    with standby_namenode() as standby:
        both = f"http://127.0.0.1:{standby.server_address[1]}, {hdfs.webhdfs}"
        stores = Stores({"hdfs": {"webhdfs": both, "user": "phloem"}})
        for number in range(5):
            stores.put_if_absent(join(root, str(number)), b"x")
        assert names(stores, root) == ["0", "1", "2", "3", "4"]
        assert standby.num_asked == 1


def test_namenodes_that_are_all_on_standby_are_told(hdfs, monkeypatch):
    monkeypatch.setattr("pipelines.storage.hdfs_answers.PATIENCE_SECONDS", 0.5)
    with standby_namenode() as standby:
        stores = Stores({"hdfs": {"webhdfs": f"http://127.0.0.1:{standby.server_address[1]}"}})
        with pytest.raises(StorageError, match=r"no NameNode of the site file is active"):
            stores.stat(join(hdfs.uri, "a"))
        assert standby.num_asked > 1


def test_a_folder_that_was_removed_while_it_was_listed_ends_the_listing(hdfs, place):
    stores, root = place
    for name in ("a/1", "b/1"):
        stores.put_if_absent(join(root, name), b"x")
    listing = stores.list_files(root)
    assert next(listing).uri == join(root, "a", "1")
    hdfs.web("DELETE", "DELETE", root.removeprefix(hdfs.uri), recursive="true")
    assert list(listing) == []
    with pytest.raises(NotFoundError):
        stores.stat(join(root, "a", "1"))
