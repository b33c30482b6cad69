"""A store is lost; its dataset comes back from the other one, and training does not see a difference."""

import json
from itertools import islice

import pytest
from kept_datasets import STORES, bytes_of, flipped
from token_datasets import Recipe

from pipelines.catalog import open_dataset
from pipelines.catalog.repair import examine, repair
from pipelines.catalog.replicate import carry_out, plan_copy
from pipelines.errors import DatasetError
from pipelines.reader import TokenDataset
from pipelines.storage import join
from schemas.moved import is_mark


@pytest.fixture
def uri(tmp_path):
    folder = Recipe((40, 3, 25), manifest_changes={"corpus": "tiny"}).write(tmp_path / "here/tiny/tokens/v1")
    return folder.as_uri()


def files(uri):
    """Without the trace of the days on which it was read."""
    return {path: data for path, data in bytes_of(STORES, uri).items() if not is_mark(path)}


def epoch(uri, stores=STORES):
    dataset = TokenDataset.open(uri, seed=7, batch_size=3, stores=stores)
    return [(batch["rows"].tolist(), batch["input_ids"].tolist()) for batch in dataset]


def destroy_all(uri):
    for stat in list(STORES.list_files(uri)):
        STORES.delete(stat.uri)


def destroy_some(uri):
    for name in ("manifest.json", "shards/00001.arrow", "shards.parquet"):
        STORES.delete(join(uri, name))
    flipped(STORES, join(uri, "shards/00000.arrow"))
    flipped(STORES, join(uri, "tokenizer.json"))


@pytest.mark.parametrize("destroy", [destroy_all, destroy_some])
def test_a_lost_store_is_restored_and_training_goes_on_in_the_same_order(uri, tmp_path, destroy):
    before, order, manifest_hash = files(uri), epoch(uri), open_dataset(uri).manifest_hash
    training = TokenDataset.open(uri, seed=7, batch_size=3)
    begun = [batch["rows"].tolist() for batch in islice(training, 5)]
    state = json.loads(json.dumps(training.state_dict()))
    replica = carry_out(plan_copy(open_dataset(uri), str(tmp_path / "there")))
    assert epoch(replica.uri) == order

    destroy(uri)
    with pytest.raises(DatasetError):
        TokenDataset.open(uri, seed=7)
    repair(examine(STORES, uri, replica))

    assert files(uri) == before
    assert open_dataset(uri).manifest_hash == manifest_hash
    assert epoch(uri) == order
    resumed = TokenDataset.open(uri, seed=7, batch_size=3)
    resumed.load_state_dict(state)
    assert begun + [batch["rows"].tolist() for batch in resumed] == [rows for rows, _ in order]
