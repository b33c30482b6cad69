"""What each code point is to spaCy's English tokenizer and to the rules, as tables made from spaCy's own expressions.

Making them takes about two seconds, so they are kept beside the kernels' machine code, under the versions they come
from.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import spacy
from spacy.lang import char_classes
from spacy.pipeline.sentencizer import Sentencizer

from pipelines.text.characters import DIGITS, PUNCTUATION, SYMBOLS, TERMINAL
from pipelines.text.scan.compiled import cache_directory

SPACY_VERSION = "3.8.18"
"""The kernels follow the structure of this version's expressions; their characters are read from it."""

# Classes of the affix rules. DOT_BEHIND: a single dot behind it is a suffix.
ALPHA, LOWER, UPPER, QUOTE, PREFIX, SUFFIX, DOT_BEHIND, ICON, DIGIT_09 = (1 << bit for bit in range(9))
UNIT_END = 1 << 9  # may end a unit or currency, a suffix behind a digit

# Classes of the rules for words and lines, and of MinHash's normal form.
WORD, ALPHABETIC, PUNCTUATED, SENTENCE_END, DECIMAL, ENDS_LINE, DIGIT, BLANK = (1 << bit for bit in range(8))

# What becomes of a character in MinHash's normal form, other than one character.
SEQUENCE = 1 << 31  # with the place in `sequences` in the lower bits
DROPPED = 0xFFFF_FFFE
UNSURE = 0xFFFF_FFFF  # depends on its neighbours: the whole chunk is normalised in Python

_NUM_POINTS = 0x110000


class Classes(NamedTuple):
    """Tables by code point."""

    affix: npt.NDArray[np.uint16]
    """ALPHA … UNIT_END"""
    kind: npt.NDArray[np.uint8]
    """WORD … BLANK"""
    normal: npt.NDArray[np.uint32]
    """The character in lower case without marks, or SEQUENCE, DROPPED, UNSURE."""
    sequences: npt.NDArray[np.uint32]
    """Where one character becomes several: their number, then they."""
    units: npt.NDArray[np.uint32]
    """[units, longest + 1]: what is a suffix behind a digit, longest first: length, characters."""


@cache
def english_tokenizer() -> Any:
    """SpaCy's published English tokenizer; loaded on the first call."""
    return spacy.blank("en").tokenizer


@cache
def classes() -> Classes:
    """The tables, read back or made."""
    folder = cache_directory()
    if folder is None:
        return _made()
    path = folder / f"classes-{spacy.__version__}-{unicodedata.unidata_version}.npz"
    try:
        with np.load(path) as kept:
            return Classes(*(kept[name] for name in Classes._fields))
    except (OSError, ValueError, KeyError, EOFError):
        made = _made()
        _write(path, made)
        return made


def _write(path: Path, made: Classes) -> None:
    """Write the tables aside and rename them, so that nobody reads half of a file."""
    with NamedTemporaryFile(dir=path.parent, delete=False) as file:
        np.savez(file, **made._asdict())
    Path(file.name).rename(path)


def _made() -> Classes:
    characters = [chr(point) for point in range(_NUM_POINTS)]
    normal, sequences = _normal_forms(characters)
    return Classes(_affix_classes(characters), _kinds(characters), normal, sequences, _units())


def _affix_classes(characters: list[str]) -> npt.NDArray[np.uint16]:
    tokenizer = english_tokenizer()
    result = np.zeros(_NUM_POINTS, np.uint16)
    icons = "|".join([*char_classes.LIST_ICONS, "…"])
    sets = (char_classes.ALPHA, char_classes.ALPHA_LOWER, char_classes.ALPHA_UPPER, char_classes.CONCAT_QUOTES)
    patterns = (*(f"[{characters}]" for characters in sets), icons, "[0-9]")
    for bit, pattern in zip((ALPHA, LOWER, UPPER, QUOTE, ICON, DIGIT_09), patterns, strict=True):
        _mark(result, bit, (match[0] for match in re.finditer(pattern, "".join(characters))))
    # No rule of spaCy's names a character that Unicode has not assigned; asking for those takes most of the time.
    assigned = [c for c in characters if unicodedata.category(c) not in {"Cn", "Co", "Cs"}]
    _mark(result, PREFIX, (c for c in assigned if c != "+" and _size(tokenizer.prefix_search(c)) == 1))
    _mark(result, SUFFIX, (c for c in assigned if _size(tokenizer.suffix_search("\x01" + c)) == 1))
    _mark(result, DOT_BEHIND, (c for c in assigned if c != "." and _size(tokenizer.suffix_search(c + ".")) == 1))
    _mark(result, UNIT_END, {unit[-1] for unit in _unit_texts()})
    return result


def _size(match: re.Match[str] | None) -> int:
    return match.end() - match.start() if match else 0


def _mark(table: npt.NDArray[Any], bit: int, characters: Iterable[str]) -> None:
    table[[ord(character) for character in characters]] |= table.dtype.type(bit)


def _kinds(characters: list[str]) -> npt.NDArray[np.uint8]:
    result = np.zeros(_NUM_POINTS, np.uint8)
    tests: dict[int, Callable[[str], bool]] = {
        WORD: lambda c: c not in PUNCTUATION,
        ALPHABETIC: str.isalpha,
        PUNCTUATED: lambda c: unicodedata.category(c).startswith("P"),
        DECIMAL: str.isdecimal,
        BLANK: lambda c: c.lower() in SYMBOLS,
    }
    for bit, test in tests.items():
        _mark(result, bit, filter(test, characters))
    for bit, members in {SENTENCE_END: Sentencizer.default_punct_chars, ENDS_LINE: TERMINAL, DIGIT: DIGITS}.items():
        _mark(result, bit, members)
    return result


def _normal_forms(characters: list[str]) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.uint32]]:
    result = np.arange(_NUM_POINTS, dtype=np.uint32)
    sequences: list[int] = []
    for point, character in enumerate(characters):
        lower = character.lower()
        if lower == character and unicodedata.is_normalized("NFD", lower) and unicodedata.category(lower) != "Mn":
            if unicodedata.combining(lower):
                result[point] = UNSURE
            continue
        result[point] = _normal_form(character, lower, sequences)
    result[0xD800:0xE000] = UNSURE
    return result, np.array(sequences, np.uint32)


def _normal_form(character: str, lower: str, sequences: list[int]) -> int:
    """One entry of the table; what has no form of its own is UNSURE."""
    parts = [part for part in unicodedata.normalize("NFD", lower) if unicodedata.category(part) != "Mn"]
    # A final sigma is another letter; marks that stay may be put in another order; digits and symbols are read before.
    moves = any(unicodedata.combining(part) or part.isspace() for part in parts)
    special = any(part in SYMBOLS or part in DIGITS for part in lower) and lower not in SYMBOLS
    if character == "Σ" or moves or special:
        return UNSURE
    if not parts:
        return DROPPED
    if len(parts) == 1:
        return ord(parts[0])
    sequences += [len(parts), *map(ord, parts)]
    return SEQUENCE | (len(sequences) - len(parts) - 1)


def _unit_texts() -> list[str]:
    currencies = [currency.replace("\\", "") for currency in char_classes.LIST_CURRENCY]
    return sorted({*char_classes.UNITS.split("|"), *currencies}, key=lambda unit: (-len(unit), unit))


def _units() -> npt.NDArray[np.uint32]:
    units = _unit_texts()
    result = np.zeros((len(units), len(units[0]) + 1), np.uint32)
    for row, unit in zip(result, units, strict=True):
        row[: len(unit) + 1] = [len(unit), *map(ord, unit)]
    return result
