"""The kernel that measures every document of a slice, one after the other."""

from typing import Any

import numpy as np
import numpy.typing as npt

from pipelines.text.quality.c4 import Limits, clean
from pipelines.text.quality.citations import Rewritten
from pipelines.text.quality.fineweb import measure_shape
from pipelines.text.quality.gopher import measure_lines, measure_words
from pipelines.text.quality.lines import find_lines, stripped
from pipelines.text.quality.repetition import measure_grams, measure_parts
from pipelines.text.quality.work import Work
from pipelines.text.scan.compiled import kernel
from pipelines.text.scan.memory import Bytes, copy, num_characters
from pipelines.text.scan.strings import Integers
from pipelines.text.words.classes import Classes
from pipelines.text.words.context import Occurrences
from pipelines.text.words.lexicon import Lexicon

JOINED_START, JOINED_END, TEXT_START, TEXT_END, NUM_WORDS, FATAL = range(6)
"""Columns of `left`: where the lines that C4 leaves stand, where they stand without whitespace at both ends, how many
words they have, and what rejects the page (`c4.NOTHING` …)."""

Values = npt.NDArray[np.float64]
"""[documents, measured fields]; NaN where there is nothing to divide by."""


@kernel
def measure(
    occurrences: Occurrences,
    rewritten: Rewritten,
    lexicon: Lexicon,
    classes: Classes,
    limits: Limits,
    work: Work,
    target: Bytes,
    left: Integers,
    values: Values,
) -> None:
    """All values of all documents; what C4 leaves of them is written to `target`."""
    place = 0
    for document in range(len(values)):
        row = values[document]
        row[:] = np.nan
        start, end = occurrences.offsets[document], occurrences.offsets[document + 1]
        num_in_text = num_characters(occurrences.bytes, start, end)
        num_lines, num_breaks = find_lines(occurrences, document, work)
        measure_parts(occurrences, document, num_breaks, num_in_text, work, row)
        num_words = measure_words(occurrences, document, lexicon, limits.num_stop_words, work, row)
        if num_in_text > 0:
            measure_grams(num_words, num_in_text, work, row)
        measure_lines(occurrences, document, lexicon, num_words, num_lines, work, row)
        behind, num_left, fatal = clean(occurrences, rewritten, num_lines, lexicon, limits, work, target, place, row)
        target[behind] = 0x0A  # so that nothing is read as a part of what stands behind it
        text_start, text_end = stripped(target, place, behind)
        measure_shape(target, text_start, text_end, num_left, num_lines, limits.short_line_length, classes, work, row)
        left[document, JOINED_START], left[document, JOINED_END] = place, behind
        left[document, TEXT_START], left[document, TEXT_END] = text_start, text_end
        left[document, NUM_WORDS], left[document, FATAL] = num_left, fatal
        place = behind + 1


@kernel
def measure_words_of(
    occurrences: Occurrences, num_in_text: int, lexicon: Lexicon, num_stop_words: int, work: Work, values: Any
) -> None:
    """The values of words and n-grams of a single document, as shares of a text of `num_in_text` characters."""
    num_words = measure_words(occurrences, 0, lexicon, num_stop_words, work, values)
    measure_grams(num_words, num_in_text, work, values)


@kernel
def assemble(
    occurrences: Occurrences, target: Bytes, left: Integers, kept: npt.NDArray[np.bool_], offsets: Any, data: Bytes
) -> None:
    """Write the resulting texts: what is left of those that are kept, the others as they came."""
    place = 0
    for document in range(len(kept)):
        if kept[document]:
            start, end = left[document, TEXT_START], left[document, TEXT_END]
            copy(data, place, target, start, end - start)
        else:
            start, end = occurrences.offsets[document], occurrences.offsets[document + 1]
            copy(data, place, occurrences.bytes, start, end - start)
        place += end - start
        offsets[document + 1] = place
