"""An S3 address, bucket or credential that is wrong is told at once, in words that say which of them it was."""

import http.server
import os
import threading
from datetime import timedelta

import botocore.auth
import faulty_proxy
import pytest
import s3_server

from pipelines.errors import NotFoundError, RefusedError, StorageError
from pipelines.storage import Secret, join
from pipelines.storage.s3_rate import shared_file

READS = {
    "stat": lambda stores, uri: stores.stat(uri),
    "open": lambda stores, uri: stores.open(uri),
    "list": lambda stores, uri: list(stores.list_files(uri)),
    "write": lambda stores, uri: stores.put_if_absent(uri, b"x"),
    "sweep": lambda stores, uri: stores.sweep(uri),
}
"""Every request that may be the first of a run."""


@pytest.fixture
def root(s3):
    return s3.make_bucket(f"bad-input-{os.urandom(8).hex()}")


@pytest.mark.parametrize("ask", READS.values(), ids=READS)
@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"access_key_id": Secret("NOBODY")}, "does not know this access key: check storage.s3.access_key_id"),
        ({"secret_access_key": Secret("hunter2")}, "secret key is not this access key's: check storage.s3.secret_acc"),
    ],
    ids=["key", "secret"],
)
def test_wrong_credentials_are_named_and_not_shown(s3, root, ask, wrong, words):
    with pytest.raises(StorageError, match=f"{root}/name: .*{words}") as told:
        ask(s3.stores(**wrong), join(root, "name"))
    assert not isinstance(told.value, NotFoundError)
    assert "hunter2" not in str(told.value)


@pytest.mark.parametrize("ask", READS.values(), ids=READS)
def test_a_bucket_that_is_not_there_is_named_with_the_endpoint(s3, ask):
    words = f"s3://no-such-bucket/name: there is no bucket no-such-bucket at {s3.endpoint}: check"
    with pytest.raises(StorageError, match=words) as told:
        ask(s3.stores(), "s3://no-such-bucket/name")
    assert not isinstance(told.value, NotFoundError)


def test_a_uri_without_a_bucket_is_refused(s3):
    with pytest.raises(RefusedError, match="names no bucket: write s3://bucket/key"):
        list(s3.stores().list_files("s3://"))


def test_a_bucket_is_no_object(s3, root):
    assert not s3.stores().exists(root)
    with pytest.raises(NotFoundError, match=f"{root} is a bucket, and no object"):
        s3.stores().read(root)
    with pytest.raises(StorageError, match=f"{root} is a bucket, and no object"):
        s3.stores().put_if_absent(root, b"x")


def test_a_name_that_no_bucket_can_have_is_told(s3):
    with pytest.raises(
        StorageError, match="s3://a bucket/name: a bucket is no name of a bucket: 3 to 63 small letters"
    ):
        s3.stores().read("s3://a bucket/name")


def test_an_endpoint_where_nobody_listens_is_told_soon(s3, root):
    endpoint = f"http://127.0.0.1:{s3_server.free_port()}"
    with pytest.raises(StorageError, match=f"{endpoint} cannot be reached: check storage.s3.endpoint"):
        s3.stores(endpoint=endpoint).stat(join(root, "name"))
    shared_file(endpoint).unlink()


class Page(http.server.BaseHTTPRequestHandler):
    """Some other web server."""

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", "13")
        self.end_headers()
        self.wfile.write(b"<html></html>")

    def log_message(self, *_):
        pass


def test_an_endpoint_that_is_another_kind_of_server_is_told(s3):
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        endpoint = f"http://127.0.0.1:{server.server_port}"
        with pytest.raises(StorageError, match=f"{endpoint} .*no S3 server: check storage.s3.endpoint"):
            list(s3.stores(endpoint=endpoint).list_files("s3://bucket"))
        server.shutdown()
    shared_file(endpoint).unlink()


def test_a_clock_that_is_wrong_is_told_at_once(s3, root, monkeypatch):
    now = botocore.auth.get_current_datetime
    monkeypatch.setattr(botocore.auth, "get_current_datetime", lambda: now() - timedelta(hours=1))
    for ask in READS.values():
        with pytest.raises(StorageError, match="this machine's clock differs from the server's"):
            ask(s3.stores(), join(root, "name"))


@pytest.mark.parametrize("ask", READS.values(), ids=READS)
def test_a_bucket_of_another_region_is_told_at_once(s3, root, ask):
    with faulty_proxy.running(s3.endpoint) as proxy:  # this server takes every region for its own; AWS says 400
        proxy.inject("other_region", times=9)
        words = f"bucket {root.removeprefix('s3://')} is in another region: check storage.s3.region"
        with pytest.raises(StorageError, match=words):
            ask(s3.stores(endpoint=proxy.endpoint), join(root, "name"))
    assert proxy.counts["other_region"] <= 3  # a HEAD is refused without a word, so a GET asks why
    shared_file(proxy.endpoint).unlink()


