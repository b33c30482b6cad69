"""A copy is whole or not published, sends only what is missing, and never believes the bytes of either end."""

import pytest
from kept_datasets import NAMES, STORES, bytes_of, flipped, kept, leases, replaced, whole_version

from pipelines.catalog import open_dataset
from pipelines.catalog.layout import place_of
from pipelines.catalog.lease import lease
from pipelines.catalog.replicate import carry_out, copy_report, plan_copy, with_parents
from pipelines.catalog.versions import newest
from pipelines.errors import BusyError, DatasetError, IdentityError, RefusedError
from pipelines.storage import join


@pytest.fixture
def source(tmp_path):
    return open_dataset(kept(tmp_path / "here"))


@pytest.fixture
def there(tmp_path):
    return str(tmp_path / "there")


def copied(source, there, sent=None):
    return carry_out(plan_copy(source, there), watch=(sent if sent is not None else []).append)


def paths(differences):
    return sorted(difference.file.path for difference in differences)


def test_a_copy_is_the_same_files_the_same_manifest_and_the_claim_of_its_recipe(source, there):
    plan = plan_copy(source, there)
    assert paths(plan.to_send) == [name for name in NAMES if name != "manifest.json"]
    copy = carry_out(plan)
    assert copy.uri == f"file://{there}/tiny/tokens/v1"
    assert copy.manifest_hash == source.manifest_hash
    assert bytes_of(STORES, copy.uri) == bytes_of(STORES, source.uri)
    assert STORES.read(place_of(copy.uri).claim_uri) == STORES.read(place_of(source.uri).claim_uri)
    assert newest(STORES, there, "tiny") == "v1"
    copy.verify()


def test_a_copy_is_no_link_that_would_be_damaged_with_its_source(source, there, tmp_path):
    copied(source, there)
    assert {path.stat().st_nlink for path in tmp_path.rglob("shards/*")} == {1}


def test_a_plan_writes_nothing_and_knows_the_bytes(source, there, tmp_path):
    plan = plan_copy(source, there)
    assert not (tmp_path / "there").exists()
    assert plan.bytes_to_send == sum(
        len(data) for name, data in bytes_of(STORES, source.uri).items() if name != "manifest.json"
    )


def test_a_copy_again_sends_nothing(source, there):
    copied(source, there)
    plan = plan_copy(source, there)
    assert (plan.is_published, plan.to_send, plan.num_there) == (True, (), len(NAMES) - 1)
    assert carry_out(plan).manifest_hash == source.manifest_hash


def test_of_an_unfinished_copy_only_what_is_missing_or_wrong_is_sent(source, there):
    copy = copied(source, there)
    for name in ("manifest.json", "shards/b"):
        STORES.delete(join(copy.uri, name))
    for name in ("shards/c", "rejected/a", "statistics.json"):
        flipped(STORES, join(copy.uri, name))
    plan = plan_copy(source, there)
    assert paths(plan.to_send) == ["rejected/a", "shards/b", "shards/c", "statistics.json"]
    sent = []
    carry_out(plan, watch=sent.append)
    assert sum(sent) == plan.bytes_to_send
    assert bytes_of(STORES, copy.uri) == bytes_of(STORES, source.uri)


@pytest.mark.parametrize("name", ["shards/b", "statistics.json", "tokenizer.json"])
def test_what_is_altered_at_the_source_is_named_and_not_published_on(source, there, name):
    flipped(STORES, join(source.uri, name))
    with pytest.raises(DatasetError, match="1 files are not what the manifest says") as caught:
        copied(source, there)
    assert f"\n{name}: " in str(caught.value)
    assert f"phloem verify {source.uri} --from" in str(caught.value)
    there_now = bytes_of(STORES, f"file://{there}/tiny/tokens/v1")
    assert set(NAMES) - set(there_now) == {"manifest.json", name}


def test_every_altered_and_missing_shard_of_the_source_is_named_at_once(source, there, tmp_path):
    flipped(STORES, join(source.uri, "shards/a"))
    STORES.delete(join(source.uri, "shards/c"))
    with pytest.raises(DatasetError) as caught:
        copied(source, there)
    assert "\nshards/a: 5000 bytes, BLAKE3 " in str(caught.value)
    assert "\nshards/c: missing\n" in str(caught.value)
    assert leases(tmp_path) == []


