import io
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from blake3 import blake3

from pipelines.catalog.identity import resolved
from pipelines.catalog.layout import STATISTICS, TOKENIZER, Place
from pipelines.catalog.publish import publish
from pipelines.errors import DatasetError
from pipelines.report import render
from pipelines.report.collect import collect
from pipelines.steps import Language, Quality
from pipelines.storage import Stores
from pipelines.tokens import Tokenizer
from pipelines.tokens.train import TokenizerTraining, train
from pipelines.validation import Statistics
from schemas import DOCUMENT, DUPLICATE, QUARANTINE, Manifest, Shard, sequence
from schemas import Tokenizer as TokenizerFacts

STORES = Stores()
SCHEMA = DOCUMENT.plus(*Quality.adds)
RECIPE = {"clean": {"steps": resolved((Language(keep=("en",), minimum_score=0.5), Quality()))}}
REPEATED = "buy now buy now buy now\n" * 9
TEXTS = ["First text of three.", "Second text, a little longer than that.", "Second text, a little longer than this."]


def document(number, text, rejected_by=None, **values):
    row = dict.fromkeys(SCHEMA.names) | {"id": bytes([number]) * 16, "text": text, "source": "a.jsonl"}
    return row | {"record": number, "language": "en", "language_score": 0.9, "rejected_by": rejected_by} | values


def parquet(rows, schema):
    sink = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows, schema=schema.arrow()), sink)
    return sink.getvalue()


def publish_stage(place, shard, rows, accounting, others, **facts):
    path, data, num_tokens = shard
    for name, content in {**others, path: data}.items():
        STORES.put_if_absent(place.file(name), content)
    totals = {"rows": rows, "tokens": num_tokens, "bytes": len(data), "shards": 1}
    nothing = {"in": rows, "kept": rows, "rejected": {}, "duplicates": {}, "quarantined": {}}
    described = tuple({"name": of.name, "type": str(of.type)} for of in SCHEMA.fields)
    manifest = Manifest(
        place.corpus, place.stage, place.version, RECIPE.get(place.stage, {}), "ab" * 32,
        ({"name": "inputs", "version": "", "manifest_hash": "cd" * 32},), described, totals, nothing | accounting,
        {}, "", **facts,
    )  # fmt: skip
    shards = [Shard(path, "unit", rows, num_tokens, len(data), blake3(data).hexdigest())]
    publish(STORES, place.uri, manifest, shards, list(others))


def publish_clean(output):
    kept = [document(number, text) for number, text in enumerate(TEXTS)]
    rejected = [
        *(document(9 - n, REPEATED, "top_2_gram", top_2_gram=0.75) for n in range(4)),
        document(20, "ein Text", "language", language="de"),
        document(21, "by a rule of one's own", "too blue"),
    ]
    unreadable = [{"source": "b.warc.gz", "record": n, "reason": "truncated", "detail": f"ends at {n}"} for n in (5, 3)]
    statistics = Statistics.of(pa.Table.from_pylist([*kept, *rejected], schema=SCHEMA.arrow()), SCHEMA)
    others = {
        "rejected/ab/unit.parquet": parquet(rejected, SCHEMA),
        "quarantine/ab/unit.parquet": parquet(unreadable, QUARANTINE),
        STATISTICS: json.dumps(statistics.described(SCHEMA)).encode(),
    }
    counts = {"in": 11, "rejected": {"language": 1, "too blue": 1, "top_2_gram": 4}, "quarantined": {"truncated": 2}}
    shard = ("shards/ab/unit.parquet", parquet(kept, SCHEMA), 0)
    publish_stage(Place(output, "c", "clean", "v1"), shard, 3, counts, others)


def publish_deduplicated(output):
    pair = {"removed": bytes([2]) * 16, "kept": bytes([1]) * 16, "kind": "near", "jaccard": 0.8, "band": 4}
    lost = pair | {"removed": bytes([0]) * 16, "kept": b"not a known one!", "partner": bytes([7]) * 16}
    others = {"rejected/ab/unit.parquet": parquet([lost, pair], DUPLICATE)}
    shard = ("shards/ab/unit.parquet", parquet([document(1, TEXTS[1])], SCHEMA), 0)
    counts = {"in": 3, "duplicates": {"near": 2}}
    publish_stage(Place(output, "c", "deduplicated", "v1"), shard, 1, counts, others)


