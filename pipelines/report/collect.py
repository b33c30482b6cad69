"""A finished run, read from its datasets into a `RunReport`; a run that is not finished gives what is published."""

import json
import shlex
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from pipelines.catalog import Dataset, open_dataset
from pipelines.catalog.layout import MANIFEST, STAGES, STATISTICS, TOKENIZER, Place
from pipelines.report.model import Histogram, RunReport, Segment, StageReport
from pipelines.report.rules import rule_lines
from pipelines.report.samples import duplicates, quarantine, rejections
from pipelines.storage import Stores, join
from pipelines.tokens.encoders import REFERENCE, open_encoder

_SEQUENCES = 3
_OUTPUT = "OUTPUT"
"""Stands for the output URI of the run, which the page does not name."""
_NUMBERS = ("int", "float", "double", "uint", "bool")
"""How the names of Arrow's types of numbers begin."""
_NO_MEASURE = ("record",)
"""Numbers that say where a document lies, not what it is like."""


def collect(
    stores: Stores,
    output: str,
    corpus: str,
    version: str,
    *,
    recipe: str = "",
    inputs: Sequence[str] = (),
    timings_seconds: Mapping[str, float] | None = None,
) -> RunReport:
    """Read a run.

    Args:
        stores: where its datasets are read from.
        output: URI it was written to.
        corpus: its name.
        version: the version, of all its stages.
        recipe: how the recipe is called on the command line; the corpus' name when it is not given.
        inputs: URIs it read, which its datasets only know by their hash.
        timings_seconds: what took how long, when this is the run that did it.

    Raises:
        DatasetError: the stage `clean` is not published, or a file is not what its manifest says.

    """
    places = [Place(output, corpus, stage, version) for stage in STAGES]
    there = [place for place in places[1:] if stores.exists(place.file(MANIFEST))]
    datasets = {place.stage: open_dataset(place.uri, stores) for place in [places[0], *there]}
    clean, deduplicated, tokens = (datasets.get(stage) for stage in STAGES)
    assert clean is not None  # noqa: S101 (narrows the type: open_dataset has raised)
    return RunReport(
        corpus=corpus,
        version=version,
        output=_OUTPUT,
        inputs=tuple(_named(uri) for uri in inputs),
        inputs_hash=clean.manifest.parents[0]["manifest_hash"],
        recipe={stage: dataset.manifest.recipe for stage, dataset in datasets.items()},
        stages=tuple(_stage(dataset) for dataset in datasets.values()),
        rejections=rejections(clean),
        quarantine=quarantine(clean),
        duplicates=duplicates(deduplicated, clean) if deduplicated else (),
        histograms=_histograms(clean),
        histograms_of=f"{_statistics(clean)['rows']:,} documents that clean could read, kept or rejected",
        tokenizer=vars(tokens.manifest.tokenizer) if tokens and tokens.manifest.tokenizer else {},
        context_length=tokens.manifest.context_length if tokens else None,
        sequences=_sequences(tokens) if tokens else (),
        timings_seconds=timings_seconds or {},
        commands=tuple(_commands(_named(recipe) if recipe else corpus, places[-1])),
    )


def _stage(dataset: Dataset) -> StageReport:
    manifest = dataset.manifest
    return StageReport(
        manifest.stage,
        manifest.version,
        join(_OUTPUT, manifest.corpus, manifest.stage, manifest.version),
        dataset.manifest_hash,
        manifest.fingerprint,
        manifest.accounting,
        manifest.totals,
        manifest.validation,
        manifest.extra,
    )


def _statistics(dataset: Dataset) -> dict[str, Any]:
    values: dict[str, Any] = json.loads(dataset.stores.read(join(dataset.uri, STATISTICS)))
    return values


def _histograms(clean: Dataset) -> tuple[Histogram, ...]:
    """The measured values: those that a rule draws a line through first, in the order of the rules."""
    lines = rule_lines(clean.manifest.recipe)
    types = {column["name"]: column["type"] for column in clean.manifest.schema}
    compared = list(dict.fromkeys(line.value for line in lines if line.value))
    shown = [name for name in types if name == "text" or (types[name].startswith(_NUMBERS) and name not in _NO_MEASURE)]
    columns = {column["name"]: column for column in _statistics(clean)["columns"]}
    names = [*compared, *(name for name in shown if name not in compared)]
    return tuple(
        Histogram(
            name,
            tuple((low, high, count) for low, high, count in columns[name]["bins"]),
            **{key: columns[name][key] for key in ("values", "description", "unit", "nulls", "minimum", "maximum")},
            thresholds=tuple(line.threshold for line in lines if line.value == name and line.threshold),
        )
        for name in names
        if name in columns
    )


def _sequences(tokens: Dataset) -> tuple[tuple[Segment, ...], ...]:
    """The first sequences, decoded with the dataset's own tokenizer."""
    shard = next((shard for shard in tokens.shards() if shard.rows), None)
    if shard is None or tokens.manifest.tokenizer is None or not shard.path.endswith(".arrow"):
        return ()
    with tokens.stores.open(join(tokens.uri, shard.path)) as stream:
        rows = pa.ipc.open_file(stream).get_batch(0).slice(0, _SEQUENCES)
    encoder = open_encoder(REFERENCE, tokens.stores.read(join(tokens.uri, TOKENIZER)).decode())
    end_of_text, sequences, unfinished = tokens.manifest.tokenizer.end_of_text_id, [], False
    for row in rows.to_pylist():
        ids = np.array(row["token_ids"][: row["num_tokens"]])
        parts = np.split(ids, row["document_starts"][1:])
        texts = [encoder.decode(part[part != end_of_text].tolist()) for part in parts]
        # Rows that are cut from one stream go on where the row before stopped; best fit says nothing of the kind.
        goes_on = unfinished and tokens.manifest.extra.get("packing") == "ConcatenateAndSplit"
        sequences.append(
            tuple(
                Segment(text, len(part), goes_on and i == 0)
                for i, (text, part) in enumerate(zip(texts, parts, strict=True))
            )
        )
        unfinished = bool(ids[-1] != end_of_text)
    return tuple(sequences)


def _commands(recipe: str, tokens: Place) -> list[tuple[str, str]]:
    """Commands in terms of OUTPUT and INPUT: the page is the same bytes wherever the run reads and writes."""
    run = ["phloem", "run", recipe, "--input", "INPUT", "--output", _OUTPUT, "--version", tokens.version]
    dataset = join(_OUTPUT, tokens.corpus, tokens.stage, tokens.version)
    return [
        ("Go on after a stop, or run again: only what is missing is made", shlex.join(run)),
        ("Look at it as a trainer would", shlex.join(["phloem", "read", dataset])),
        ("Check every byte against the manifest", shlex.join(["phloem", "validate", dataset])),
    ]


def _named(given: str) -> str:
    """`web` of `NAME=URI`, else the last part of a URI: what documents' sources begin with."""
    name, equals, uri = given.partition("=")
    return name if equals and "/" not in name else (uri or given).rstrip("/").rpartition("/")[2]
