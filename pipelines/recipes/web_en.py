"""English web text, as FineWeb prepares it: WARC (and JSONL, Parquet) in, training rows out."""

from pipelines.recipes.recipe import Recipe
from pipelines.sources import Reading
from pipelines.stages.duplicates import Duplicates
from pipelines.stages.tokens import Tokens
from pipelines.steps import ContentHash, Extract, Language, Normalize, Quality, Redact, Signature, UrlFilter
from pipelines.tokens.train import TokenizerTraining

RECIPE = Recipe(
    corpus="web_en",
    # The rules hold some 32 bytes for each byte of a text: a page of 8 MiB costs a worker half a gigabyte.
    reading=Reading(max_document_bytes=8 << 20),
    steps=(
        UrlFilter(),  # banned sites, by our small lists: name your own in `lists`
        Extract(extractor="resiliparse"),  # main text, as Dolma 3 and DCLM
        Normalize(),  # Unicode NFC, whitespace
        Language(keep=("en",), minimum_score=0.65),
        Quality(),  # Gopher repetition → Gopher quality → C4 → FineWeb
        Redact(),  # personal data masked
        ContentHash(),
        Signature(),  # MinHash, 14 bands of 8
    ),
    duplicates=Duplicates(minimum_jaccard=0.75),
    tokens=Tokens(
        tokenizer=TokenizerTraining(vocabulary_size=16_384, sample_bytes=16_000_000),
        context_length=2048,
        num_shards=8,
        seed=0,
    ),
)
