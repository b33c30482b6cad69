"""The most probable languages of texts."""

import numpy as np
import pyarrow as pa

from pipelines.errors import RefusedError
from pipelines.text.language.documents import best_of
from pipelines.text.language.model import load_model
from pipelines.text.language.softmax import Labels, Scores
from pipelines.text.language.stored_scores import check_stored_scores
from pipelines.text.scan.columns import Texts
from pipelines.text.scan.walk import LOCK, scans

_CANDIDATE = pa.struct([("language", pa.string()), ("score", pa.float64())])


def identify(texts: Texts, k: int = 1) -> pa.Table:
    """One row per text: `language` (ISO 639 code, null if the model knows nothing in it) and `language_score`.

    With k > 1 also `languages`: the best k with their scores, best first, fewer where the model cuts the others off
    (below 1e-5). A score is the model's probability; its hierarchical softmax can answer a hair over 1.

    Raises:
        RefusedError: `texts` is no string column or list of strings, one of them is missing or no valid Unicode, or k
            is no whole number from 1.
    """
    if not isinstance(k, int) or k < 1:
        raise RefusedError(f"k is {k!r}: how many languages to name is a whole number from 1")
    num_labels = len(load_model()[1])
    with LOCK:
        check_stored_scores()
        found = [best_of(scan, min(k, num_labels)) for scan in scans(texts)]
    labels, scores = (np.concatenate(parts) for parts in zip(*found, strict=True)) if found else _nothing(k)
    return _table(labels, scores, k)


def _nothing(k: int) -> tuple[Labels, Scores]:
    return np.empty((0, k), np.int32), np.empty((0, k), np.float32)


def _table(labels: Labels, scores: Scores, k: int) -> pa.Table:
    names = pa.array(load_model()[1], pa.string())
    there = labels >= 0
    languages = names.take(pa.array(labels[:, 0], mask=~there[:, 0]))
    best = pa.array(scores[:, 0].astype(np.float64), mask=~there[:, 0])
    columns = {"language": languages, "language_score": best}
    if k > 1:
        flat = names.take(pa.array(labels[there])), pa.array(scores[there].astype(np.float64))
        offsets = np.concatenate([[0], np.cumsum(there.sum(axis=1))]).astype(np.int32)
        candidates = pa.StructArray.from_arrays(flat, fields=list(_CANDIDATE))
        columns["languages"] = pa.ListArray.from_arrays(offsets, candidates)
    return pa.table(columns)
