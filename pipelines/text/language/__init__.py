"""The most probable languages of a text, by fastText's lid.176 (Joulin et al. 2016, arXiv:1607.01759), from the scan.

identify    `identify(texts, k)`: one row per text
model       lid.176.ftz, read from the wheel that ships it
tokens      a token's rows of the input matrix
chunks      the rows of each chunk of the scan, remembered
documents   a document's vector from its chunks' rows
softmax     its best labels
stored_scores  does this machine compute the library's bits
"""

from pipelines.text.language.identify import identify
from pipelines.text.language.model import model_path
from pipelines.text.language.stored_scores import check_stored_scores

__all__ = ["identify", "model_path", "warm"]


def warm() -> None:
    """Load the model and the kernels, so that workers forked from here have them: no threads are started."""
    check_stored_scores()
