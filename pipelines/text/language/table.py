"""Languages as a table: name, threshold and stop words of each that the model knows. The table is a file to replace."""

import csv
import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path

from pipelines.errors import RecipeError

BUILT_IN = "built-in"
COLUMNS = ["code", "name", "minimum_score", "stop_words"]
HIGHEST_SCORE = 1.001
"""A probability, and the hair by which the model's can exceed 1."""


@dataclass(frozen=True)
class LanguageRow:
    """One language."""

    code: str
    """ISO 639, as the model writes it."""
    name: str
    minimum_score: float
    """A document is kept when its score is greater."""
    stop_words: tuple[str, ...]


def read_languages(table: str | Path = BUILT_IN) -> dict[str, LanguageRow]:
    """The rows of a CSV file by their code, or those of `languages.csv` beside this file, which has all 176.

    Columns: code, name, minimum_score (0 to 1), stop_words (between them spaces). Lines that begin with # are left out.

    Raises:
        RecipeError: the file cannot be read, or some of its lines are wrong; names all of them.
    """
    return _built_in() if table == BUILT_IN else _parsed(str(table), _content(Path(table)), known=set(_built_in()))


def known_codes() -> tuple[str, ...]:
    """What the model can answer, in the model's order."""
    return tuple(_built_in())


@cache
def _built_in() -> dict[str, LanguageRow]:
    # Read as a resource: the package may lie in a zip.
    content = (resources.files("pipelines.text.language") / "languages.csv").read_text(encoding="utf-8")
    return _parsed("languages.csv", content, known=None)


def _content(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise RecipeError(f"the table of languages {path} cannot be read: {error}") from error


def _parsed(name: str, content: str, known: set[str] | None) -> dict[str, LanguageRow]:
    lines = list(_lines(content))
    if not lines or lines[0][1] != COLUMNS:
        found = ",".join(lines[0][1]) if lines else "nothing"
        raise RecipeError(f"{name} begins with {found}: the first line of a table of languages is {','.join(COLUMNS)}")
    rows: dict[str, LanguageRow] = {}
    faults = []
    for number, cells in lines[1:]:
        fault = _fault(cells, known, rows)
        if fault:
            faults.append(f"{name}, line {number}: {fault}")
        else:
            code, language, minimum_score, stop_words = cells
            rows[code] = LanguageRow(code, language, float(minimum_score), tuple(stop_words.split()))
    if faults:
        raise RecipeError(*faults)
    return rows


def _lines(content: str) -> Iterator[tuple[int, list[str]]]:
    """Numbered from 1, without blank ones and comments. A cell holds no newline."""
    for number, line in enumerate(content.splitlines(), start=1):
        if line.strip() and not line.startswith("#"):
            yield number, next(csv.reader([line]))


def _fault(cells: list[str], known: set[str] | None, rows: dict[str, LanguageRow]) -> str:
    """What is wrong with a line; empty if nothing is."""
    if len(cells) != len(COLUMNS):
        return f"{len(cells)} cells where {len(COLUMNS)} belong ({', '.join(COLUMNS)})"
    code, _, minimum_score, _ = cells
    if known is not None and code not in known:
        return unknown_code(code)
    if code in rows:
        return f"{code} stands twice"
    if not is_score(_number(minimum_score)):
        return f"minimum_score is {minimum_score!r}: it is a number from 0 to 1"
    return ""


def _number(cell: str) -> float:
    try:
        return float(cell)
    except ValueError:
        return math.nan


def is_score(value: object) -> bool:
    """Whether a score can be compared with it."""
    return isinstance(value, int | float) and 0 <= value <= HIGHEST_SCORE


def unknown_code(code: str) -> str:
    """What to say of a code that the model does not know."""
    return f"{code!r} is no language of lid.176, which knows {', '.join(sorted(known_codes()))}"
