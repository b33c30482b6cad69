"""Token datasets for the reader, and a tokenizer."""

from collections.abc import Callable
from pathlib import Path

import pytest
from token_datasets import Recipe

from pipelines.tokens import Tokenizer
from pipelines.tokens.train import TokenizerTraining, train


@pytest.fixture(scope="session")
def make_dataset(tmp_path_factory) -> Callable[..., str]:
    """(rows of each shard, …) → URI of a dataset; the same arguments give the same dataset."""
    made: dict[str, Path] = {}

    def make(*rows_per_shard: int, **settings) -> str:
        recipe = Recipe(rows_per_shard, **settings)
        if repr(recipe) not in made:
            made[repr(recipe)] = recipe.write(tmp_path_factory.mktemp("tokens") / "v1")
        return str(made[repr(recipe)])

    return make


@pytest.fixture
def fresh_dataset(tmp_path) -> Callable[..., Path]:
    """The same, for a test that breaks it."""
    return lambda *rows_per_shard, **settings: Recipe(rows_per_shard, **settings).write(tmp_path / "v1")


@pytest.fixture(scope="session")
def recipe() -> type[Recipe]:
    return Recipe


@pytest.fixture(scope="session")
def tokenizer() -> Tokenizer:
    texts = ["the quick brown fox jumps over the lazy dog", "a second document, of other words"] * 20
    return Tokenizer.from_json(train(texts, TokenizerTraining(vocabulary_size=300)), name="fox")
