"""A run is exactly-once: what comes out depends on the input's bytes and the recipe alone."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from corpora import WHERE_INPUTS_LIE, text, tree, write_corpus, write_recipe
from pyspark.sql import SparkSession

from jobs.corpus import Built, build
from pipelines.catalog import open_dataset
from pipelines.errors import DatasetError, IdentityError, QuarantineError, RefusedError
from pipelines.recipes import load_recipe
from pipelines.sources import read_checksums
from pipelines.stages.progress import Progress
from pipelines.stages.spread import MAX_TASKS, spread_checksums
from pipelines.storage import Stores

Run = Callable[..., Built]


@pytest.fixture
def run(spark: SparkSession, tmp_path: Path) -> Run:
    def start(*inputs: Path, output: Path, recipe: str | None = None, version: str | None = None) -> Built:
        told: list[Progress] = []
        return build(
            load_recipe(recipe or write_recipe(tmp_path)),
            inputs=[str(each) for each in inputs],
            output=str(output),
            version=version,
            stores=Stores(),
            spark=lambda: spark,
            listener=told.append,
        )

    return start


def test_the_same_bytes_come_from_one_task_and_from_seven_and_from_a_copy_of_the_input(
    run: Run, spark: SparkSession, tmp_path: Path
) -> None:
    corpus = write_corpus(tmp_path / "raw")
    spark.conf.set(MAX_TASKS, "1")
    run(corpus, output=tmp_path / "one")
    elsewhere = tmp_path / "elsewhere" / "raw"
    elsewhere.mkdir(parents=True)
    for file in sorted(corpus.iterdir(), reverse=True):  # made in another order, at another time, in another place
        shutil.copy(file, elsewhere / file.name)
    spark.conf.set(MAX_TASKS, "7")
    spark.conf.set("spark.sql.shuffle.partitions", "7")
    try:
        run(elsewhere, output=tmp_path / "seven")
    finally:
        spark.conf.unset(MAX_TASKS)
        spark.conf.set("spark.sql.shuffle.partitions", "4")
    one, seven = (tree(tmp_path / output, leave_out=WHERE_INPUTS_LIE) for output in ("one", "seven"))
    assert one == seven


def test_every_count_reconciles_and_every_removal_has_its_evidence(run: Run, tmp_path: Path) -> None:
    corpus = write_corpus(tmp_path / "raw")
    built = run(corpus, output=tmp_path / "out")
    clean, deduplicated, tokens = (stage.manifest for stage in built.stages)
    assert clean.accounting["in"] == 6 * 32 + 1
    assert clean.accounting["quarantined"] == {"not_json": 1}
    assert deduplicated.accounting["in"] == clean.accounting["kept"] == 192
    # Six copies of one text beside the original, and six variants of another beside theirs.
    assert deduplicated.accounting["duplicates"] == {"exact": 6, "near": 6}
    assert tokens.accounting["in"] == deduplicated.accounting["kept"] == 180
    assert all(manifest.unaccounted() == 0 for manifest in (clean, deduplicated, tokens))
    padded = tokens.totals["rows"] * 64
    assert padded == tokens.totals["tokens"] + tokens.extra["padding_tokens"]
    for stage in built.stages:
        open_dataset(stage.uri).verify()


def test_a_second_run_does_nothing_and_starts_no_spark(run: Run, tmp_path: Path) -> None:
    corpus, recipe = write_corpus(tmp_path / "raw", num_files=2), write_recipe(tmp_path)
    run(corpus, output=tmp_path / "out", recipe=recipe)
    before = tree(tmp_path / "out")

    def no_spark() -> SparkSession:
        raise AssertionError("a run with nothing to do started Spark")

    again = build(
        load_recipe(recipe),
        inputs=[str(corpus)],
        output=str(tmp_path / "out"),
        version=None,
        stores=Stores(),
        spark=no_spark,
        listener=lambda _: None,
    )
    assert again.nothing_to_do
    assert tree(tmp_path / "out") == before


def test_new_input_makes_the_next_version_and_runs_only_its_units(run: Run, tmp_path: Path) -> None:
    corpus = write_corpus(tmp_path / "raw", num_files=4)
    run(corpus, output=tmp_path / "out")
    (corpus / "more.jsonl").write_text(json.dumps({"text": text(77_777)}))
    second = run(corpus, output=tmp_path / "out")
    clean = second.stages[0]
    assert (second.version, clean.num_units, clean.num_units_run) == ("v2", 5, 1)
    fresh = run(corpus, output=tmp_path / "fresh", version="v2")
    assert fresh.stages[0].num_units_run == 5
    assert tree(tmp_path / "out" / "mine" / "clean" / "v2") == tree(tmp_path / "fresh" / "mine" / "clean" / "v2")
    assert tree(tmp_path / "out" / "mine" / "tokens" / "v2") == tree(tmp_path / "fresh" / "mine" / "tokens" / "v2")


def test_a_changed_knob_is_refused_with_its_old_and_new_value(run: Run, tmp_path: Path) -> None:
    corpus = write_corpus(tmp_path / "raw", num_files=2)
    run(corpus, output=tmp_path / "out")
    other = write_recipe(tmp_path, seed=12)
    with pytest.raises(IdentityError, match=r"tokens\.seed: 11 → 12"):
        run(corpus, output=tmp_path / "out", recipe=other)
    assert run(corpus, output=tmp_path / "out", recipe=other, version="seed-12").version == "seed-12"


def test_a_published_version_is_not_made_of_other_inputs(run: Run, tmp_path: Path) -> None:
    corpus = write_corpus(tmp_path / "raw", num_files=2)
    run(corpus, output=tmp_path / "out", version="first")
    (corpus / "more.jsonl").write_text(json.dumps({"text": text(5)}))
    with pytest.raises(IdentityError, match="made from other inputs"):
        run(corpus, output=tmp_path / "out", version="first")


def test_too_many_bad_records_fail_the_run_with_a_table_by_reason(run: Run, tmp_path: Path) -> None:
    bad = tmp_path / "bad"
    bad.mkdir()
    (bad / "lines.jsonl").write_text("no json\n{}\n" + json.dumps({"text": text(1)}) + "\n")
    with pytest.raises(QuarantineError, match="2 of 3 records") as refusal:
        run(bad, output=tmp_path / "out")
    assert "not_json" in str(refusal.value)
    assert "missing_field" in str(refusal.value)
    assert not list((tmp_path / "out").rglob("manifest.json"))


def test_missing_input_is_refused_before_anything_is_written(run: Run, tmp_path: Path) -> None:
    with pytest.raises(RefusedError, match="nowhere"):
        run(tmp_path / "nowhere", output=tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_an_altered_shard_is_found_and_named(run: Run, tmp_path: Path) -> None:
    built = run(write_corpus(tmp_path / "raw", num_files=1), output=tmp_path / "out")
    dataset = open_dataset(built.stages[2].uri)
    shard = next(dataset.shards())
    file = Path(built.stages[2].uri.removeprefix("file://")) / shard.path
    damaged = bytearray(file.read_bytes())
    damaged[len(damaged) // 2] ^= 1
    file.write_bytes(damaged)
    with pytest.raises(DatasetError, match=shard.path):
        open_dataset(built.stages[2].uri).verify()


def test_a_run_stopped_before_its_manifests_takes_changed_inputs_and_leaves_nothing_of_the_old(
    run: Run, tmp_path: Path
) -> None:
    corpus = write_corpus(tmp_path / "raw", num_files=2)
    run(corpus, output=tmp_path / "out")
    for manifest in (tmp_path / "out").rglob("manifest.json"):
        manifest.unlink()  # as if it had been killed just before, in every stage
    (corpus / "part-1.jsonl.gz").unlink()
    assert run(corpus, output=tmp_path / "out").version == "v1"
    run(corpus, output=tmp_path / "fresh")
    out, fresh = (tree(tmp_path / output, leave_out=WHERE_INPUTS_LIE) for output in ("out", "fresh"))
    assert out == fresh


def test_checksums_read_on_the_workers_are_those_read_here(spark: SparkSession, tmp_path: Path) -> None:
    corpus, stores = write_corpus(tmp_path / "raw", num_files=5), Stores()
    stats = list(stores.list_files(str(corpus)))
    stats.append(replace(stats[0], uri=stats[0].uri + "-gone"))
    found = spread_checksums(spark, stats, stores)
    assert found == read_checksums(stores, stats)
    assert len(found) == 5
