"""What networks and overloaded servers do to S3 requests: a real server behind a real proxy that does it on order."""

import os
import re

import faulty_proxy
import pytest
from blake3 import blake3
from store_programs import names

from pipelines.errors import AlreadyExistsError, StorageError
from pipelines.storage import join, s3_client, s3_input, s3_output
from pipelines.storage.s3_rate import RequestRate, shared_file

PASSING = ["slow_down", "internal_error", "expired_token"]
TORN = ["reset", "truncate", "stall"]
STALLED_SECONDS = {"stall": 1.0}
DATA = os.urandom(6_000_000)


@pytest.fixture(scope="module")
def proxy_of_all(s3):
    with pytest.MonkeyPatch.context() as patch, faulty_proxy.running(s3.endpoint) as proxy:
        patch.setattr(s3_client, "_READ_SECONDS", 0.5)  # stalls of the tests are short
        yield proxy
        shared_file(proxy.endpoint).unlink(missing_ok=True)


@pytest.fixture
def proxy(proxy_of_all):
    proxy_of_all.forget()
    return proxy_of_all


@pytest.fixture
def place(s3, proxy):
    """The server as the proxy shows it, and an empty bucket of it."""
    return s3.stores(endpoint=proxy.endpoint), s3.make_bucket(f"faults-{os.urandom(8).hex()}")


@pytest.fixture(params=["whole", "streamed"])
def how_read(request, monkeypatch):
    """Objects are small enough to be read whole, or not."""
    monkeypatch.setattr(s3_input, "WHOLE_BYTES", {"whole": 32 << 20, "streamed": 1 << 20}[request.param])
    return request.param


@pytest.fixture
def small_parts(monkeypatch):
    monkeypatch.setattr(s3_output, "PART_BYTES", 5 << 20)  # the least that S3 allows: DATA has two


@pytest.mark.usefixtures("how_read")
@pytest.mark.parametrize("kind", PASSING + TORN)
def test_a_read_goes_on_where_it_broke(place, proxy, kind):
    stores, root = place
    stores.put_if_absent(join(root, "read"), DATA)
    proxy.inject(kind, "GET .*/read", times=2, at_byte=400_000, seconds=STALLED_SECONDS.get(kind, 0.0))
    assert stores.read(join(root, "read")) == DATA
    assert proxy.counts[kind] == 2


@pytest.mark.parametrize("kind", TORN)
def test_a_range_goes_on_where_it_broke(place, proxy, how_read, kind):
    stores, root = place
    stores.put_if_absent(join(root, "read"), DATA)
    with stores.open(join(root, "read")) as stream:
        stream.seek(2_000_000)
        proxy.inject(kind, "GET .*/read", times=2, at_byte=100_000, seconds=STALLED_SECONDS.get(kind, 0.0))
        assert stream.read(3_000_000) == DATA[2_000_000:5_000_000]
    assert proxy.counts[kind] == (2 if how_read == "streamed" else 0)


def test_a_flipped_bit_in_a_whole_read_is_noticed_and_read_again(place, proxy):
    stores, root = place
    stores.put_if_absent(join(root, "read"), DATA)
    proxy.inject("flip", "GET .*/read", at_byte=3_000_000)
    assert stores.checksum(join(root, "read")) == blake3(DATA).hexdigest()
    assert proxy.counts["flip"] == 1


def test_a_flipped_bit_in_a_stream_is_an_error_at_its_end(place, proxy, monkeypatch):
    monkeypatch.setattr(s3_input, "WHOLE_BYTES", 1 << 20)
    stores, root = place
    stores.put_if_absent(join(root, "read"), DATA)
    proxy.inject("flip", "GET .*/read", at_byte=3_000_000)
    with pytest.raises(StorageError, match="/read: its bytes differ from the checksum stored with them"):
        stores.read(join(root, "read"))
    assert proxy.counts["flip"] == 1
    assert stores.read(join(root, "read")) == DATA


@pytest.mark.usefixtures("how_read")
def test_bytes_altered_at_rest_are_never_handed_out_as_whole(s3, place):
    stores, root = place
    stores.put_if_absent(join(root, "rotten"), DATA)
    file = s3.folder / "objects" / root.removeprefix("s3://") / "rotten"
    with file.open("r+b") as at_rest:
        at_rest.seek(1_234_567)
        at_rest.write(bytes([DATA[1_234_567] ^ 8]))
    with pytest.raises(StorageError, match="/rotten: its bytes differ from the checksum"):
        stores.checksum(join(root, "rotten"))


@pytest.mark.parametrize("kind", [*PASSING, "lose", "flip_request", "bad_digest"])
def test_an_object_of_one_request_is_written_once_and_right(place, proxy, kind):
    stores, root = place
    proxy.inject(kind, "PUT .*/written", times=2, at_byte=5_000_000)
    stores.put_if_absent(join(root, "written"), DATA)
    assert proxy.counts[kind] == 2
    assert stores.read(join(root, "written")) == DATA
    with pytest.raises(AlreadyExistsError):
        stores.put_if_absent(join(root, "written"), DATA)


STEPS = {"begin": "POST .*uploads", "part": "PUT .*partNumber=1", "complete": "POST .*uploadId"}


@pytest.mark.usefixtures("small_parts")
@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("kind", [*PASSING, "lose"])
def test_an_object_of_many_parts_is_written_once_and_right(place, proxy, kind, step):
    stores, root = place
    proxy.inject(kind, STEPS[step], times=2)
    with stores.create(join(root, "written")) as output:
        output.write(DATA)
    assert proxy.counts[kind] == 2
    assert stores.read(join(root, "written")) == DATA
    assert names(stores, root) == ["written"]


