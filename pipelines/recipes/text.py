"""Text that is text already and wanted whole: JSONL, Parquet or plain files in, training rows out."""

from pipelines.recipes.recipe import Recipe
from pipelines.stages.tokens import Tokens
from pipelines.steps import ContentHash, Extract, Normalize, Redact, Signature
from pipelines.tokens.train import TokenizerTraining

RECIPE = Recipe(
    corpus="text",
    steps=(
        Extract(),  # plain files: charset; pages among them: main text
        Normalize(),
        Redact(),
        ContentHash(),
        Signature(),
    ),
    tokens=Tokens(
        tokenizer=TokenizerTraining(vocabulary_size=16_384, sample_bytes=16_000_000), context_length=2048, num_shards=4
    ),
)
