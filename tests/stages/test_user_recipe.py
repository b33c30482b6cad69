"""A user's own recipe: her step, her tokenizer, her expectations."""

import json
from pathlib import Path

import pytest
from blake3 import blake3
from corpora import text, write_corpus
from pyspark.sql import SparkSession

from jobs.corpus import Built, build
from pipelines.errors import GateError
from pipelines.recipes import load_recipe
from pipelines.storage import Stores
from pipelines.tokens.train import TokenizerTraining, train

RECIPE = '''
from dataclasses import dataclass, replace
from typing import ClassVar

import pyarrow as pa
import pyarrow.compute as pc

from pipelines.recipes import load_recipe
from pipelines.recipes.recipe import Recipe
from pipelines.stages.tokens import Tokens
from pipelines.steps import ContentHash, Normalize, Signature
from pipelines.steps.columns import rejected, with_column
from pipelines.tokens.pack import BestFit
from schemas import Field


@dataclass(frozen=True)
class WithoutHarbours:
    """Rejects texts that speak of harbours, and counts how often."""

    most: int = 2
    adds: ClassVar = (Field("num_harbours", pa.int32(), "harbours in the text", minimum=0),)

    def __call__(self, batch):
        harbours = pc.count_substring(batch.column("text"), "harbour")
        reasons = pc.if_else(pc.greater(harbours, self.most), "too_many_harbours", pa.scalar(None, pa.string()))
        return rejected(with_column(batch, "num_harbours", harbours), reasons)


MINE = Recipe(
    corpus="mine",
    steps=(Normalize(), WithoutHarbours(), ContentHash(), Signature()),
    tokens=Tokens(tokenizer="{tokenizer}", context_length=32, packing=BestFit(), num_shards=2),
    expectations={{
        "clean": [
            {{"type": "expect_column_max_to_be_between", "kwargs": {{"column": "num_harbours", "max_value": {most}}}}}
        ]
    }},
)
'''


def run(spark: SparkSession, folder: Path, most: int) -> Built:
    (folder / "tokenizer.json").write_text(
        train([text(seed) for seed in range(50)], TokenizerTraining(vocabulary_size=400))
    )
    (folder / "hers.py").write_text(RECIPE.format(tokenizer=folder / "tokenizer.json", most=most))
    return build(
        load_recipe(f"{folder / 'hers.py'}:MINE"),
        inputs=[str(write_corpus(folder / "raw", num_files=2))],
        output=str(folder / "out"),
        version=None,
        stores=Stores(),
        spark=lambda: spark,
        listener=lambda _: None,
    )


def test_her_step_rejects_and_measures_and_her_tokenizer_is_kept_with_the_dataset(
    spark: SparkSession, tmp_path: Path
) -> None:
    clean, _, tokens = run(spark, tmp_path, most=100).stages
    texts = [json.loads(line)["text"] for line in documents(tmp_path / "raw")]
    expected = sum(each.lower().count("harbour") - each.count("Harbour") > 2 for each in texts)
    assert clean.manifest.accounting["rejected"] == {"too_many_harbours": expected}
    assert expected > 10
    stored = (tmp_path / "tokenizer.json").read_bytes()
    assert tokens.manifest.tokenizer is not None
    assert tokens.manifest.tokenizer.hash == blake3(stored).hexdigest()
    assert (tmp_path / "out" / "mine" / "tokens" / "v1" / "tokenizer.json").read_bytes() == stored


def test_her_expectation_that_fails_leaves_no_manifest_and_says_what_was_observed(
    spark: SparkSession, tmp_path: Path
) -> None:
    with pytest.raises(GateError, match="num_harbours") as closed:
        run(spark, tmp_path, most=-1)
    assert "observed" in str(closed.value)
    assert closed.value.exit_code == 3
    assert not list((tmp_path / "out").rglob("manifest.json"))


def documents(folder: Path) -> list[str]:
    import gzip

    lines = [
        line for file in sorted(folder.iterdir()) for line in gzip.decompress(file.read_bytes()).decode().split("\n")
    ]
    return [line for line in lines if line.startswith("{")]