def test_a_copy_that_was_stopped_by_an_altered_shard_goes_on_when_that_is_mended(source, there):
    good = STORES.read(join(source.uri, "shards/a"))
    flipped(STORES, join(source.uri, "shards/a"))
    with pytest.raises(DatasetError):
        copied(source, there)
    replaced(STORES, join(source.uri, "shards/a"), good)
    plan = plan_copy(source, there)
    assert paths(plan.to_send) == ["shards/a"]
    carry_out(plan).verify()


def test_a_published_copy_that_is_damaged_is_left_to_repair(source, there):
    copy = copied(source, there)
    STORES.delete(join(copy.uri, "shards/a"))
    with pytest.raises(DatasetError, match=f"phloem verify {copy.uri} --from {source.uri} --repair"):
        plan_copy(source, there)


def test_a_copy_onto_itself_is_refused(source, tmp_path):
    with pytest.raises(RefusedError, match="lies already"):
        plan_copy(source, f"{tmp_path}/here/../here/")


def test_another_dataset_at_the_destination_is_refused_and_left_alone(source, tmp_path):
    other = kept(tmp_path / "there", contents={"a": b"other"})
    before = bytes_of(STORES, other)
    with pytest.raises(RefusedError, match="is another dataset"):
        plan_copy(source, str(tmp_path / "there"))
    assert bytes_of(STORES, other) == before


def test_files_of_an_unfinished_run_at_the_destination_are_refused_by_name(source, there):
    STORES.put_if_absent(f"{there}/tiny/tokens/v1/shards/of-a-run", b"work")
    with pytest.raises(RefusedError, match=r"holds 1 files that are none of .* the first shards/of-a-run"):
        plan_copy(source, there)


def test_a_version_begun_by_another_recipe_at_the_destination_is_refused(source, there):
    STORES.put_if_absent(place_of(f"{there}/tiny/tokens/v1").claim_uri, b"{}")
    with pytest.raises(IdentityError, match="another recipe"):
        plan_copy(source, there)


def test_a_version_that_a_run_is_working_on_is_refused(source, there):
    plan = plan_copy(source, there)
    with lease(STORES, there, "tiny", "v1", "a run"), pytest.raises(BusyError, match="a run"):
        carry_out(plan)


def test_a_scheme_without_a_store_is_refused(source):
    with pytest.raises(RefusedError, match="no store reads ftp://"):
        plan_copy(source, "ftp://backup")


def test_with_its_parents_a_dataset_is_its_whole_version(tmp_path, there):
    uri = whole_version(tmp_path / "here")
    for dataset in with_parents(open_dataset(uri)):
        copied(dataset, there)
    copy_report(STORES, place_of(uri), place_of(f"{there}/tiny/tokens/v1"))
    assert bytes_of(STORES, f"file://{there}") == bytes_of(STORES, f"file://{tmp_path}/here")


def test_a_report_that_was_written_again_replaces_the_earlier_one(tmp_path, there):
    here, copy = place_of(whole_version(tmp_path / "here")), place_of(f"{there}/tiny/tokens/v1")
    copy_report(STORES, here, copy)
    replaced(STORES, here.report_uri, b"newer")
    copy_report(STORES, here, copy)
    assert STORES.read(copy.report_uri) == b"newer"
    STORES.delete(here.report_uri)
    copy_report(STORES, here, copy)
    assert STORES.read(copy.report_uri) == b"newer"


def test_a_parent_that_is_another_one_than_the_dataset_was_made_from_is_told(tmp_path):
    uri = whole_version(tmp_path)
    replaced(STORES, uri.replace("tokens", "clean") + "/manifest.json", STORES.read(f"{uri}/manifest.json"))
    with pytest.raises(DatasetError, match=r"clean/v1 has [0-9a-f]{64}: it is another one"):
        with_parents(open_dataset(uri))


def test_a_dataset_that_lies_in_no_output_is_copied_without_a_claim(tmp_path, there):
    kept(tmp_path / "here")
    alone = open_dataset((tmp_path / "here/tiny/tokens/v1").rename(tmp_path / "alone").as_uri())
    copy = copied(alone, there)
    assert bytes_of(STORES, copy.uri) == bytes_of(STORES, alone.uri)
    assert not STORES.exists(place_of(copy.uri).claim_uri)
    with pytest.raises(RefusedError, match="no place of a dataset"):
        with_parents(alone)
