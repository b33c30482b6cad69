"""A reader leaves the day on which it opened a dataset, and nothing where it may not."""

from datetime import UTC, datetime

import pytest

from pipelines.errors import ColdError, DatasetError, StorageError
from pipelines.reader import TokenDataset
from pipelines.storage import Stores
from schemas.moved import Moved


def traces(folder):
    return sorted(path.name for path in folder.glob("last-read/*"))


class ReadOnly(Stores):
    def put_if_absent(self, uri, _data):
        raise StorageError(f"{uri}: Permission denied")


def test_the_first_rank_leaves_one_trace_a_day(fresh_dataset):
    folder = fresh_dataset(10)
    days = {f"{datetime.now(UTC):%Y-%m-%d}"}
    for _ in range(3):
        TokenDataset.open(str(folder), seed=1, rank=0, world_size=2)
    days.add(f"{datetime.now(UTC):%Y-%m-%d}")
    assert set(traces(folder)) <= days
    assert traces(folder)


def test_other_ranks_leave_none(fresh_dataset):
    folder = fresh_dataset(10)
    TokenDataset.open(str(folder), seed=1, rank=1, world_size=2)
    assert traces(folder) == []


def test_where_nothing_may_be_written_a_dataset_is_read_all_the_same(fresh_dataset):
    folder = fresh_dataset(10)
    dataset = TokenDataset.open(str(folder), seed=1, stores=ReadOnly())
    assert len(list(dataset)) == 10
    assert traces(folder) == []


def test_a_dataset_that_was_moved_is_refused_with_the_command_that_brings_it_back(fresh_dataset):
    folder = fresh_dataset(10)
    (folder / "manifest.json").unlink()
    (folder / "moved.json").write_text(Moved("s3://archive/v1", "ab", 1000).to_json())
    with pytest.raises(ColdError, match=rf"moved to s3://archive/v1 \(1,000 bytes\): .*tier --back file://{folder}"):
        TokenDataset.open(str(folder), seed=1)
    (folder / "moved.json").write_text("{")
    with pytest.raises(DatasetError, match=r"moved\.json: "):
        TokenDataset.open(str(folder), seed=1)
