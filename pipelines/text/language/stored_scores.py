"""Whether this machine computes the library's bits, asked once a process with five texts.

The stored scores are the fastText library's (fasttext-predict 0.9.2.4, glibc 2.36) on x86-64. Another processor or
another libm may round exp and log otherwise, which moves a score by less than 1e-5 and is told; more is refused.
"""

import warnings
from functools import cache

import numpy as np

from pipelines.errors import RefusedError
from pipelines.text.language.documents import best_of
from pipelines.text.language.model import load_model
from pipelines.text.scan.columns import column_of
from pipelines.text.scan.walk import ChunkTable

STORED = (
    ("The mill stands by the river, and its wheel has turned for two hundred years.", "en", 0x3F7E659A),
    ("Die Mühle steht am Fluss, und ihr Rad dreht sich seit zweihundert Jahren.", "de", 0x3F7FF067),
    ("川のそばに水車小屋があり、二百年前から回り続けている。", "ja", 0x3F8001A2),
    ("Мельница стоит у реки, и её колесо вращается уже двести лет.", "ru", 0x3F7E3510),
    ("zq 0 !? xx", "en", 0x3DFEFC0C),
)
"""Text, label, and the 32 bits of its score."""
TOLERANCE = 1e-5


@cache
def check_stored_scores() -> None:
    """Compare; this compiles or loads all kernels, too.

    Raises:
        RefusedError: a label differs, or a score by more than `TOLERANCE`.
    """
    labels, scores = best_of(ChunkTable(256, 1 << 14).scan(column_of([text.encode() for text, _, _ in STORED])), 1)
    found = [load_model()[1][label] for label in labels[:, 0]]
    expected = np.array([bits for _, _, bits in STORED], np.uint32).view(np.float32)
    difference = float(np.abs(scores[:, 0] - expected).max())
    if found != [language for _, language, _ in STORED] or difference > TOLERANCE:
        raise RefusedError(
            f"lid.176 answers {found} here, with scores {difference:g} away from the stored ones: this machine cannot "
            "name languages as the library does; run the tests of pipelines.text.language and tell us what it is"
        )
    if difference:
        warnings.warn(
            f"this machine rounds exp or log otherwise: lid.176's scores may differ by {TOLERANCE:g} from those of "
            f"other machines (by {difference:g} in {len(STORED)} stored texts)",
            RuntimeWarning,
            stacklevel=2,
        )
