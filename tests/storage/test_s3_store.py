"""What S3 has and other stores have not: versions, parts, encryption, requests that are paid for."""

import io
import os
import random
import threading

import faulty_proxy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from store_programs import names

from pipelines.errors import AlreadyExistsError, ChangedError, NotFoundError, RefusedError, StorageError
from pipelines.storage import Stores, join, s3_input, s3_output
from pipelines.storage.s3_rate import shared_file

DATA = random.Random(0).randbytes(9_000_000)


@pytest.fixture
def root(s3):
    return s3.make_bucket(f"store-{os.urandom(8).hex()}")


@pytest.fixture
def small_parts(monkeypatch):
    monkeypatch.setattr(s3_output, "PART_BYTES", 5 << 20)  # the least that S3 allows


def test_a_versioned_bucket_serves_the_version_that_was_pinned(s3):
    stores = s3.stores()
    uri = join(s3.make_bucket(f"versions-{os.urandom(8).hex()}", versioned=True), "pinned")
    bucket = uri.split("/")[2]
    stores.put_if_absent(uri, b"before")
    version = stores.stat(uri).version
    s3.client.put_object(Bucket=bucket, Key="pinned", Body=b"after!")
    s3.client.put_object(Bucket=bucket, Key="pinned!", Body=b"a neighbour")
    assert stores.read(uri) == b"after!"
    with stores.open(uri, version) as stream:
        assert stream.read() == b"before"
    with pytest.raises(ChangedError, match="/pinned was changed"):
        stores.stat(uri, stores.stat(uri + "!").version)
    stores.delete(uri)
    assert not stores.exists(uri)
    assert stores.stat(uri, version).size_bytes == 6
    with pytest.raises(NotFoundError, match="/pinned is not there"):
        stores.stat(uri, '"0123"')


def test_a_stream_of_a_versioned_object_goes_on_though_it_is_overwritten(s3, monkeypatch):
    monkeypatch.setattr(s3_input, "WHOLE_BYTES", 1 << 20)
    stores = s3.stores()
    uri = join(s3.make_bucket(f"versions-{os.urandom(8).hex()}", versioned=True), "pinned")
    stores.put_if_absent(uri, DATA)
    with stores.open(uri) as stream:
        start = stream.read(1000)
        s3.client.put_object(Bucket=uri.split("/")[2], Key="pinned", Body=b"other")
        stream.seek(5_000_000)
        assert stream.read() == DATA[5_000_000:]
    assert start == DATA[:1000]


def test_a_stream_ends_in_an_error_when_its_object_is_overwritten(s3, root, monkeypatch):
    monkeypatch.setattr(s3_input, "WHOLE_BYTES", 1 << 20)
    stores, uri = s3.stores(), join(root, "changing")
    stores.put_if_absent(uri, DATA)
    with stores.open(uri) as stream:
        stream.read(1000)
        s3.client.put_object(Bucket=uri.split("/")[2], Key="changing", Body=DATA[::-1])
        stream.seek(5_000_000)
        with pytest.raises(ChangedError, match="changing was changed or removed while it was read"):
            stream.read()


@settings(max_examples=50, deadline=None)
@given(steps=st.lists(st.tuples(st.integers(0, len(DATA)), st.integers(0, 3_000_000)), max_size=5))
def test_a_stream_reads_what_a_file_reads_wherever_it_is_asked(streamed, steps):
    with streamed() as stream:
        file = io.BytesIO(DATA)
        for position, num_bytes in steps:
            assert stream.seek(position) == file.seek(position)
            assert stream.read(num_bytes) == file.read(num_bytes)
            assert stream.tell() == file.tell()


@pytest.fixture(scope="module")
def streamed(s3):
    """Opens a large object of DATA."""
    stores, uri = s3.stores(), join(s3.make_bucket(f"streamed-{os.urandom(8).hex()}"), "object")
    stores.put_if_absent(uri, DATA)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(s3_input, "WHOLE_BYTES", 1 << 20)
        yield lambda: stores.open(uri)


def test_lines_of_a_stream_are_those_of_a_file(streamed):
    with streamed() as stream:
        assert list(stream) == list(io.BytesIO(DATA))


@pytest.mark.usefixtures("small_parts")
def test_of_writers_of_many_parts_one_wins_and_the_others_leave_nothing(s3, root):
    stores, uri, ends = s3.stores(), join(root, "race"), []
    start = threading.Barrier(4)

    def write(number):
        try:
            with stores.create(uri) as output:
                output.write(bytes([number]) * 6_000_000)
                start.wait()
            ends.append(number)
        except AlreadyExistsError:
            ends.append(None)

    writers = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    (winner,) = set(ends) - {None}
    assert len(ends) == 4
    assert stores.read(uri) == bytes([winner]) * 6_000_000
    assert "Uploads" not in s3.client.list_multipart_uploads(Bucket=root.removeprefix("s3://"))


def test_a_sweep_ends_the_uploads_below_a_name_and_no_others(s3, root):
    bucket = root.removeprefix("s3://")
    for key in ("a", "a/b c", "a/ü+%", "ab/c", "b"):
        s3.client.create_multipart_upload(Bucket=bucket, Key=key)
    assert s3.stores().sweep(join(root, "a")) == 3
    left = s3.client.list_multipart_uploads(Bucket=bucket)["Uploads"]
    assert sorted(upload["Key"] for upload in left) == ["ab/c", "b"]
    assert s3.stores().sweep(root) == 2


