"""A dataset moves by being copied, read again and only then removed; whoever opens it is told where it is."""

import os
import shutil
import sys
from datetime import UTC, date, datetime

import pytest
from kept_datasets import NAMES, STORES, bytes_of, flipped, kept, kill_when_it_says, leases, whole_version

from pipelines.catalog import open_dataset
from pipelines.catalog.dataset import is_published
from pipelines.catalog.layout import place_of
from pipelines.catalog.lease import lease
from pipelines.catalog.moves import bring_back, find_datasets, finish_removal, move_to_store, set_tier
from pipelines.catalog.replicate import carry_out, plan_copy
from pipelines.catalog.versions import Identity, choose_version
from pipelines.errors import BusyError, ColdError, DatasetError, RefusedError
from pipelines.reader import TokenDataset
from pipelines.storage import Stores, join
from schemas.moved import Moved, is_mark


@pytest.fixture
def uri(tmp_path):
    return kept(tmp_path / "here")


@pytest.fixture
def archive(tmp_path):
    return str(tmp_path / "archive")


def move(uri, archive, stores=STORES):
    return move_to_store(stores, place_of(uri), archive)


def test_a_moved_dataset_lies_there_whole_and_here_is_only_where_it_is(uri, archive):
    before, dataset = bytes_of(STORES, uri), open_dataset(uri)
    there = move(uri, archive)
    assert bytes_of(STORES, there.uri) == before
    assert there.manifest_hash == dataset.manifest_hash
    left = bytes_of(STORES, uri)
    assert set(left) == {"moved.json"}
    moved = Moved.from_json(left["moved.json"].decode())
    assert moved == Moved(
        there.uri, dataset.manifest_hash, sum(map(len, before.values())) - len(before["manifest.json"])
    )


def test_whoever_opens_it_is_refused_with_the_command_that_brings_it_back(uri, archive):
    there = move(uri, archive)
    told = f"{uri} was moved to {there.uri} .* bytes.*phloem tier --back {uri}"
    for refused in (
        lambda: open_dataset(uri),
        lambda: is_published(STORES, uri),
        lambda: TokenDataset.open(uri, seed=1),
    ):
        with pytest.raises(ColdError, match=told):
            refused()


def test_a_run_does_not_make_again_what_was_moved(tmp_path, archive):
    whole_version(tmp_path / "here")
    move(f"file://{tmp_path}/here/tiny/clean/v1", archive)
    with pytest.raises(ColdError, match="phloem tier --back"):
        choose_version(STORES, str(tmp_path / "here"), "tiny", None, Identity({"clean": {"recipe of": "clean"}}, "new"))


def test_what_was_moved_comes_back_as_it_was(uri, archive, tmp_path):
    before = bytes_of(STORES, uri)
    there = move(uri, archive)
    back = bring_back(STORES, uri)
    assert back.uri == uri
    assert bytes_of(STORES, uri) == before
    assert bytes_of(STORES, there.uri) == {}
    assert leases(tmp_path) == []


def test_an_altered_source_is_not_moved_and_nothing_is_removed(uri, archive):
    flipped(STORES, join(uri, "shards/a"))
    before = bytes_of(STORES, uri)
    with pytest.raises(DatasetError, match="shards/a: 5000 bytes"):
        move(uri, archive)
    assert bytes_of(STORES, uri) == before


class Altering(Stores):
    """A store that damages what it was given after it said that it has it."""

    def put_if_absent(self, uri, data):
        super().put_if_absent(uri, data)
        if uri.endswith("archive/tiny/tokens/v1/manifest.json"):
            flipped(STORES, uri.replace("manifest.json", "shards/b"))


def test_a_copy_that_went_bad_is_noticed_before_anything_is_removed(uri, archive):
    before = bytes_of(STORES, uri)
    with pytest.raises(DatasetError, match=r"nothing was removed:\nshards/b: "):
        move(uri, archive, Altering())
    assert bytes_of(STORES, uri) == before


def test_the_same_place_under_another_name_is_noticed_before_anything_is_removed(uri, tmp_path):
    (tmp_path / "link").symlink_to(tmp_path / "here")
    before = bytes_of(STORES, uri)
    with pytest.raises(RefusedError, match="the same place under two names"):
        move(uri, str(tmp_path / "link"))
    assert bytes_of(STORES, uri) == before


def test_a_version_that_a_run_is_working_on_is_not_moved(uri, archive, tmp_path):
    with lease(STORES, str(tmp_path / "here"), "tiny", "v1", "a run"), pytest.raises(BusyError, match="a run"):
        move(uri, archive)


KILLED = """
import os, sys, time
from pipelines.catalog.layout import place_of
from pipelines.catalog.moves import bring_back, move_to_store
from pipelines.storage import Stores
steps = iter(range(1000))
class Slow(Stores):
    def _step(self):
        if next(steps) == int(sys.argv[3]):
            os.write(1, b"at the step\\n")
            time.sleep(600)
    def put_if_absent(self, uri, data):
        self._step()
        super().put_if_absent(uri, data)
    def delete(self, uri):
        self._step()
        super().delete(uri)
uri, archive = sys.argv[1:3]
if archive == "back":
    bring_back(Slow(), uri, 1)
else:
    move_to_store(Slow(), place_of(uri), archive, 1)
print("done")
"""


def killed(uri, archive, step):
    """Whether there was such a step: a write or removal before which the program was killed."""
    try:
        kill_when_it_says([sys.executable, "-c", KILLED, uri, archive, str(step)], "at the step\n")
    except AssertionError:
        return False
    return True


