"""Text to token ids to training rows; knows columns of text and ids, not paths or Spark.

`tokenizer`   `open_tokenizer`, `Tokenizer`: a checked tokenizer.json; texts in, ids out
`texts`       Arrow or Python strings as bounded batches; refuses what is no text
`definition`  what a tokenizer.json says about itself; which special tokens texts may spell
`encoders`    the engines behind it: `fastokens`, and `tokenizers` as its reference
`agreement`   the sample on which the engines must agree
`train`       a byte-level BPE tokenizer out of texts, the same bytes for any order of them
`pack`        documents of ids → rows of `context_length`: `ConcatenateAndSplit`, `BestFit`
`best_fit`    the bin packing behind the latter

tokenizer → texts; tokenizer → agreement → encoders, definition; pack → best_fit. `train` stands alone.
"""

from pipelines.tokens.tokenizer import Tokenizer, open_tokenizer

__all__ = ["Tokenizer", "open_tokenizer"]
