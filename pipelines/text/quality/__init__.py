"""The published FineWeb quality rules on a column of texts: every value of every rule, and the first that fails.

Order: Gopher repetition, Gopher quality, C4, FineWeb. C4 changes the text; FineWeb's rules see what it left. Decisions,
reasons and texts are those of datatrove 0.10.1 (`benchmarks/text/parity.py` shows it), with two differences on purpose:
every value is measured, also behind the first rule that fails, and a text without words is rejected where the reference
raises. Language and near duplicates are asked elsewhere (`language`, `minhash`).

    verdicts    `judge(texts)`: one row per text
    measure     the kernel that measures every document of a slice
    repetition  Gopher: how much of a text repeats itself
    gopher      Gopher: is it made of words and lines as prose is
    c4          C4: which lines stay, how many sentences, what rejects a page
    citations   lines that C4 rewrites
    fineweb     FineWeb: shape of the lines that C4 left
    breaking    documents with a word that spaCy cannot read
    lines       where lines and paragraphs are
    fields      names and columns of all values
    work        working memory of the kernels
"""

from pipelines.text.quality.fields import measured_fields
from pipelines.text.quality.verdicts import judge
from pipelines.text.rules import FINEWEB, QualityRules

__all__ = ["FINEWEB", "QualityRules", "judge", "measured_fields"]