def published(whole, *uris):
    """Those at which a dataset is published; each of them has to have every file of it."""
    there = [uri for uri in uris if STORES.exists(join(uri, "manifest.json"))]
    for uri in there:
        assert {path: data for path, data in bytes_of(STORES, uri).items() if not is_mark(path)} == whole
    return there


def test_a_move_killed_at_any_step_leaves_it_whole_at_one_end_and_goes_on(uri, archive, tmp_path):
    before, there = bytes_of(STORES, uri), f"file://{archive}/tiny/tokens/v1"
    shutil.copytree(tmp_path / "here", tmp_path / "kept")
    step = 0
    while killed(uri, archive, step):
        assert published(before, uri, there)
        place = place_of(uri)
        if place in find_datasets(STORES, place.output).half_removed:
            finish_removal(STORES, place)
        elif STORES.exists(join(uri, "manifest.json")):
            move(uri, archive)
        assert bytes_of(STORES, there) == before
        assert set(bytes_of(STORES, uri)) == {"moved.json"}
        for folder in ("here", "archive"):
            shutil.rmtree(tmp_path / folder)
        shutil.copytree(tmp_path / "kept", tmp_path / "here")
        step += 2  # every other one: a program takes half a second to start
    assert step > 10


def test_a_way_back_killed_at_any_step_leaves_it_whole_at_one_end_and_goes_on(uri, archive, tmp_path):
    before = bytes_of(STORES, uri)
    there = move(uri, archive).uri
    for folder in ("here", "archive"):
        shutil.copytree(tmp_path / folder, tmp_path / "kept" / folder)
    step = 1
    while killed(uri, "back", step):
        assert published(before, uri, there)
        bring_back(STORES, uri)
        assert bytes_of(STORES, uri) == before
        assert bytes_of(STORES, there) == {}
        for folder in ("here", "archive"):
            shutil.rmtree(tmp_path / folder)
            shutil.copytree(tmp_path / "kept" / folder, tmp_path / folder)
        step += 2
    assert step > 10


def test_only_what_was_moved_is_removed(uri):
    with pytest.raises(RefusedError, match=r"was not moved: there is no moved\.json"):
        finish_removal(STORES, place_of(uri))
    assert set(bytes_of(STORES, uri)) == set(NAMES)


def test_another_dataset_where_it_was_moved_to_is_not_brought_back(uri, archive, tmp_path):
    there = move(uri, archive)
    shutil.rmtree(tmp_path / "archive")
    kept(tmp_path / "archive", contents={"a": b"other"})
    with pytest.raises(DatasetError, match=f"{there.uri} is another dataset"):
        bring_back(STORES, uri)


def test_what_is_gone_where_it_was_moved_to_is_told(uri, archive, tmp_path):
    move(uri, archive)
    shutil.rmtree(tmp_path / "archive")
    with pytest.raises(DatasetError, match=f"where {uri} was moved to, is not there: restore it with phloem copy"):
        bring_back(STORES, uri)
    assert set(bytes_of(STORES, uri)) == {"moved.json"}


def test_a_dataset_that_was_copied_back_moves_again(uri, archive, tmp_path):
    there = move(uri, archive)
    carry_out(plan_copy(there, str(tmp_path / "here")))
    again = move(uri, str(tmp_path / "second"))
    assert Moved.from_json(STORES.read(join(uri, "moved.json")).decode()).uri == again.uri


def test_an_output_is_listed_with_sizes_days_and_what_is_half_removed(tmp_path, archive):
    output = tmp_path / "here"
    uri = whole_version(output)
    os.utime(output / "tiny/clean/v1/manifest.json", (0, 86_400 * 365))
    for name in ("2026-11-20", "2026-11-21", "2026-02-28", "no day"):
        STORES.put_if_absent(join(uri, "last-read", name), b"")
    kept(output, "clean", "v2")
    move(f"file://{output}/tiny/clean/v2", archive)
    holdings = find_datasets(STORES, str(output))
    assert [held.place.uri.removeprefix(f"file://{output}/") for held in holdings.datasets] == [
        f"tiny/{stage}/v1" for stage in ("clean", "deduplicated", "tokens")
    ]
    clean, _, tokens = holdings.datasets
    assert (clean.published, clean.last_read) == (datetime(1971, 1, 1, tzinfo=UTC), None)
    assert (tokens.num_files, tokens.last_read, tokens.tier) == (len(NAMES), date(2026, 11, 21), "")
    assert holdings.half_removed == ()
    STORES.put_if_absent(f"{output}/tiny/clean/v2/shards/left", b"x")
    assert [place.version for place in find_datasets(STORES, str(output)).half_removed] == ["v2"]


def test_a_file_system_has_no_tiers(uri):
    with pytest.raises(RefusedError, match="a file system has no tier 'COLD'"):
        set_tier(open_dataset(uri), "COLD")
    with pytest.raises(RefusedError, match="was not moved, and its store has no tiers"):
        bring_back(STORES, uri)


@pytest.mark.parametrize("text", ["{", '{"format_version": 9}', '{"format_version": 1}', "[]"])
def test_a_note_of_a_move_that_cannot_be_read_is_told_by_name(uri, archive, text):
    move(uri, archive)
    STORES.delete(join(uri, "moved.json"))
    STORES.put_if_absent(join(uri, "moved.json"), text.encode())
    with pytest.raises(DatasetError, match=r"tokens/v1/moved\.json: "):
        open_dataset(uri)