@pytest.mark.usefixtures("small_parts")
@pytest.mark.parametrize("second_answer", ["no_such_upload", "precondition_failed"])
def test_an_upload_whose_completion_was_not_heard_of_is_known_again(place, proxy, second_answer):
    stores, root = place  # versitygw would say yes twice; others say that the upload, or the name, is gone
    proxy.inject("lose", STEPS["complete"])
    proxy.inject(second_answer, STEPS["complete"])
    with stores.create(join(root, "written")) as output:
        output.write(DATA)
    assert proxy.counts == {"lose": 1, second_answer: 1}
    assert stores.read(join(root, "written")) == DATA


@pytest.mark.usefixtures("small_parts")
def test_a_part_that_was_altered_on_its_way_is_sent_again(place, proxy):
    stores, root = place
    proxy.inject("flip_request", "PUT .*partNumber", times=2, at_byte=4_000)
    with stores.create(join(root, "written")) as output:
        output.write(DATA)
    assert proxy.counts["flip_request"] == 2
    assert stores.read(join(root, "written")) == DATA


@pytest.mark.parametrize("kind", [*PASSING, "lose"])
def test_a_copy_by_the_server_is_made_once_and_right(place, proxy, kind):
    stores, root = place
    stores.put_if_absent(join(root, "source"), DATA)
    proxy.inject(kind, "(POST|PUT) .*/copied", times=3)
    stores.copy(join(root, "source"), join(root, "copied"))
    assert proxy.counts[kind] == 3
    assert stores.read(join(root, "copied")) == DATA


def test_a_lost_answer_does_not_make_anothers_object_ours(place, proxy):
    stores, root = place
    stores.put_if_absent(join(root, "theirs"), b"theirs")
    proxy.inject("lose", "PUT .*/theirs")
    with pytest.raises(AlreadyExistsError, match="theirs"):
        stores.put_if_absent(join(root, "theirs"), b"ours")
    assert proxy.counts["lose"] == 1
    assert stores.read(join(root, "theirs")) == b"theirs"


@pytest.mark.parametrize("kind", [*PASSING, "reset"])
def test_a_listing_of_many_pages_goes_on_where_it_broke(s3, place, proxy, kind):
    stores, root = place
    folder = s3.folder / "objects" / root.removeprefix("s3://") / "many"
    folder.mkdir()
    for number in range(2500):
        (folder / f"{number:04}").touch()
    proxy.inject(kind, "GET .*list-type=2.*continuation-token", times=2, at_byte=1000)
    assert names(stores, join(root, "many")) == [f"{number:04}" for number in range(2500)]
    assert proxy.counts[kind] == 2


def test_a_delete_whose_answer_was_lost_is_done(place, proxy):
    stores, root = place
    stores.put_if_absent(join(root, "gone"), b"x")
    proxy.inject("lose", "DELETE")
    stores.delete(join(root, "gone"))
    assert proxy.counts["lose"] == 1
    assert names(stores, root) == []


def test_a_server_that_asks_to_wait_is_obeyed(place, proxy, monkeypatch):
    stores, root = place
    stores.put_if_absent(join(root, "slow"), b"x")
    pauses = []
    monkeypatch.setattr("pipelines.storage.patience.time.sleep", pauses.append)
    proxy.inject("slow_down", "GET .*/slow", seconds=7.0)
    assert stores.read(join(root, "slow")) == b"x"
    assert max(pauses) >= 7.0
    assert RequestRate(proxy.endpoint, 3500.0).per_second() < 3500


def test_what_does_not_pass_is_told_with_what_it_was_and_how_long_was_tried(place, proxy, monkeypatch):
    monkeypatch.setattr("pipelines.storage.s3_requests._PATIENCE_SECONDS", 0.3)
    stores, root = place
    proxy.inject("slow_down", "PUT", times=1000)
    with pytest.raises(StorageError, match=r"/late: http://\S+ answers 503 SlowDown.*\(tried for \d+ s\)"):
        stores.put_if_absent(join(root, "late"), b"x")
    assert proxy.counts["slow_down"] > 1


def test_expired_credentials_are_read_again_from_their_files(s3, proxy, tmp_path):
    from jobs.site import load_site

    root, name = s3.make_bucket(f"faults-{os.urandom(8).hex()}"), re.escape(s3.access_key_id)
    temporary = {"access_key_id": "FORMERKEY", "session_token": "former token"}  # as a token service gives them
    token = f'session_token = {{ file = "{s3.folder}/session_token" }}\n'
    (tmp_path / "site.toml").write_text(s3.site_toml().replace(s3.endpoint, proxy.endpoint) + token)
    for key, value in temporary.items():
        (s3.folder / key).write_text(value)
    stores = load_site(str(tmp_path / "site.toml")).stores()
    (s3.folder / "access_key_id").write_text(s3.access_key_id + "\n")
    (s3.folder / "session_token").write_text("")
    proxy.inject("expired_token")
    stores.put_if_absent(join(root, "renewed"), b"x")
    assert stores.read(join(root, "renewed")) == b"x"
    assert proxy.counts["expired_token"] == 1
    assert "Credential=FORMERKEY/" in proxy.requests[0]
    assert "x-amz-security-token: former token" in proxy.requests[0].lower()
    assert all(re.search(f"Credential={name}/", head) for head in proxy.requests[1:])
    assert not any("x-amz-security-token" in head.lower() for head in proxy.requests[1:])
