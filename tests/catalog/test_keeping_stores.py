"""Copies, repairs and tiers between real stores: the same promises as between two folders."""

import os
import secrets

import pytest
import storage_classes
from kept_datasets import STORES, bytes_of, flipped, kept
from token_datasets import Recipe

from pipelines.catalog import open_dataset
from pipelines.catalog.layout import place_of
from pipelines.catalog.moves import bring_back, find_datasets, move_to_store, set_tier
from pipelines.catalog.repair import examine, repair
from pipelines.catalog.replicate import carry_out, plan_copy
from pipelines.errors import ColdError, DatasetError, StorageError
from pipelines.reader import TokenDataset
from pipelines.storage import Stores, join
from schemas.moved import is_mark

FAR = ["s3", "hdfs"]
NAMES = ["manifest.json", "shards.parquet", *(f"shards/0000{number}.arrow" for number in range(3)), "tokenizer.json"]


@pytest.fixture
def s3_output(s3):
    return join(s3.make_bucket(f"keeping-{secrets.token_hex(8)}"), "corpora")


@pytest.fixture
def hdfs_output(hdfs):
    return join(hdfs.uri, "keeping", secrets.token_hex(8))


@pytest.fixture
def stores(request):
    """One value for every store, started when a test names its output."""
    endpoints = {}
    for name in FAR:
        if f"{name}_output" in request.fixturenames:
            endpoints |= request.getfixturevalue(name).stores().endpoints
    return Stores(endpoints)


def copied(stores, uri, output):
    return carry_out(plan_copy(open_dataset(uri, stores), output))


def tokens(folder):
    return Recipe((40, 3, 25), manifest_changes={"corpus": "tiny"}).write(folder / "tiny/tokens/v1").as_uri()


def files(stores, uri):
    return {path: data for path, data in bytes_of(stores, uri).items() if not is_mark(path)}


def order(uri, stores):
    return [batch["rows"].tolist() for batch in TokenDataset.open(uri, seed=7, batch_size=3, stores=stores)]


def test_a_dataset_goes_from_a_folder_to_s3_to_hdfs_and_back_as_the_same_bytes(
    stores, s3_output, hdfs_output, tmp_path
):
    uri = tokens(tmp_path / "here")
    before, rows = files(stores, uri), order(uri, stores)
    for output in (s3_output, hdfs_output, str(tmp_path / "back")):
        copy = copied(stores, uri, output)
        copy.verify()
        assert files(stores, copy.uri) == before
        assert order(copy.uri, stores) == rows
        assert plan_copy(open_dataset(uri, stores), output).is_published
        uri = copy.uri


def test_an_unfinished_copy_in_s3_gets_what_is_missing_and_what_is_wrong(stores, s3_output, tmp_path):
    source = open_dataset(kept(tmp_path / "here"), stores)
    copy = copied(stores, source.uri, s3_output)
    for name in ("manifest.json", "shards/b"):
        stores.delete(join(copy.uri, name))
    flipped(stores, join(copy.uri, "shards/c"))
    sent = []
    carry_out(plan_copy(source, s3_output), watch=sent.append)
    assert sum(sent) == len(b"second" * 1000 + b"third" * 1000)
    assert bytes_of(stores, copy.uri) == bytes_of(stores, source.uri)


