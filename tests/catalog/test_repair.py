"""What is altered or lost is named, and comes back from a replica: verified, repeatable, and nothing by guesswork."""

import sys

import pytest
from kept_datasets import NAMES, STORES, bytes_of, flipped, kept, kill_when_it_says, replaced

from pipelines.catalog import open_dataset
from pipelines.catalog.repair import examine, repair
from pipelines.catalog.replicate import carry_out, plan_copy
from pipelines.errors import DatasetError, RefusedError
from pipelines.storage import join, local_path

HASHED = [name for name in NAMES if name not in ("manifest.json", "accounts/a", "rejected/a", "quarantine/a")]


@pytest.fixture
def uri(tmp_path):
    return kept(tmp_path / "here")


@pytest.fixture
def replica(uri, tmp_path):
    return carry_out(plan_copy(open_dataset(uri), str(tmp_path / "replica")))


def faults(uri, replica):
    return [each.fault.partition(":")[0] for each in examine(STORES, uri, replica).differences]


def cut(stores, uri):
    replaced(stores, uri, stores.read(uri)[:-2])


DAMAGES = {"flipped": flipped, "cut": cut, "lost": lambda stores, uri: stores.delete(uri)}


def test_a_whole_dataset_has_no_differences(uri, replica):
    examined = examine(STORES, uri, replica)
    assert (examined.differences, examined.num_files) == ((), len(NAMES) - 1)
    assert repair(examined) == []


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("name", HASHED)
def test_any_file_with_a_hash_is_named_and_repaired_however_it_was_damaged(uri, replica, name, damage):
    before = bytes_of(STORES, uri)
    DAMAGES[damage](STORES, join(uri, name))
    assert faults(uri, replica) == [name]
    assert repair(examine(STORES, uri, replica)) == []
    assert bytes_of(STORES, uri) == before
    open_dataset(uri).verify()


def test_everything_at_once_is_repaired_and_only_that_is_fetched(uri, replica):
    before = bytes_of(STORES, uri)
    for name in ("shards/a", "shards.parquet", "tokenizer.json"):
        flipped(STORES, join(uri, name))
    for name in ("shards/c", "rejected/a"):
        STORES.delete(join(uri, name))
    examined = examine(STORES, uri, replica)
    fetched = []
    repair(examined, watch=fetched.append)
    assert bytes_of(STORES, uri) == before
    lost = ("shards/a", "shards.parquet", "tokenizer.json", "shards/c", "rejected/a")
    assert sum(fetched) == sum(len(before[name]) for name in lost)


@pytest.mark.parametrize("damage", ["cut", "lost"])
def test_a_manifest_that_is_lost_or_unreadable_comes_back_with_the_same_hash(uri, replica, damage):
    before, manifest_hash = bytes_of(STORES, uri), open_dataset(uri).manifest_hash
    flipped(STORES, join(uri, "shards/a"))
    DAMAGES[damage](STORES, join(uri, "manifest.json"))
    examined = examine(STORES, uri, replica)
    assert not examined.is_published
    assert sorted(each.file.path for each in examined.differences) == ["manifest.json", "shards/a"]
    repair(examined)
    assert bytes_of(STORES, uri) == before
    assert open_dataset(uri).manifest_hash == manifest_hash


def test_a_file_without_a_hash_that_differs_is_named_and_left_to_a_person(uri, replica):
    flipped(STORES, join(uri, "rejected/a"))
    examined = examine(STORES, uri, replica)
    assert [each.file.path for each in examined.doubtful] == ["rejected/a"]
    altered = STORES.read(join(uri, "rejected/a"))
    assert repair(examined) == []
    assert STORES.read(join(uri, "rejected/a")) == altered
    STORES.delete(join(uri, "rejected/a"))
    repair(examine(STORES, uri, replica))
    assert bytes_of(STORES, uri) == bytes_of(STORES, replica.uri)


def test_a_replica_that_is_damaged_itself_gives_nothing_and_harms_nothing(uri, replica):
    altered = {}
    for name in ("shards/a", "shards/b"):
        flipped(STORES, join(uri, name))
        altered[name] = STORES.read(join(uri, name))
    flipped(STORES, join(replica.uri, "shards/a"))
    left = repair(examine(STORES, uri, replica))
    assert len(left) == 1
    assert left[0].startswith("the replica's shards/a: 5000 bytes, BLAKE3 ")
    assert STORES.read(join(uri, "shards/a")) == altered["shards/a"]
    assert faults(uri, replica) == ["shards/a"]


def test_a_file_stands_until_the_new_one_is_whole(uri, replica):
    flipped(STORES, join(uri, "shards/a"))
    altered, seen = STORES.read(join(uri, "shards/a")), []
    repair(examine(STORES, uri, replica), watch=lambda _: seen.append(STORES.read(join(uri, "shards/a"))))
    assert seen == [altered]


def test_a_reader_that_had_a_damaged_file_open_reads_on(uri, replica):
    flipped(STORES, join(uri, "shards/a"))
    altered = STORES.read(join(uri, "shards/a"))
    with STORES.open(join(uri, "shards/a")) as stream:
        first = stream.read(100)
        repair(examine(STORES, uri, replica))
        assert first + stream.read() == altered


KILLED = """
import sys, time
from pipelines.catalog import open_dataset
from pipelines.catalog.repair import examine, repair
from pipelines.storage import Stores
class Told(Stores):
    def delete(self, uri):
        super().delete(uri)
        print("deleted", flush=True)
        time.sleep(600)
stores = Told()
repair(examine(stores, sys.argv[1], open_dataset(sys.argv[2], stores)), 1)
"""


def test_a_repair_killed_between_the_old_file_and_the_new_one_is_repeated(uri, replica):
    before = bytes_of(STORES, uri)
    for name in ("shards/a", "shards/b"):
        flipped(STORES, join(uri, name))
    command = [sys.executable, "-c", KILLED, uri, replica.uri]
    kill_when_it_says(command, "deleted\n")
    assert not STORES.exists(join(uri, "shards/a"))
    with pytest.raises(DatasetError, match="shards/a: missing"):
        open_dataset(uri).verify()
    repair(examine(STORES, uri, replica))
    assert bytes_of(STORES, uri) == before


def test_of_another_dataset_is_no_replica(uri, tmp_path):
    other = open_dataset(kept(tmp_path / "other", contents={"a": b"other"}))
    with pytest.raises(RefusedError, match=f"{other.uri} is no replica of {uri}"):
        examine(STORES, uri, other)
    STORES.delete(join(uri, "manifest.json"))
    second = open_dataset(kept(tmp_path / "other", version="v2"))
    with pytest.raises(RefusedError, match=f"tiny tokens v2: no replica of what was {uri}"):
        examine(STORES, uri, second)


def test_a_dataset_is_not_its_own_replica(uri):
    with pytest.raises(RefusedError, match="cannot be its own replica"):
        examine(STORES, local_path(uri) + "/", open_dataset(uri))


def test_a_replica_without_a_manifest_is_none(uri, replica):
    STORES.delete(join(replica.uri, "manifest.json"))
    with pytest.raises(DatasetError, match="not a published dataset"):
        examine(STORES, uri, open_dataset(replica.uri))
