import pickle
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.errors import DatasetError, NotFoundError, RefusedError
from pipelines.reader import shards as shards_module
from pipelines.reader.shards import open_shards
from pipelines.storage import Stat, Stores

LAYOUT = (10, 0, 3, 4, 25, 1)


@dataclass(frozen=True)
class FolderAsFar(Stores):
    """A store of this machine's files that no reader can map."""

    def _path(self, uri: str) -> Path:
        return Path("/" + uri.removeprefix("far://"))

    def stat(self, uri: str) -> Stat:
        if not self._path(uri).exists():
            raise NotFoundError(uri)
        return Stat(uri, self._path(uri).stat().st_size, "1")

    def open(self, uri: str) -> BinaryIO:
        return BytesIO(self._path(uri).read_bytes())


def test_rows_come_in_the_order_asked_for(make_dataset, recipe):
    expected = recipe(LAYOUT)
    shards = open_shards(make_dataset(*LAYOUT))
    _assert_rows(shards, np.random.default_rng(0).permutation(43), expected)
    _assert_rows(shards, np.array([42, 0, 9, 10, 12, 13, 42, 0], np.uint64), expected)


@given(rows=st.lists(st.integers(0, 42), max_size=60))
@settings(max_examples=40, deadline=None)
def test_any_rows_are_what_was_written_whatever_else_is_asked_for(make_dataset, recipe, rows):
    _assert_rows(open_shards(make_dataset(*LAYOUT)), np.array(rows, np.int64), recipe(LAYOUT))


@pytest.mark.parametrize("settings", [{"context_length": 7}, {"vocabulary_size": 70_000}, {"rows_per_batch": 1}])
def test_sizes_and_types_are_those_of_the_manifest(make_dataset, recipe, settings):
    shards = open_shards(make_dataset(*LAYOUT, **settings))
    assert shards.token_type == (np.uint32 if "vocabulary_size" in settings else np.uint16)
    _assert_rows(shards, np.arange(43)[::-1], recipe(LAYOUT, **settings))


def test_no_rows_are_an_empty_answer(make_dataset):
    found = open_shards(make_dataset(*LAYOUT)).gather(np.array([], np.int64))
    assert found.token_ids.shape == (0, 8)
    assert len(found.document_starts) == len(found.num_tokens) == 0


@pytest.mark.parametrize("rows", [[-1], [3, 43]])
def test_a_row_that_is_not_there_is_refused(make_dataset, rows):
    with pytest.raises(RefusedError, match="of 43 counted from 0"):
        open_shards(make_dataset(*LAYOUT)).gather(np.array(rows))


def test_more_shards_than_may_be_open_are_read_all_the_same(make_dataset, recipe, monkeypatch):
    monkeypatch.setattr(shards_module, "_MAX_MAPS", 2)
    shards = open_shards(make_dataset(*LAYOUT))
    for seed in range(5):
        _assert_rows(shards, np.random.default_rng(seed).permutation(43), recipe(LAYOUT))
        assert len(shards._open._mapped) <= 2


def test_a_shard_is_opened_when_a_row_of_it_is_asked_for(fresh_dataset, recipe):
    folder = fresh_dataset(*LAYOUT)
    (folder / "shards/00004.arrow").unlink()
    shards = open_shards(str(folder))
    _assert_rows(shards, np.arange(17), recipe(LAYOUT))
    with pytest.raises(DatasetError, match=r"00004\.arrow is missing"):
        shards.gather(np.array([17]))


def test_a_store_that_cannot_be_mapped_is_read_into_memory(make_dataset, recipe):
    shards = open_shards("far://" + make_dataset(*LAYOUT).lstrip("/"), FolderAsFar(), verify=True)
    for seed in range(3):
        _assert_rows(shards, np.random.default_rng(seed).permutation(43), recipe(LAYOUT))
        assert len(shards._open._mapped) == shards_module._MAX_FETCHED


def test_rows_outlive_the_maps_and_may_be_written_to(make_dataset, recipe):
    shards = open_shards(make_dataset(*LAYOUT))
    found = shards.gather(np.arange(5))
    found.token_ids[:] += 1
    found.num_tokens[:] = 0
    _assert_rows(shards, np.arange(5), recipe(LAYOUT))


def test_it_pickles_without_its_maps(make_dataset, recipe):
    shards = open_shards(make_dataset(*LAYOUT))
    shards.gather(np.arange(43))
    again = pickle.loads(pickle.dumps(shards))  # noqa: S301 (dumped in this line)
    assert again._open is None
    _assert_rows(again, np.arange(43), recipe(LAYOUT))


def test_without_a_manifest_it_is_not_published(tmp_path):
    with pytest.raises(DatasetError, match=r"not published \(no manifest.json\)"):
        open_shards(str(tmp_path))


def test_a_manifest_of_another_format_version_is_refused_with_both(fresh_dataset):
    folder = fresh_dataset(3, manifest_changes={"format_version": 99})
    with pytest.raises(DatasetError, match="format version 99; this Phloem reads version 1"):
        open_shards(str(folder))


@pytest.mark.parametrize("changes", [{"tokenizer": None}, {"context_length": None}, {"extra": {}}])
def test_a_dataset_of_documents_is_refused(fresh_dataset, changes):
    with pytest.raises(DatasetError, match="readers need tokens"):
        open_shards(str(fresh_dataset(3, manifest_changes={"stage": "clean"} | changes)))