def test_a_bit_that_flipped_at_rest_in_s3_is_named_by_verify_and_by_the_reader_and_repaired(
    stores, s3, s3_output, tmp_path
):
    uri = tokens(tmp_path / "here")
    copy = copied(stores, uri, s3_output)
    before, rows = files(stores, copy.uri), order(copy.uri, stores)
    at_rest = s3.folder / "objects" / copy.uri.removeprefix("s3://") / "shards/00000.arrow"
    data = bytearray(at_rest.read_bytes())
    data[len(data) // 2] ^= 1
    at_rest.write_bytes(data)  # in place: ETag and stored checksum stay those of the bytes that were sent
    with pytest.raises(DatasetError, match=r"shards/00000\.arrow: "):
        copy.verify()
    with pytest.raises(
        DatasetError, match=r"shards/00000\.arrow.* repair it with phloem verify s3://.*/tokens/v1 --from"
    ):
        order(copy.uri, stores)
    examined = examine(stores, copy.uri, open_dataset(uri, stores))
    assert [each.file.path for each in examined.differences] == ["shards/00000.arrow"]
    assert repair(examined) == []
    copy.verify()
    assert files(stores, copy.uri) == before
    assert order(copy.uri, stores) == rows


@pytest.mark.parametrize("far", FAR)
def test_a_lost_folder_comes_back_from_a_far_store(request, far, tmp_path):
    output = request.getfixturevalue(f"{far}_output")
    stores = Stores(request.getfixturevalue(far).stores().endpoints)
    uri = tokens(tmp_path / "here")
    before, rows, manifest_hash = files(stores, uri), order(uri, stores), open_dataset(uri).manifest_hash
    replica = copied(stores, uri, output)
    for stat in list(stores.list_files(uri)):
        stores.delete(stat.uri)
    repair(examine(stores, uri, replica))
    assert files(stores, uri) == before
    assert order(uri, stores) == rows
    assert open_dataset(uri).manifest_hash == manifest_hash


@pytest.mark.parametrize("far", FAR)
def test_a_lost_far_store_comes_back_from_a_folder(request, far, tmp_path):
    output = request.getfixturevalue(f"{far}_output")
    stores = Stores(request.getfixturevalue(far).stores().endpoints)
    local = open_dataset(kept(tmp_path / "here"), stores)
    copy = copied(stores, local.uri, output)
    for name in ("manifest.json", "shards.parquet", "shards/a"):
        stores.delete(join(copy.uri, name))
    flipped(stores, join(copy.uri, "shards/b"))
    repair(examine(stores, copy.uri, local))
    assert bytes_of(stores, copy.uri) == bytes_of(stores, local.uri)


def test_a_dataset_moves_from_hdfs_to_s3_and_back(stores, s3_output, hdfs_output, tmp_path):
    dataset = copied(stores, kept(tmp_path / "here"), hdfs_output)
    before = bytes_of(stores, dataset.uri)
    there = move_to_store(stores, place_of(dataset.uri), s3_output)
    assert bytes_of(stores, there.uri) == before
    assert set(bytes_of(stores, dataset.uri)) == {"moved.json"}
    bring_back(stores, dataset.uri)
    assert bytes_of(stores, dataset.uri) == before
    assert bytes_of(stores, there.uri) == {}


def test_a_storage_policy_of_hdfs_is_set_on_every_file_but_the_manifest_and_taken_back(stores, hdfs_output, tmp_path):
    dataset = copied(stores, kept(tmp_path / "here"), hdfs_output)
    set_tier(dataset, "COLD")
    policies = {path: stores.tier(join(dataset.uri, path)) for path in bytes_of(stores, dataset.uri)}
    assert {path for path, policy in policies.items() if policy == "COLD"} == set(policies) - {"manifest.json"}
    (held,) = find_datasets(stores, hdfs_output).datasets
    assert held.tier == "COLD"
    dataset.verify()  # a cold policy is no reason not to be read
    bring_back(stores, dataset.uri)
    assert find_datasets(stores, hdfs_output).datasets[0].tier == "HOT"


def test_a_policy_that_hdfs_does_not_know_is_told(stores, hdfs_output, tmp_path):
    dataset = copied(stores, kept(tmp_path / "here"), hdfs_output)
    with pytest.raises(StorageError, match="FROZEN"):
        set_tier(dataset, "FROZEN")


def test_a_server_without_storage_classes_refuses_one_and_keeps_every_byte(stores, s3_output, tmp_path):
    dataset = copied(stores, kept(tmp_path / "here"), s3_output)
    before = bytes_of(stores, dataset.uri)
    assert find_datasets(stores, s3_output).datasets[0].tier == "STANDARD"
    with pytest.raises(StorageError, match=r"tokens/v1/.*: "):
        set_tier(dataset, "GLACIER")
    assert bytes_of(stores, dataset.uri) == before
    set_tier(dataset, "STANDARD")


@pytest.fixture
def classes(s3):
    """Amazon's storage classes, which this server has nothing of, put before it."""
    with storage_classes.running(s3.endpoint) as classes:
        yield classes


@pytest.fixture
def archived(classes, s3, s3_output, tmp_path):
    """A dataset in GLACIER, and the stores that see the classes."""
    stores = s3.stores(endpoint=classes.endpoint)
    dataset = copied(stores, tokens(tmp_path / "here"), s3_output)
    before = bytes_of(stores, dataset.uri)
    set_tier(dataset, "GLACIER")
    assert bytes_of(s3.stores(), dataset.uri) == before
    return dataset


def test_what_is_in_glacier_says_what_it_is_and_is_refused_with_the_command_that_brings_it_back(archived, s3_output):
    stores = archived.stores
    tiers = {path: stores.tier(join(archived.uri, path)) for path in NAMES}
    assert tiers == dict.fromkeys(NAMES, "GLACIER") | {"manifest.json": "STANDARD"}
    assert [held.tier for held in find_datasets(stores, s3_output).datasets] == ["GLACIER"]
    assert open_dataset(archived.uri, stores).manifest == archived.manifest
    for needed in (archived.verify, lambda: TokenDataset.open(archived.uri, seed=1, stores=stores)):
        with pytest.raises(ColdError, match=r"is archived: bring it back with phloem tier --back"):
            needed()


def test_what_is_in_glacier_comes_back_once_all_of_it_is_restored(archived, classes):
    stores = archived.stores
    for _ in range(2):
        with pytest.raises(ColdError, match=r"5 files are not readable yet: .* being restored from GLACIER"):
            bring_back(stores, archived.uri)
        assert len(classes.restoring) == 5
    classes.restored = True
    bring_back(stores, archived.uri).verify()
    assert {stores.tier(join(archived.uri, path)) for path in NAMES} == {"STANDARD"}


def test_a_class_that_can_be_read_at_once_is_read_at_once(archived, classes):
    classes.restored = True
    classes.restoring |= set(classes.of)
    set_tier(archived, "STANDARD_IA")
    archived.verify()
    assert set(classes.of.values()) == {"STANDARD_IA"}


def test_a_server_that_takes_a_class_without_a_word_and_keeps_none_is_found_out(classes, s3, s3_output):
    stores, classes.kept = s3.stores(endpoint=classes.endpoint), False
    stores.put_if_absent(join(s3_output, "name"), b"x")
    with pytest.raises(StorageError, match="name is in class STANDARD although GLACIER was asked for"):
        stores.set_tier(join(s3_output, "name"), "GLACIER")


def test_an_object_too_large_for_another_class_is_told(s3, s3_output):
    stores, uri = s3.stores(), join(s3_output, "large")
    stores.put_if_absent(uri, b"x")
    os.truncate(s3.folder / "objects" / uri.removeprefix("s3://"), (5 << 30) + 1)  # sparse: it takes no room
    with pytest.raises(StorageError, match="large has more than 5 GiB"):
        stores.set_tier(uri, "GLACIER")


def test_the_age_of_a_dataset_is_that_of_its_manifest_in_every_store(stores, s3_output, hdfs_output, tmp_path):
    local = copied(STORES, kept(tmp_path / "here"), str(tmp_path / "local"))
    for output in (s3_output, hdfs_output):
        copied(stores, local.uri, output)
    outputs = (str(tmp_path / "local"), s3_output, hdfs_output)
    times = [find_datasets(stores, output).datasets[0].published for output in outputs]
    assert times[0] <= times[1].replace(microsecond=999_999)  # S3 tells whole seconds
    assert (max(times) - min(times)).total_seconds() < 600
