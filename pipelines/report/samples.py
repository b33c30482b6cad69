"""The few documents and records that a report shows of the many, chosen the same way every time.

A bounded number of files is read. Files are named by hashes and documents by hashes, so the first files and the
smallest ids are as good as drawn by lot.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipelines.catalog import Dataset
from pipelines.report.model import Duplicates, Example, Pair, Quarantine, Rejection, Unreadable
from pipelines.report.rules import quality_rules, rule_lines
from pipelines.storage import join
from pipelines.text.spans import matching_span

_MOST_FILES = 32
"""Files of a kind that are read; a unit's rejected documents are some megabytes."""
_EXAMPLES, _PAIRS, _RECORDS = 3, 4, 8
_CANDIDATES = 50
"""Pairs of a kind whose documents are looked for; a document may lie in a shard that is not read."""
_TEXT_CHARACTERS = 1 << 20
"""Of a longer document only the beginning is looked at."""
_LOST = "(its text lies in a shard that the report did not read)"


def rejections(clean: Dataset) -> tuple[Rejection, ...]:
    """Each rule of the recipe, and any other reason there is, with its first documents by id."""
    counts, recipe = clean.manifest.accounting["rejected"], clean.manifest.recipe
    lines = {line.reason: line for line in rule_lines(recipe)}
    documents: dict[str, list[dict[str, Any]]] = {}
    for file in _files(clean, "rejected"):
        for reason, rows in _smallest(file, "rejected_by", "id", _EXAMPLES).items():
            documents[reason] = sorted([*documents.get(reason, []), *rows], key=lambda row: row["id"])[:_EXAMPLES]
    rules = quality_rules(recipe)
    found = []
    for reason in dict.fromkeys([*lines, *counts]):
        line = lines.get(reason)
        value = line.value if line else ""
        examples = (_example(row, reason, value, rules) for row in documents.get(reason, ()))
        found.append(Rejection(reason, counts.get(reason, 0), tuple(examples), line.words if line else ""))
    return tuple(found)


def quarantine(clean: Dataset) -> tuple[Quarantine, ...]:
    """Each reason with its first records."""
    records: dict[str, list[Unreadable]] = {}
    for file in _files(clean, "quarantine"):
        for reason, rows in _smallest(file, "reason", "record", _RECORDS).items():
            seen = records.setdefault(reason, [])
            seen += [Unreadable(row["source"], row["record"], row["detail"] or "") for row in rows][
                : _RECORDS - len(seen)
            ]
    counts = clean.manifest.accounting["quarantined"]
    return tuple(Quarantine(reason, count, tuple(records.get(reason, ()))) for reason, count in counts.items())


def duplicates(deduplicated: Dataset, clean: Dataset) -> tuple[Duplicates, ...]:
    """Each kind with pairs, those first of which both texts were found."""
    evidence: dict[str, list[dict[str, Any]]] = {}
    for file in _files(deduplicated, "rejected"):
        for kind, rows in _smallest(file, "kind", "removed", _CANDIDATES).items():
            evidence[kind] = sorted([*evidence.get(kind, []), *rows], key=lambda row: row["removed"])[:_CANDIDATES]
    texts = _documents(clean, {row[end] for rows in evidence.values() for row in rows for end in ("removed", "kept")})
    found = []
    for kind, count in deduplicated.manifest.accounting["duplicates"].items():
        rows = sorted(evidence.get(kind, ()), key=lambda row: not {row["removed"], row["kept"]} <= texts.keys())
        found.append(Duplicates(kind, count, tuple(_pair(row, texts) for row in rows[:_PAIRS])))
    return tuple(found)


def _files(dataset: Dataset, folder: str) -> Iterator[pq.ParquetFile]:
    for stat in islice(dataset.stores.list_files(join(dataset.uri, folder)), _MOST_FILES):
        with dataset.stores.open(stat.uri) as stream:
            yield pq.ParquetFile(stream)


def _smallest(file: pq.ParquetFile, group: str, key: str, most: int) -> dict[str, list[dict[str, Any]]]:
    """Per value of the column `group`, the rows with the smallest `key`; only they are read with all columns."""
    keys = file.read(columns=[group, key]).append_column("row", pa.array(range(file.metadata.num_rows), pa.int64()))
    chosen = {}
    for value in pc.unique(keys[group]).to_pylist():
        rows = keys.filter(pc.equal(keys[group], value)).sort_by(key).slice(0, most)
        chosen[value] = rows["row"].to_pylist()
    rows = _rows(file, sorted(row for rows in chosen.values() for row in rows))
    return {value: [rows[row] for row in wanted] for value, wanted in chosen.items()}


def _rows(file: pq.ParquetFile, wanted: Sequence[int]) -> dict[int, dict[str, Any]]:
    """The rows with these numbers, all columns; a batch at a time."""
    found: dict[int, dict[str, Any]] = {}
    first = 0
    for batch in file.iter_batches(batch_size=1024):
        here = [row - first for row in wanted if first <= row < first + batch.num_rows]
        found |= (
            {first + row: values for row, values in zip(here, batch.take(here).to_pylist(), strict=True)}
            if here
            else {}
        )
        first += batch.num_rows
    return found


def _documents(clean: Dataset, ids: set[bytes]) -> Mapping[bytes, dict[str, Any]]:
    """Those of the documents that lie in the first shards."""
    found: dict[bytes, dict[str, Any]] = {}
    wanted = pa.array(sorted(ids), pa.binary())
    for shard in islice(clean.shards(), _MOST_FILES):
        if len(found) == len(ids):
            break
        with clean.stores.open(join(clean.uri, shard.path)) as stream:
            file = pq.ParquetFile(stream)
            here = pc.is_in(file.read(columns=["id"])["id"], wanted).combine_chunks()
            rows = _rows(file, pc.indices_nonzero(here).to_pylist())
        found |= {row["id"]: row for row in rows.values()}
    return found


def _example(row: Mapping[str, Any], reason: str, value: str, rules: Any) -> Example:
    text = (row["text"] or "")[:_TEXT_CHARACTERS]
    measured = row.get(value)
    said = f"{value} = {measured:,.4g}" if measured is not None else ""
    if value == "language_score":
        said = f"language = {row['language']}, {said}"
    span = matching_span(text, reason, rules)
    return Example(row["id"].hex(), row["source"], row["record"], text, row["url"], span, said)


def _pair(row: Mapping[str, Any], texts: Mapping[bytes, Mapping[str, Any]]) -> Pair:
    through = row["partner"] if row["partner"] not in (None, row["kept"]) else b""
    removed, kept = (_end(row[name], texts.get(row[name])) for name in ("removed", "kept"))
    return Pair(removed, kept, row["jaccard"], row["band"], through.hex())


def _end(document: bytes, row: Mapping[str, Any] | None) -> Example:
    if row is None:
        return Example(document.hex(), "", 0, _LOST)
    return Example(document.hex(), row["source"], row["record"], (row["text"] or "")[:_TEXT_CHARACTERS], row["url"])