def publish_tokens(output):
    tokenizer = Tokenizer.from_json(train(TEXTS * 9, TokenizerTraining(vocabulary_size=300)))
    ids = [tokenizer.encode([text]).values.to_pylist() for text in TEXTS]
    end = tokenizer.end_of_text_id
    stream = [*ids[0], end, *ids[1]]
    rows = [
        {"token_ids": stream, "document_starts": [0, len(ids[0]) + 1], "num_tokens": len(stream)},
        {"token_ids": [*ids[1][:3], end] + [end] * (len(stream) - 4), "document_starts": [0], "num_tokens": 4},
    ]
    schema, sink = sequence(len(stream), tokenizer.vocabulary_size), io.BytesIO()
    with pa.ipc.new_file(sink, schema.arrow()) as writer:
        writer.write(pa.RecordBatch.from_pylist(rows, schema=schema.arrow()))
    facts = TokenizerFacts("tokenizer", tokenizer.hash, tokenizer.vocabulary_size, end)
    publish_stage(
        Place(output, "c", "tokens", "v1"),
        ("shards/0.arrow", sink.getvalue(), len(stream) + 4),
        2,
        {"in": 1, "kept": 1},
        {TOKENIZER: tokenizer.json_text.encode()},
        tokenizer=facts,
        context_length=len(stream),
        extra={"packing": "ConcatenateAndSplit"},
    )
    return ids


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    output = str(tmp_path_factory.mktemp("output"))
    publish_clean(output)
    publish_deduplicated(output)
    publish_tokens(output)
    return collect(STORES, output, "c", "v1", recipe="own.py:C", inputs=["s3://raw/a b/"])


def test_every_rule_of_the_recipe_is_there_with_its_smallest_documents(run):
    rejections = {rejection.reason: rejection for rejection in run.rejections}
    assert rejections["top_2_gram"].rule == "top_2_gram is greater than 0.2"
    assert [example.record for example in rejections["top_2_gram"].examples] == [6, 7, 8]
    example = rejections["top_2_gram"].examples[0]
    assert example.text[slice(*example.span)] == "buy now"
    assert example.measured == "top_2_gram = 0.75"
    assert rejections["language"].examples[0].measured == "language = de, language_score = 0.9"
    assert rejections["too blue"].count == 1
    assert rejections["list_ratio"].count == 0


def test_quarantined_records_come_with_their_place_and_detail(run):
    (truncated,) = run.quarantine
    assert (truncated.reason, truncated.count) == ("truncated", 2)
    assert [(record.source, record.record, record.detail) for record in truncated.examples] == [
        ("b.warc.gz", 3, "ends at 3"),
        ("b.warc.gz", 5, "ends at 5"),
    ]


def test_a_pair_whose_texts_are_found_comes_first(run):
    (near,) = run.duplicates
    found, lost = near.examples
    assert (found.removed.text, found.kept.text) == (TEXTS[2], TEXTS[1])
    assert (found.jaccard, found.band, found.through) == (0.8, 4, "")
    assert "did not read" in lost.kept.text
    assert lost.through == "07" * 16


def test_histograms_carry_the_recipes_thresholds(run):
    histograms = {histogram.name: histogram for histogram in run.histograms}
    assert run.histograms[0].name == "language_score"
    (limit,) = histograms["language_score"].thresholds
    assert (limit.value, limit.rejects) == (0.5, "below")
    assert sum(count for _, _, count in histograms["top_2_gram"].bins) == histograms["top_2_gram"].values == 4
    assert [limit.rejects for limit in histograms["num_non_symbol_words"].thresholds] == ["below", "above"]
    assert not {"id", "record", "source"} & histograms.keys()
    assert run.histograms_of.startswith("9 documents")


def test_sequences_are_decoded_document_by_document(run):
    first, second = run.sequences
    assert [segment.text for segment in first] == TEXTS[:2]
    assert [segment.continued for segment in first] == [False, False]
    assert second[0].continued
    assert TEXTS[1].startswith(second[0].text)


def test_the_collected_run_renders_with_commands_one_can_paste(run):
    page = render(run)
    assert "✓ reconciled" in page
    assert "phloem run own.py:C --input INPUT --output OUTPUT" in page
    assert "s3://" not in page


def test_what_is_not_published_is_left_out_and_clean_must_be(tmp_path):
    with pytest.raises(DatasetError, match="not a published dataset"):
        collect(STORES, str(tmp_path), "c", "v1")
    publish_clean(str(tmp_path))
    alone = collect(STORES, str(tmp_path), "c", "v1")
    assert [stage.name for stage in alone.stages] == ["clean"]
    assert "No duplicate was removed." in render(alone)