def test_a_session_token_that_the_server_did_not_give_is_told(s3, root):
    for ask in READS.values():
        with pytest.raises(
            StorageError, match=r"the session token is not valid: check storage\.s3\.session_token"
        ) as told:
            ask(s3.stores(session_token=Secret("hunter2")), join(root, "name"))
        assert "hunter2" not in str(told.value)


def test_no_credentials_at_all_are_told_with_where_to_put_them(s3, root, monkeypatch, tmp_path):
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("HOME", str(tmp_path))
    without = {"access_key_id": "", "secret_access_key": ""}
    with pytest.raises(
        StorageError, match=r"Unable to locate credentials: name access_key_id and secret_access_key in"
    ):
        s3.stores(**without).stat(join(root, "name"))
    with pytest.raises(RefusedError, match="The config profile"):
        s3.stores(**without, profile="nobody").stat(join(root, "name"))


def test_what_a_user_may_not_do_is_named(s3, root):
    stores, user = s3.stores(), f"user-{os.urandom(4).hex()}"
    theirs = s3.stores(**s3.add_user(user))
    stores.put_if_absent(join(root, "name"), b"x")
    for ask, right in (("list", "s3:GetObject"), ("stat", "s3:GetObject"), ("write", "s3:PutObject")):
        with pytest.raises(StorageError, match=f"{root}/name: access denied: these credentials may not .*{right}"):
            READS[ask](theirs, join(root, "name"))
    s3.allow(user, root.removeprefix("s3://"), "s3:GetObject")
    assert theirs.read(join(root, "name")) == b"x"
    with pytest.raises(StorageError, match=r"access denied: these credentials may not list bucket .*s3:ListBucket"):
        list(theirs.list_files(root))
    s3.allow(user, root.removeprefix("s3://"), "s3:GetObject", "s3:ListBucket")
    assert [stat.uri for stat in theirs.list_files(root)] == [join(root, "name")]


def test_a_server_that_writes_over_what_is_there_is_not_written_to(s3, root):
    with faulty_proxy.running(s3.endpoint) as proxy:
        proxy.inject("pretended", "PUT", times=2)
        with pytest.raises(StorageError, match="writes over what is there though asked not to"):
            s3.stores(endpoint=proxy.endpoint).check_writable(root)
    assert proxy.counts["pretended"] == 2
    shared_file(proxy.endpoint).unlink()


def test_a_file_that_a_gateway_knows_nothing_of_is_named(s3, root):
    (s3.folder / "objects" / root.removeprefix("s3://") / "stray").write_bytes(b"x")
    for ask in (s3.stores().read, s3.stores().stat):
        with pytest.raises(StorageError, match="/stray: the server tells no ETag"):
            ask(join(root, "stray"))


@pytest.fixture(scope="module")
def private(tmp_path_factory):
    with s3_server.running(tmp_path_factory.mktemp("private"), tls=True) as server:
        yield server


def test_over_tls_the_server_must_be_one_that_the_site_trusts(private, tmp_path):
    uri = join(private.make_bucket("private"), "name")
    stores, data = private.stores(), os.urandom(20_000_000)
    with stores.create(uri) as output:
        output.write(data)
    assert stores.read(uri) == data
    another = s3_server.certificate(tmp_path)
    for ca_file in ("", another, tmp_path / "none", __file__):
        with pytest.raises(StorageError, match=r"no trusted connection to https://\S+ check storage.s3.ca_file"):
            private.stores(ca_file=str(ca_file)).read(uri)


def test_a_certificate_of_another_host_is_told(private):
    elsewhere = private.endpoint.replace("127.0.0.1", "localhost")
    with pytest.raises(StorageError, match=r"no trusted connection to https://localhost.*doesn't match '127\.0\.0\.1'"):
        private.stores(endpoint=elsewhere).read("s3://bucket/name")
    shared_file(elsewhere).unlink()


def test_http_where_the_server_speaks_tls_and_the_reverse_are_told_soon(s3, private, root):
    for server, words in ((s3, r"speaks no TLS: should .*endpoint begin with http://"), (private, "http or https")):
        swapped = {"http": "https", "https": "http"}[server.endpoint.partition(":")[0]]
        endpoint = swapped + "://" + server.endpoint.partition("://")[2]
        with pytest.raises(StorageError, match=words):
            s3.stores(endpoint=endpoint).read(join(root, "name"))
        shared_file(endpoint).unlink()
