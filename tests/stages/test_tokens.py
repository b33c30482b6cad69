"""The stage `tokens` without Spark: what a worker does with one unit."""

import os

import numpy as np
import pyarrow as pa
import pytest

from pipelines.errors import RecipeError, TokenizerError
from pipelines.stages.shards import ParquetShard, new_file, shard_path
from pipelines.stages.tokenizer import check_tokenizer, first_texts
from pipelines.stages.tokens import Tokens, TokenShards
from pipelines.storage import Stores
from pipelines.tokens import Tokenizer
from pipelines.tokens.encoders import THREADS
from pipelines.tokens.train import TokenizerTraining, train
from schemas import Field, Schema
from tests.inputs.published_datasets import place_in, published

TEXTS = ["first words", "", "a page that says <|endoftext|> and goes on", "last"]
SCHEMA = Schema("texts", (Field("id", pa.binary(16), "", False), Field("text", pa.string(), "", False)))
UNITS = pa.RecordBatch.from_pydict({"unit": ["ab0", "cd1"]})
STORES = Stores()


@pytest.fixture(scope="module")
def parent(tmp_path_factory):
    """Two units of the same texts, published."""
    place = place_in(tmp_path_factory.mktemp("parent"))
    contents = {}
    for unit in ("ab0", "cd1"):
        ids = pa.array([f"{unit}{i:013}".encode() for i in range(len(TEXTS))], pa.binary(16))
        rows = pa.record_batch([ids, pa.array(TEXTS)], schema=SCHEMA.arrow())
        uri = place.file(shard_path("shards", unit))
        with new_file(STORES, uri) as output, ParquetShard(output, SCHEMA) as shard:
            shard.write(rows)
            shard.close()
        contents[shard_path("", unit).lstrip("/")] = STORES.read(uri)
    return published(place, contents)


@pytest.fixture(scope="module")
def work(parent, tmp_path_factory):
    tokenizer = Tokenizer.from_json(train([*TEXTS, "words that go on and on"] * 9, TokenizerTraining(300)))
    folder = str(tmp_path_factory.mktemp("tokens"))
    return TokenShards(parent.uri, folder, "identity", Tokens(num_shards=3), tokenizer, STORES)


@pytest.fixture
def unlimited(monkeypatch):
    """An environment that says nothing of threads, as it was afterwards."""
    for variable in (*THREADS, "OMP_NUM_THREADS"):
        monkeypatch.setenv(variable, "")
        monkeypatch.delenv(variable)


def test_a_document_is_its_texts_ids_and_one_end_of_text_also_where_the_text_spells_one(work):
    (rows, again) = work.encode(iter([UNITS]))
    for batch in (rows, again):
        ids = [np.frombuffer(data, work.tokenizer.dtype) for data in batch.column("tokens").to_pylist()]
        assert [document[-1] for document in ids] == [work.tokenizer.end_of_text_id] * len(TEXTS)
        assert [work.tokenizer.decode(document[:-1]) for document in ids] == TEXTS
        assert all((document == work.tokenizer.end_of_text_id).sum() == 1 for document in ids)
    assert set(rows.column("shard").to_pylist()) <= {0, 1, 2}


def test_documents_are_the_same_in_small_batches(work, monkeypatch):
    whole = pa.Table.from_batches(work.encode(iter([UNITS])))
    monkeypatch.setattr("pipelines.stages.tokens.ROW_GROUP_BYTES", 12)
    parts = list(work.encode(iter([UNITS])))
    assert [batch.num_rows for batch in parts] == [2, 2] * 2
    assert pa.Table.from_batches(parts).equals(whole)


@pytest.mark.usefixtures("unlimited")
@pytest.mark.parametrize(("cores", "threads"), [(None, "1"), ("2", "2")])
def test_engines_in_a_worker_take_the_tasks_cores_and_no_more(work, monkeypatch, cores, threads):
    if cores:
        monkeypatch.setenv("OMP_NUM_THREADS", cores)
    next(work.encode(iter([UNITS])))
    assert [os.environ[variable] for variable in THREADS] == [threads, threads]


@pytest.mark.usefixtures("unlimited")
def test_threads_that_the_site_sets_stay(work, monkeypatch):
    monkeypatch.setenv(THREADS[0], "7")
    next(work.encode(iter([UNITS])))
    assert (os.environ[THREADS[0]], os.environ[THREADS[1]]) == ("7", "1")


def test_a_trained_tokenizer_that_the_rule_cannot_use_is_refused_with_all_its_faults():
    rule = Tokens(end_of_text="</s>", recognized_tokens=("<|im_start|>",))
    with pytest.raises(RecipeError) as refused:
        check_tokenizer(rule, STORES)
    assert [fault.split(" is ")[0] for fault in refused.value.faults] == [
        "tokens.end_of_text",
        "tokens.recognized_tokens",
    ]
    check_tokenizer(Tokens(TokenizerTraining(end_of_text="</s>"), end_of_text="</s>"), STORES)


def test_a_given_tokenizer_that_the_rule_cannot_use_is_refused(work, tmp_path):
    path = tmp_path / "tokenizer.json"
    path.write_text(work.tokenizer.json_text)
    check_tokenizer(Tokens(str(path)), STORES)
    with pytest.raises(TokenizerError, match=r"'</s>' is not a special token .* it has: '<\|endoftext\|>'"):
        check_tokenizer(Tokens(str(path), end_of_text="</s>"), STORES)
    with pytest.raises(TokenizerError, match="recognized_tokens has '<s>'"):
        check_tokenizer(Tokens(str(path), recognized_tokens=("<s>",)), STORES)


@pytest.mark.parametrize("num_characters", [1, 11, 30, 60, 10_000])
def test_the_corpus_sample_is_its_first_texts_the_last_one_cut(parent, monkeypatch, num_characters):
    monkeypatch.setattr("pipelines.stages.tokenizer._SAMPLE_CHARACTERS", num_characters)
    texts = first_texts(parent, STORES)
    assert "".join(texts) == "".join(TEXTS * 2)[:num_characters]
    assert all(own == whole for own, whole in zip(texts[:-1], TEXTS * 2, strict=False))
