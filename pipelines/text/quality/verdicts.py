"""From measured values to verdicts: the first rule that fails gives the reason."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipelines.text.quality import c4, fineweb, gopher, repetition
from pipelines.text.quality.breaking import measure_breaking
from pipelines.text.quality.c4 import Limits
from pipelines.text.quality.citations import Rewritten, without_citations
from pipelines.text.quality.fields import COLUMN, measured_fields
from pipelines.text.quality.measure import FATAL, NUM_WORDS, TEXT_END, TEXT_START, assemble, measure
from pipelines.text.quality.work import Work, new_work
from pipelines.text.rules import FINEWEB, QualityRules, Rule
from pipelines.text.scan.columns import Column, Texts
from pipelines.text.scan.memory import PADDING
from pipelines.text.scan.walk import LOCK, Scan, scans
from pipelines.text.words.classes import classes
from pipelines.text.words.context import Occurrences, occurrences_of, rows_in_context
from pipelines.text.words.english import English, english

_FIELDS = [("text", pa.string()), ("rejected_by", pa.string()), *((name, kind) for name, kind, *_ in measured_fields)]
_SCHEMA = pa.schema(_FIELDS)


def judge(texts: Texts, rules: QualityRules = FINEWEB) -> pa.Table:
    """One row per text: `text`, `rejected_by` and all `measured_fields`, which are null where not defined.

    Raises:
        RefusedError: `texts` is no string column or list of strings, or one of them is missing or no valid Unicode.
    """
    with LOCK:
        tables = [_judged(scan, rules) for scan in scans(texts)]
    return pa.concat_tables(tables) if tables else _SCHEMA.empty_table()


def _judged(scan: Scan, rules: QualityRules) -> pa.Table:
    known = english()
    known.learn(rules.stop_words)
    work = new_work(occurrences_of(scan, scan.chunk), known.lexicon)
    occurrences, rewritten = in_context(scan, known, work)
    documents = scan.num_documents
    target = np.empty(len(scan.bytes) + 2 * documents + PADDING, np.uint8)
    left, values = np.zeros((documents, 6), np.int64), np.empty((documents, len(measured_fields)))
    limits = _limits(rules)
    measure(occurrences, rewritten, known.lexicon, classes(), limits, work, target, left, values)
    measure_breaking(scan, known, limits, target, left, values)
    reasons = first_reasons(scan, left, values, rules)
    data, offsets = np.empty(len(scan.bytes) + PADDING, np.uint8), np.zeros(documents + 1, np.int32)
    assemble(occurrences, target, left, np.array([reason is None for reason in reasons], np.bool_), offsets, data)
    return _table(data, offsets, reasons, values)


def in_context(scan: Scan, known: English, work: Work) -> tuple[Occurrences, Rewritten]:
    """What stands where, with the rows of the lexicon, and the same for lines that held citations."""
    plain = occurrences_of(scan, scan.chunk)
    lines, data, offsets = without_citations(plain, known.lexicon, classes(), work)
    again = scan.table.scan(Column(data, offsets))
    known.learn()
    rows, free = rows_in_context(scan, known, scan.table.num_chunks)
    rows_again, _ = rows_in_context(again, known, free)
    return occurrences_of(scan, rows), Rewritten(lines, occurrences_of(again, rows_again))


def _limits(rules: QualityRules) -> Limits:
    return Limits(
        float(rules.min_line_words),
        float(rules.max_line_word_length),
        float(rules.short_line_length),
        bool(rules.reject_lorem_ipsum),
        bool(rules.reject_curly_bracket),
        len(rules.stop_words),
    )


def first_reasons(scan: Scan, left: Any, values: Any, rules: QualityRules) -> npt.NDArray[np.object_]:
    """The reason of the first rule that fails, for each document; None: kept."""
    reasons = np.full(len(values), None, np.object_)
    undecided = np.ones(len(values), np.bool_)
    for reason, fails in _failures(scan, left, values, rules):
        found = fails & undecided
        reasons[found] = reason
        undecided &= ~found
    return reasons


def _failures(scan: Scan, left: Any, values: Any, rules: QualityRules) -> Iterator[tuple[str, npt.NDArray[np.bool_]]]:
    """Every reason in the order in which rules are asked, and the documents that it would reject.

    A text without words is too short under any rules. The reference divides by zero on lines without words (spaCy
    raises on `IS_ALPHA`, and what is left of them may be empty); here such a text is too short.
    """
    yield "empty", scan.offsets[1:] == scan.offsets[:-1]
    yield from _compared(repetition.RULES, values, rules)
    yield gopher.TOO_SHORT, values[:, COLUMN["num_words"]] == 0
    yield from _compared(gopher.RULES, values, rules)
    yield "lorem_ipsum", left[:, FATAL] == c4.LOREM_IPSUM
    yield "curly_bracket", left[:, FATAL] == c4.CURLY_BRACKET
    yield from _compared(c4.RULES, values, rules)
    yield "empty", left[:, TEXT_START] == left[:, TEXT_END]
    yield from _compared(fineweb.RULES, values, rules)
    yield gopher.TOO_SHORT, left[:, NUM_WORDS] == 0


def _compared(
    family: tuple[Rule, ...], values: Any, rules: QualityRules
) -> Iterator[tuple[str, npt.NDArray[np.bool_]]]:
    for rule in family:
        # The comparisons of `operator` take columns as well as numbers.
        compare: Any = rule.fails
        yield rule.reason, compare(values[:, COLUMN[rule.value]], getattr(rules, rule.threshold))


def _table(data: Any, offsets: Any, reasons: Any, values: Any) -> pa.Table:
    num_bytes = int(offsets[-1])
    text = pa.StringArray.from_buffers(len(reasons), pa.py_buffer(offsets), pa.py_buffer(data[:num_bytes]))
    columns = [text, pa.array(reasons, pa.string())]
    for (_, kind, *_), column in zip(measured_fields, values.T, strict=True):
        measured = pa.array(np.ascontiguousarray(column), pa.float64(), from_pandas=True)
        columns.append(measured.cast(kind))
    return pa.table(columns, schema=_SCHEMA)
