"""Which language a document is in, and which to keep."""

from dataclasses import InitVar, dataclass
from pathlib import Path
from typing import ClassVar

import pyarrow as pa
import pyarrow.compute as pc

from pipelines.errors import RecipeError
from pipelines.steps.columns import column, measured, rejected, with_column
from pipelines.text.language import identify
from pipelines.text.language.table import LanguageRow, is_score, known_codes, read_languages, unknown_code
from schemas import DOCUMENT, Field

_FINEWEB = 0.65


@dataclass(frozen=True)
class Language:
    """lid.176's most probable language; rejects (`language`) what is not kept with enough probability.

    RecipeError for a code that the model does not know, a score that is none, and a table that cannot be used.
    """

    keep: tuple[str, ...] = ("en",)
    """ISO 639 codes; empty keeps all."""
    minimum_score: float | tuple[tuple[str, float], ...] = _FINEWEB
    """FineWeb's threshold (arXiv:2406.17557); a document is kept when its score is greater. Or one for each language
    kept, as (code, score): `thresholds` puts them here, so scores are part of the recipe, the file's place is not."""
    thresholds: InitVar[str | Path | None] = None
    """A table of languages (`pipelines.text.language.table`) to take the scores from: a CSV file or `built-in`."""

    adds: ClassVar[tuple[Field, ...]] = (DOCUMENT["language"], DOCUMENT["language_score"])

    def __post_init__(self, thresholds: str | Path | None) -> None:
        """Read the table, refuse what cannot be."""
        if thresholds is not None:
            self._take(read_languages(thresholds), thresholds)
        codes, scores = self._codes_and_scores()
        unknown = [unknown_code(code) for code in dict.fromkeys((*self.keep, *codes)) if code not in known_codes()]
        wrong = [f"minimum_score is {score!r}: it is a number from 0 to 1" for score in scores if not is_score(score)]
        by_language = isinstance(self.minimum_score, tuple)
        lacking = [code for code in self.keep or known_codes() if by_language and code not in codes]
        missing = [f"minimum_score has none for {', '.join(lacking)}, which are kept"] if lacking else []
        if unknown or wrong or missing:
            raise RecipeError(*unknown, *wrong, *missing)

    def _take(self, rows: dict[str, LanguageRow], table: str | Path) -> None:
        """The table's scores of the languages that are kept."""
        if self.minimum_score != _FINEWEB:
            raise RecipeError(f"minimum_score is {self.minimum_score!r} and thresholds is {str(table)!r}: give one")
        kept = sorted(code for code in self.keep or known_codes() if code in rows)
        object.__setattr__(self, "minimum_score", tuple((code, rows[code].minimum_score) for code in kept))

    def _codes_and_scores(self) -> tuple[list[str], list[float]]:
        """Of scores by language; no codes for one score that is everyone's."""
        if isinstance(self.minimum_score, tuple):
            return [code for code, _ in self.minimum_score], [score for _, score in self.minimum_score]
        return [], [self.minimum_score]

    def __call__(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Adds language and score, marks the rest."""
        found = measured(batch, identify)
        language, score = column(found, "language"), column(found, "language_score")
        codes, scores = self._codes_and_scores()
        minimum = pa.array(scores).take(pc.index_in(language, pa.array(codes))) if codes else scores[0]
        # A text in which the model knows nothing has no score, and is not wanted.
        wanted = pc.fill_null(pc.greater(score, minimum), False)
        if self.keep:
            wanted = pc.and_(pc.is_in(language, pa.array(self.keep)), wanted)
        unwanted = pc.and_not(batch.column("text").is_valid(), wanted)
        reasons = pc.if_else(unwanted, "language", pa.scalar(None, pa.string()))
        batch = with_column(batch, "language", language)
        return rejected(with_column(batch, "language_score", score), reasons)
