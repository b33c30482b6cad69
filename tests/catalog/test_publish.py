"""A dataset becomes one by its manifest: last, once, and only when the counts add up."""

import pytest
from published_datasets import STORES, manifest_of, place_in, published, shard_of, write_shards

from pipelines.catalog import open_dataset
from pipelines.catalog.publish import publish, put_same, put_unpublished
from pipelines.errors import DatasetError, ReconciliationError
from pipelines.storage import relative


def names(place):
    return [relative(stat.uri, place.uri) for stat in STORES.list_files(place.uri)]


def test_a_published_dataset_is_its_shards_and_their_table_and_a_manifest_that_vouches_for_it(tmp_path):
    place = place_in(tmp_path)
    dataset = published(place)
    assert names(place) == ["manifest.json", "shards.parquet", "shards/a", "shards/b"]
    assert list(dataset.shards()) == [shard_of("a", b"first"), shard_of("b", b"second")]
    assert open_dataset(place.uri).manifest == dataset.manifest
    dataset.verify()


def test_what_killed_runs_left_is_swept_and_what_belongs_stays(tmp_path):
    place = place_in(tmp_path)
    shards = write_shards(place, {"a": b"first"})
    for name in ("shards/of-old-input", "rejected/a", "rejected/of-old-input", "statistics.json"):
        STORES.put_if_absent(place.file(name), b"x")
    (tmp_path / "tiny" / "clean" / "v1" / "shards" / ".incomplete-0123").write_bytes(b"killed")
    publish(STORES, place.uri, manifest_of(shards), shards, ["rejected/a", "statistics.json"])
    assert names(place) == ["manifest.json", "rejected/a", "shards.parquet", "shards/a", "statistics.json"]
    assert not list(tmp_path.rglob(".incomplete-*"))


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        (
            {"accounting": {"in": 5, "kept": 2, "rejected": {"short": 1}, "duplicates": {}, "quarantined": {}}},
            "misses 2",
        ),
        ({"totals": {"rows": 3, "tokens": 0, "bytes": 11, "shards": 2}}, "total rows is 3, the shards hold 2"),
        ({"totals": {"rows": 2, "tokens": 1, "bytes": 11, "shards": 2}}, "total tokens is 1, the shards hold 0"),
        ({"totals": {"rows": 2, "tokens": 0, "bytes": 10, "shards": 2}}, "total bytes is 10, the shards hold 11"),
        ({"totals": {"rows": 2, "tokens": 0, "bytes": 11, "shards": 3}}, "total shards is 3, the shards hold 2"),
    ],
)
def test_counts_that_do_not_add_up_write_no_manifest(tmp_path, changed, message):
    place = place_in(tmp_path)
    with pytest.raises(ReconciliationError, match=message):
        published(place, **changed)
    assert names(place) == ["shards/a", "shards/b"]


def test_publishing_the_same_again_changes_nothing(tmp_path):
    place = place_in(tmp_path)
    first = published(place)
    before = [STORES.stat(place.file(name)) for name in names(place)]
    assert published(place) == first
    assert [STORES.stat(place.file(name)) for name in names(place)] == before


@pytest.mark.parametrize("changed", [{"fingerprint": "other"}, {"contents": {"a": b"first"}}])
def test_publishing_something_else_in_its_place_is_an_error_and_touches_nothing(tmp_path, changed):
    place = place_in(tmp_path)
    first = published(place)
    with pytest.raises(DatasetError, match=r"manifest\.json is there with other bytes"):
        published(place, **changed)
    assert open_dataset(place.uri).manifest == first.manifest
    assert names(place) == ["manifest.json", "shards.parquet", "shards/a", "shards/b"]
    first.verify()


def test_a_shard_table_that_a_run_left_when_it_was_killed_before_the_manifest_is_replaced(tmp_path):
    place = place_in(tmp_path)
    STORES.put_if_absent(place.file("shards.parquet"), b"of inputs that have changed since")
    published(place).verify()


def test_a_file_of_an_unpublished_dataset_is_replaced_and_of_a_published_one_is_not(tmp_path):
    place = place_in(tmp_path)
    put_unpublished(STORES, place.uri, "statistics.json", b"left")
    put_unpublished(STORES, place.uri, "statistics.json", b"new")
    shards = write_shards(place, {"a": b"first"})
    publish(STORES, place.uri, manifest_of(shards), shards, ["statistics.json"])
    with pytest.raises(DatasetError, match=r"statistics\.json is there with other bytes"):
        put_unpublished(STORES, place.uri, "statistics.json", b"newer")
    assert STORES.read(place.file("statistics.json")) == b"new"


def test_other_bytes_under_a_name_are_an_error_that_shows_both(tmp_path):
    uri = str(tmp_path / "name")
    put_same(STORES, uri, b"one")
    put_same(STORES, uri, b"one")
    with pytest.raises(DatasetError, match=r"name is there with other bytes \(3, BLAKE3 [0-9a-f]{16}; expected 5, "):
        put_same(STORES, uri, b"other")
