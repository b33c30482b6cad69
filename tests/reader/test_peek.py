import numpy as np
import pytest

from pipelines.errors import DatasetError
from pipelines.reader import TokenDataset
from pipelines.reader.peek import Document, describe, measure, open_own_tokenizer, peek
from schemas.manifest import Tokenizer as TokenizerEntry


@pytest.fixture
def of_tokenizer(make_dataset, tokenizer):
    """A dataset of random ids of a real tokenizer, which lies beside it."""
    entry = TokenizerEntry(tokenizer.name, tokenizer.hash, tokenizer.vocabulary_size, tokenizer.end_of_text_id)
    uri = make_dataset(
        20, 12, vocabulary_size=entry.vocabulary_size, tokenizer=entry, tokenizer_json=tokenizer.json_text
    )
    return TokenDataset.open(uri, seed=1, batch_size=5)


def test_a_dataset_is_described_by_its_manifest(make_dataset, recipe):
    dataset = TokenDataset.open(make_dataset(20, 12), seed=1)
    found = describe(dataset)
    assert (found.num_rows, found.num_shards, found.context_length, found.token_type) == (32, 2, 8, "uint16")
    assert found.num_tokens == sum(row["num_tokens"] for row in recipe((20, 12)).rows())
    assert (found.corpus, found.version, found.tokenizer) == ("web_en", "v1", "tiny")
    assert found.fingerprint == dataset.state_dict()["dataset"]


def test_samples_are_the_epochs_first_decoded_document_by_document(of_tokenizer, tokenizer):
    batch = next(iter(of_tokenizer))
    of_tokenizer.set_epoch(1)
    of_tokenizer.set_epoch(0)
    state = of_tokenizer.state_dict()
    samples = peek(of_tokenizer, tokenizer, num_samples=5)
    assert [sample.row for sample in samples] == batch["rows"].tolist()
    for place, sample in enumerate(samples):
        ids = batch["input_ids"][place, : sample.num_tokens]
        parts = np.split(ids, batch["document_starts"][place][1:])
        starts = batch["document_starts"][place].tolist()
        expected = [
            Document(start, len(part), tokenizer.decode(part)) for start, part in zip(starts, parts, strict=True)
        ]
        assert list(sample.documents) == expected
    assert of_tokenizer.state_dict() == state


def test_a_peek_begins_at_any_position_and_ends_with_the_epoch(of_tokenizer, tokenizer):
    samples = peek(of_tokenizer, tokenizer, num_samples=5, position=30)
    assert [sample.position for sample in samples] == [30, 31]
    assert [sample.row for sample in samples] == of_tokenizer.order.rows(np.array([30, 31])).tolist()


def test_the_tokenizer_beside_the_manifest_is_opened(of_tokenizer, tokenizer):
    assert open_own_tokenizer(of_tokenizer.shards) == tokenizer


def test_a_tokenizer_the_manifest_does_not_vouch_for_is_refused_with_both_hashes(fresh_dataset):
    folder = fresh_dataset(3)
    dataset = TokenDataset.open(str(folder), seed=1)
    (folder / "tokenizer.json").write_text("{ }")
    with pytest.raises(DatasetError, match=r"tokenizer\.json: expected BLAKE3 [0-9a-f]{64}, found [0-9a-f]{64}"):
        open_own_tokenizer(dataset.shards)
    (folder / "tokenizer.json").unlink()
    with pytest.raises(DatasetError, match=r"tokenizer\.json is missing"):
        open_own_tokenizer(dataset.shards)


def test_an_end_of_text_the_tokenizer_does_not_have_is_refused(make_dataset, tokenizer):
    entry = TokenizerEntry(tokenizer.name, tokenizer.hash, tokenizer.vocabulary_size, end_of_text_id=299)
    dataset = TokenDataset.open(make_dataset(3, tokenizer=entry, tokenizer_json=tokenizer.json_text), seed=1)
    with pytest.raises(DatasetError, match=r"no added token of id 299"):
        open_own_tokenizer(dataset.shards)


def test_a_measurement_counts_rows_without_padding_and_moves_nothing(make_dataset):
    dataset = TokenDataset.open(make_dataset(20, 12), seed=1, batch_size=100)
    found = measure(dataset, seconds=0)
    assert (found.num_rows, found.num_tokens) == (32, describe(dataset).num_tokens)
    assert found.tokens_per_second == pytest.approx(found.num_tokens / found.seconds)
    assert found.rows_per_second == pytest.approx(32 / found.seconds)
    assert dataset.state_dict()["epoch"] == 0
