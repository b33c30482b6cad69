"""Documents with the word that breaks spaCy (`lexicon.BREAKS_SPACY`): the reference deletes it and tries again.

What it asks spaCy about is one text at a time: the document, each line, and what is left of the document. From each
that has this word as a token, it is deleted wherever it stands, until there is none.
"""

from typing import Any

import numpy as np

from pipelines.text.quality.c4 import Limits, sentences_of
from pipelines.text.quality.fields import COLUMN
from pipelines.text.quality.measure import JOINED_END, JOINED_START, NUM_WORDS, measure_words_of
from pipelines.text.quality.work import new_work
from pipelines.text.scan.walk import Scan
from pipelines.text.words.english import English
from pipelines.text.words.lexicon import BREAKS, FLAGS, NUM_TOKENS
from pipelines.text.words.reading import read, unbroken

_SIGNS = [COLUMN[name] for name in ("hash_word_ratio", "ellipsis_word_ratio")]


def measure_breaking(scan: Scan, known: English, limits: Limits, target: Any, left: Any, values: Any) -> None:
    """Measure again what depends on spaCy, in the documents that have the word."""
    flags = known.lexicon.facts[scan.chunk, FLAGS]
    for document in np.unique(np.searchsorted(scan.first, np.flatnonzero(flags & BREAKS), "right") - 1).tolist():
        text = scan.bytes[scan.offsets[document] : scan.offsets[document + 1]].tobytes().decode()
        _measure_words(text, known, limits, values[document])
        joined = target[left[document, JOINED_START] : left[document, JOINED_END]].tobytes().decode()
        _measure_left(joined, known, left[document], values[document])


def _measure_words(text: str, known: English, limits: Limits, values: Any) -> None:
    """Words and n-grams are of the text without the word, as shares of the text with it."""
    occurrences = read([unbroken(text, known)], known)
    signs = values[_SIGNS] * values[COLUMN["num_words"]]
    work = new_work(occurrences, known.lexicon)
    measure_words_of(occurrences, len(text), known.lexicon, limits.num_stop_words, work, values)
    num_words = values[COLUMN["num_words"]]
    values[_SIGNS] = np.round(signs) / num_words if num_words else np.nan


def _measure_left(joined: str, known: English, left: Any, values: Any) -> None:
    """Sentences are those of each line by itself; words are those of all lines together."""
    texts = joined.split("\n")
    lines = read([unbroken(text, known) for text in texts], known)
    numbers = np.zeros(len(texts), np.int64)
    sentences_of(lines, known.lexicon, numbers)
    # A line that is this word alone is one sentence of none.
    values[COLUMN["num_sentences"]] = np.maximum(numbers, [bool(text) for text in texts]).sum()
    whole = read([unbroken(joined, known)], known)
    num_words = int(known.lexicon.facts[whole.row, NUM_TOKENS].sum())
    values[COLUMN["list_ratio"]] = joined.strip().count("\n") / num_words if num_words else np.nan
    left[NUM_WORDS] = num_words
