"""A dataset is believed as long as its bytes are those of its manifest; what is not is named."""

import pytest
from published_datasets import STORES, place_in, published

from pipelines.catalog import open_dataset
from pipelines.errors import DatasetError


@pytest.fixture
def place(tmp_path):
    place = place_in(tmp_path)
    published(place, {"a": b"first", "b": b"second", "c": b"third"})
    return place


def path_of(place, name):
    return place.file(name).removeprefix("file://")


def rewrite(place, name, change):
    with open(path_of(place, name), "r+b") as file:  # noqa: PTH123
        data = change(file.read())
        file.seek(0)
        file.truncate()
        file.write(data)


def flipped(data):
    return data[:-1] + bytes([data[-1] ^ 1])


def test_an_untouched_dataset_verifies(place):
    open_dataset(place.uri).verify()


def test_every_altered_and_missing_shard_is_named_and_no_other(place):
    rewrite(place, "shards/a", flipped)
    STORES.delete(place.file("shards/c"))
    with pytest.raises(DatasetError) as caught:
        open_dataset(place.uri).verify()
    head, altered, missing, way_out = str(caught.value).split("\n")
    assert head == f"{place.uri}: 2 files are not what the manifest says:"
    assert altered.startswith("shards/a: 5 bytes, BLAKE3 ")
    assert missing == "shards/c: missing"
    assert way_out == f"repair it with phloem verify {place.uri} --from REPLICA --repair"


def test_a_shard_cut_short_is_named_with_both_sizes(place):
    rewrite(place, "shards/b", lambda data: data[:-2])
    with pytest.raises(DatasetError, match=r"shards/b: 4 bytes, BLAKE3 .*; expected 6 bytes"):
        open_dataset(place.uri).verify()


def test_an_altered_shard_table_is_named_with_both_hashes(place):
    rewrite(place, "shards.parquet", flipped)
    with pytest.raises(DatasetError, match=r"shards\.parquet has BLAKE3 [0-9a-f]{64}, its manifest says [0-9a-f]{64}"):
        open_dataset(place.uri).verify()


def test_a_missing_shard_table_is_named(place):
    STORES.delete(place.file("shards.parquet"))
    with pytest.raises(DatasetError, match=r"shards\.parquet is missing"):
        open_dataset(place.uri).verify()


def test_without_a_manifest_there_is_no_dataset(place):
    STORES.delete(place.file("manifest.json"))
    with pytest.raises(DatasetError, match=r"is not a published dataset: it has no manifest\.json"):
        open_dataset(place.uri)


@pytest.mark.parametrize(
    "change",
    [
        lambda _: b"{",
        lambda _: b"\xff\xfe",
        lambda data: data.replace(b'"format_version": 1', b'"format_version": 9'),
        lambda data: data.replace(b'"corpus"', b'"korpus"'),
        lambda data: data.replace(b'"tokenizer"', b'"tokenise"'),
    ],
)
def test_a_manifest_that_cannot_be_read_is_named(place, change):
    rewrite(place, "manifest.json", change)
    with pytest.raises(DatasetError, match=r"manifest\.json: "):
        open_dataset(place.uri)