def test_a_shard_table_the_manifest_does_not_vouch_for_is_refused_with_both_hashes(fresh_dataset):
    folder = fresh_dataset(3, manifest_changes={"shards_hash": "f" * 64})
    with pytest.raises(DatasetError, match=rf"shards\.parquet: expected BLAKE3 {'f' * 64}, found [0-9a-f]{{64}}"):
        open_shards(str(folder))


def test_a_shard_table_of_another_number_of_rows_is_refused(fresh_dataset):
    with pytest.raises(DatasetError, match="3 rows in all, but the manifest counts 4"):
        open_shards(str(fresh_dataset(3, manifest_changes={"totals": {"rows": 4}})))


def test_a_shard_of_another_size_is_named_with_expected_and_found(fresh_dataset):
    folder = fresh_dataset(3)
    path = folder / "shards/00000.arrow"
    size = path.stat().st_size
    path.write_bytes(path.read_bytes()[:-8])
    with pytest.raises(DatasetError, match=rf"00000\.arrow: expected {size} bytes .* found {size - 8}"):
        open_shards(str(folder)).gather(np.array([0]))


def test_a_flipped_bit_is_found_when_asked_to_verify(fresh_dataset):
    folder = fresh_dataset(3, 4)
    open_shards(str(folder), verify=True)
    path = folder / "shards/00001.arrow"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    with pytest.raises(DatasetError, match=r"00001\.arrow: expected BLAKE3 [0-9a-f]{64}, found [0-9a-f]{64}"):
        open_shards(str(folder), verify=True)


def test_a_flipped_bit_is_found_unasked_where_shards_are_read_and_not_mapped(fresh_dataset):
    folder = fresh_dataset(3, 4)
    path = folder / "shards/00001.arrow"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    uri = "far://" + str(folder).lstrip("/")
    shards = open_shards(uri, FolderAsFar())
    shards.gather(np.arange(3))
    repair = f"repair it with phloem verify {uri} --from REPLICA --repair"
    with pytest.raises(DatasetError, match=rf"00001\.arrow: expected BLAKE3 [0-9a-f]{{64}}, found .*: {repair}"):
        shards.gather(np.array([3]))


def test_bytes_that_are_no_arrow_file_are_named(fresh_dataset):
    folder = fresh_dataset(3)
    path = folder / "shards/00000.arrow"
    path.write_bytes(bytes(path.stat().st_size))
    with pytest.raises(DatasetError, match=r"00000\.arrow: Not an Arrow file"):
        open_shards(str(folder)).gather(np.array([0]))


def test_compressed_shards_are_refused_with_the_way_out(fresh_dataset):
    folder = fresh_dataset(64, compression="zstd", context_length=256, rows_per_batch=64)
    with pytest.raises(DatasetError, match="write the dataset's shards without compression"):
        open_shards(str(folder)).gather(np.array([0]))


def test_batches_of_other_sizes_than_the_manifest_says_are_refused(fresh_dataset):
    folder = fresh_dataset(9, manifest_changes={"extra": {"rows_per_batch": 5}})
    with pytest.raises(DatasetError, match="expected 9 rows in batches of 5, found 9 rows in 3 batches"):
        open_shards(str(folder)).gather(np.array([0]))


def test_columns_of_another_context_length_are_refused(fresh_dataset):
    with pytest.raises(DatasetError, match=r"\[16\].* found .*\[8\]"):
        open_shards(str(fresh_dataset(9, manifest_changes={"context_length": 16}))).gather(np.array([0]))


def test_document_starts_that_point_outside_their_column_are_refused_not_read(fresh_dataset):
    folder = fresh_dataset(4)
    path = folder / "shards/00000.arrow"
    batch = pa.ipc.open_file(pa.memory_map(str(path))).get_batch(0)
    offsets = batch.column("document_starts").buffers()[1].to_pybytes()[: 4 * 5]
    wrong = np.frombuffer(offsets, np.int32).copy()
    wrong[1] = 1 << 28
    data = path.read_bytes()
    assert data.count(offsets) == 1
    path.write_bytes(data.replace(offsets, wrong.tobytes()))
    with pytest.raises(DatasetError, match=r"00000\.arrow: document_starts point outside"):
        open_shards(str(folder)).gather(np.array([0]))


def test_a_ragged_column_slices_like_a_list(make_dataset):
    starts = open_shards(make_dataset(*LAYOUT)).gather(np.arange(10)).document_starts
    whole = [row.tolist() for row in starts]
    for part in (slice(2, 5), slice(None, -3), slice(7, 2), slice(9, 100)):
        assert [row.tolist() for row in starts[part]] == whole[part]
    assert starts[-1].tolist() == whole[-1]
    with pytest.raises(IndexError):
        starts[10]
    with pytest.raises(RefusedError, match="steps of 1"):
        starts[::2]


def _assert_rows(shards, numbers, recipe):
    found = shards.gather(numbers)
    expected = [recipe.row(number) for number in numbers.tolist()]
    assert found.token_ids.tolist() == [row["token_ids"] for row in expected]
    assert [starts.tolist() for starts in found.document_starts] == [row["document_starts"] for row in expected]
    assert found.num_tokens.tolist() == [row["num_tokens"] for row in expected]