@pytest.mark.usefixtures("small_parts")
def test_an_upload_that_was_swept_is_no_object_and_says_so(s3, root):
    stores = s3.stores()
    output = stores.create(join(root, "swept"))
    output.write(b"x" * 6_000_000)
    stores.sweep(root)
    with pytest.raises(StorageError, match="/swept: a sweep has ended the upload"), output:
        pass
    assert names(stores, root) == []


@pytest.mark.usefixtures("small_parts")
def test_an_object_has_one_checksum_of_all_its_bytes_however_it_was_written(s3, root):
    stores, bucket = s3.stores(), root.removeprefix("s3://")
    stores.put_if_absent(join(root, "put"), DATA)
    with stores.create(join(root, "parts")) as output:
        output.write(DATA)
    stores.copy(join(root, "parts"), join(root, "copy"))
    heads = [s3.client.head_object(Bucket=bucket, Key=key, ChecksumMode="ENABLED") for key in ("put", "parts", "copy")]
    assert len({head["ChecksumCRC32"] for head in heads}) == 1
    assert {head["ChecksumType"] for head in heads} == {"FULL_OBJECT"}


@pytest.mark.usefixtures("small_parts")
def test_parts_grow_so_that_an_object_may_have_more_than_ten_thousand_of_the_first_size(s3, root, monkeypatch):
    monkeypatch.setattr(s3_output, "_PARTS_OF_ONE_SIZE", 1)
    stores, uri = s3.stores(), join(root, "grown")
    with stores.create(uri) as output:
        output.write(DATA * 2)  # 18 MB: 5, 10 and the rest
    assert stores.read(uri) == DATA * 2
    assert stores.stat(uri).version.endswith('-3"')


def test_a_large_object_is_copied_by_the_server_in_pieces(s3, root, monkeypatch):
    monkeypatch.setattr(s3_output, "COPY_BYTES", 5 << 20)
    stores = s3.stores()
    stores.put_if_absent(join(root, "source"), DATA)
    stores.copy(join(root, "source"), join(root, "copy"))
    with pytest.raises(AlreadyExistsError, match="copy"):
        stores.copy(join(root, "source"), join(root, "copy"))
    assert stores.read(join(root, "copy")) == DATA
    assert stores.stat(join(root, "copy")).version.endswith('-2"')
    assert stores.sweep(root) == 0


def test_markers_of_folders_are_not_listed_and_a_name_may_be_both_object_and_folder(s3, root):
    bucket = root.removeprefix("s3://")
    s3.client.put_object(Bucket=bucket, Key="folder/", Body=b"")
    s3.client.put_object(Bucket=bucket, Key="folder/x", Body=b"1")
    assert names(s3.stores(), root) == ["folder/x"]


@pytest.mark.usefixtures("small_parts")
@pytest.mark.parametrize(
    ("given", "headers"),
    [
        ({"encryption": "AES256"}, ["x-amz-server-side-encryption: AES256"]),
        (
            {"encryption": "aws:kms", "kms_key_id": "key-1"},
            ["x-amz-server-side-encryption: aws:kms", "x-amz-server-side-encryption-aws-kms-key-id: key-1"],
        ),
        ({"requester_pays": "true"}, ["x-amz-request-payer: requester"]),
    ],
)
def test_new_objects_are_asked_to_be_as_the_site_says(s3, root, given, headers):
    with faulty_proxy.running(s3.endpoint) as proxy:
        stores = s3.stores(endpoint=proxy.endpoint, **given)
        stores.put_if_absent(join(root, "put"), b"x")
        with stores.create(join(root, "parts")) as output:
            output.write(DATA)
        stores.copy(join(root, "parts"), join(root, "copy"))
        began = [head.lower() for head in proxy.requests if head.startswith("PUT") and "partNumber" not in head]
        began += [head.lower() for head in proxy.requests if head.startswith("POST") and "?uploads" in head]
    shared_file(proxy.endpoint).unlink()
    assert len(began) == 3
    assert all(header.lower() in head for head in began for header in headers)


def test_everything_asked_of_a_bucket_whose_requester_pays_says_so(s3, root):
    with faulty_proxy.running(s3.endpoint) as proxy:
        stores = s3.stores(endpoint=proxy.endpoint, requester_pays="true")
        stores.put_if_absent(join(root, "put"), b"x")
        assert stores.read(join(root, "put")) == b"x"
        assert names(stores, root) == ["put"]
        stores.delete(join(root, "put"))
    shared_file(proxy.endpoint).unlink()
    assert len(proxy.requests) == 4
    assert all("x-amz-request-payer: requester" in head.lower() for head in proxy.requests)


def test_settings_that_cannot_be_meant_are_refused_at_once():
    wrong = {
        "endpoint": "127.0.0.1:9000",
        "path_style": "yes",
        "encryption": "rot13",
        "kms_key_id": "key",
        "access_key_id": "id",
        "max_requests_per_second": "0",
    }
    with pytest.raises(RefusedError) as refused:
        Stores({"s3": wrong}).of("s3://bucket/key")
    assert [fault.split()[0] for fault in refused.value.faults] == [f"storage.s3.{name}" for name in wrong]
