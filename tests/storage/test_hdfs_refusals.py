"""Bad settings and wrong addresses of HDFS: refused in words that say which it was."""

import http.server
import socket
import threading

import pytest

from pipelines.errors import RefusedError, StorageError
from pipelines.storage import Stores, hdfs_answers


def refusal_of(settings, uri="hdfs://namenode/a", kind=StorageError):
    with pytest.raises(kind) as caught:
        Stores({"hdfs": settings}).stat(uri)
    return str(caught.value)


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr(hdfs_answers, "DOUBT_SECONDS", 0.5)
    monkeypatch.setattr("pipelines.storage.hdfs_namenode.DOUBT_SECONDS", 0.5)


def test_without_an_address_the_key_to_write_is_named():
    said = refusal_of({}, kind=RefusedError)
    assert said.startswith('storage.hdfs.webhdfs is not in the site file, must be like "http://namenode:9870"')


def test_every_wrong_setting_is_named_at_once():
    with pytest.raises(RefusedError) as caught:
        Stores({"hdfs": {"webhdfs": "namenode:9870", "kerberos": "yes"}}).stat("hdfs://namenode/a")
    assert caught.value.faults == (
        "storage.hdfs.webhdfs has 'namenode:9870', must begin with http:// or https://",
        "storage.hdfs.kerberos is 'yes', must be true or false",
    )
    both = {"webhdfs": "http://namenode:9870", "kerberos": "true", "user": "me"}
    assert refusal_of(both, kind=RefusedError).startswith("storage.hdfs.user is 'me' beside kerberos: a ticket says")


def test_kerberos_without_its_package_names_the_package():
    said = refusal_of({"webhdfs": "http://namenode:9870", "kerberos": "true"}, kind=RefusedError)
    assert said == 'storage.hdfs.kerberos wants requests-kerberos: pip install "hdfs[kerberos]"'


def test_a_host_that_there_is_not_is_told():
    said = refusal_of({"webhdfs": "http://namenode.invalid:9870"})
    assert "http://namenode.invalid:9870" in said
    assert "Name or service not known" in said or "name resolution" in said


def test_a_port_that_nothing_listens_at_is_told():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{taken.getsockname()[1]}"
        assert f"{address}: [Errno 111] Connection refused (webhdfs of" in refusal_of({"webhdfs": address})


def test_the_rpc_port_of_a_namenode_is_told(hdfs):
    said = refusal_of({"webhdfs": hdfs.uri.replace("hdfs://", "http://")})
    assert "webhdfs of the site file must be the NameNode's HTTP address (port 9870" in said


def test_the_port_of_a_datanode_is_told(hdfs):
    location = hdfs.web("PUT", "CREATE", "/any", noredirect="true")["Location"]
    said = refusal_of({"webhdfs": location.partition("/webhdfs")[0]})
    assert "no DataNode's" in said


class _Page(http.server.BaseHTTPRequestHandler):
    """A web server that has nothing to do with HDFS."""

    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"<html>Welcome</html>")

    def log_message(self, *_):
        pass


def test_another_web_server_is_told():
    with http.server.HTTPServer(("127.0.0.1", 0), _Page) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}).start()
        said = refusal_of({"webhdfs": f"http://127.0.0.1:{server.server_address[1]}"})
        server.shutdown()
    assert "must be the NameNode's HTTP address" in said


def test_https_at_a_port_that_speaks_http_is_told(hdfs):
    said = refusal_of({"webhdfs": hdfs.webhdfs.replace("http://", "https://")})
    assert "ca_file of the site file" in said


def test_a_user_name_that_hdfs_cannot_take_is_told(hdfs):
    said = refusal_of({"webhdfs": hdfs.webhdfs, "user": "no such user"}, uri=f"{hdfs.uri}/a")
    assert "no such user" in said


def test_a_user_whom_permissions_shut_out_is_named(hdfs):
    hdfs.web("PUT", "MKDIRS", "/private", permission="700")
    said = refusal_of({"webhdfs": hdfs.webhdfs, "user": "stranger"}, uri=f"{hdfs.uri}/private/a")
    assert "Permission denied: user=stranger" in said
    assert "another user in the site file" in said


@pytest.mark.parametrize("path", ["", "/"])
def test_the_root_is_no_file(hdfs, path):
    for operation in ("stat", "create", "read"):
        with pytest.raises(StorageError, match=r"folder|root"):
            getattr(hdfs.stores(), operation)(hdfs.uri + path)


@pytest.mark.parametrize("name", ["a//b", "a/./b", "a/../b", "a:b"])
def test_a_name_that_hdfs_has_not_is_refused_also_for_reading(hdfs, name):
    for operation in ("stat", "read", "delete", "create"):
        with pytest.raises(StorageError, match="HDFS has no name"):
            getattr(hdfs.stores(), operation)(f"{hdfs.uri}/{name}")
