"""The three stages, each from its parent to a published dataset."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pyspark.sql import DataFrame, SparkSession

from pipelines.catalog.dataset import Dataset
from pipelines.catalog.identity import fingerprint
from pipelines.catalog.layout import TOKENIZER, Place
from pipelines.errors import QuarantineError
from pipelines.sources import Reading, SourceFile, plan_units
from pipelines.stages.clean import CleanUnit, document_schema, specification_of
from pipelines.stages.commit import Commit, commit
from pipelines.stages.deduplicated import DeduplicateUnit, deduplicated
from pipelines.stages.duplicates import Duplicates, find_duplicates, repeated_ids
from pipelines.stages.progress import Listener, Progress, watched
from pipelines.stages.results import Results, gathered
from pipelines.stages.spread import first_pass, run_units, units_table
from pipelines.stages.tokenizer import tokenizer_of
from pipelines.stages.tokens import Tokens, TokenShards, token_shards
from pipelines.steps import Step
from pipelines.storage import Stores
from schemas import Schema, Tokenizer


@dataclass(frozen=True)
class StageRun:
    """What every stage needs to know of the run it is part of."""

    spark: SparkSession
    stores: Stores
    listener: Listener
    place: Place
    recipe: Any
    """The stage's resolved recipe."""
    expectations: Sequence[Mapping[str, Any]] = ()

    def progress(self, activity: str, num_units: int, total_bytes: int) -> Progress:
        """The start of an activity."""
        return Progress(self.place.stage, activity, num_units, 0, 0, 0, total_bytes)


def make_clean(
    run: StageRun,
    files: Sequence[SourceFile],
    inputs_hash: str,
    siblings: tuple[str, ...],
    reading: Reading,
    steps: tuple[Step, ...],
    max_quarantined_share: float,
) -> tuple[Dataset, Results]:
    """Raw inputs → `clean`; QuarantineError when too much of them cannot be read."""
    units = plan_units(files, reading, run.stores, first_pass(run.spark, files, reading, run.stores))
    work = CleanUnit(run.place.uri, siblings, fingerprint(run.recipe), reading, steps, run.stores)
    specifications = [(unit.name(work.fingerprint), specification_of(i, unit)) for i, unit in enumerate(units)]
    start = run.progress("read, clean, measure", len(units), sum(unit.size_bytes for unit in units))
    results = run_units(run.spark, specifications, work, run.listener, start)
    _check_quarantine(results.accounting(), max_quarantined_share, run.place)
    shards = units_table(run.spark, [(shard.unit, "") for shard in results.shards])
    parents = ({"name": "inputs", "version": "", "manifest_hash": inputs_hash},)
    found = Commit(
        run.place,
        document_schema(steps),
        run.recipe,
        parents,
        results,
        duplicate_ids=repeated_ids(shards, run.place.uri, run.stores),
        expectations=run.expectations,
    )
    return commit(found, run.stores), results


def make_deduplicated(run: StageRun, clean: Dataset, schema: Schema, rule: Duplicates) -> tuple[Dataset, Results]:
    """`clean` → `deduplicated`."""
    units, total_bytes = _units_of(run.spark, clean)
    work = DeduplicateUnit(clean.uri, run.place.uri, schema, _identity(clean, run.recipe), run.stores)
    num_shards = clean.manifest.totals["shards"]
    run.listener(run.progress("find duplicates", num_shards, total_bytes))
    removals = find_duplicates(units, clean.uri, rule, run.stores).persist()
    removals.count()
    with watched(run.spark, run.listener, run.progress("write without duplicates", num_shards, total_bytes)) as counter:
        results = gathered(deduplicated(units, removals, work, counter))
    num_in = clean.manifest.accounting["kept"]
    found = Commit(
        run.place, schema, run.recipe, (_parent(clean),), results, num_in=num_in, expectations=run.expectations
    )
    return commit(found, run.stores), results


def make_tokens(run: StageRun, parent: Dataset, rule: Tokens) -> tuple[Dataset, Results]:
    """`deduplicated` → `tokens`."""
    units, total_bytes = _units_of(run.spark, parent)
    run.listener(run.progress("tokenizer", 1, total_bytes))
    identity = _identity(parent, run.recipe)
    tokenizer = tokenizer_of(rule, run.place, identity, units, parent, run.stores)
    work = TokenShards(parent.uri, run.place.uri, identity, rule, tokenizer, run.stores)
    there = [result for number in range(rule.num_shards) if (result := work.recall(number))]
    missing = sorted(set(range(rule.num_shards)) - {result.order for result in there})
    with watched(run.spark, run.listener, run.progress("tokenize, shuffle, pack", len(missing), 0)) as counter:
        made = gathered(token_shards(units, work, missing, counter))
    results = made.with_those(there)
    found = Commit(
        run.place,
        work.schema,
        run.recipe,
        (_parent(parent),),
        results,
        num_in=parent.manifest.accounting["kept"],
        expectations=run.expectations,
        other_files=(TOKENIZER,),
        tokenizer=Tokenizer(tokenizer.name, tokenizer.hash, tokenizer.vocabulary_size, tokenizer.end_of_text_id),
        context_length=rule.context_length,
        extra={"rows_per_batch": rule.rows_per_batch, "seed": rule.seed, "packing": type(rule.packing).__name__},
    )
    return commit(found, run.stores), results


def _units_of(spark: SparkSession, parent: Dataset) -> tuple[DataFrame, int]:
    """The parent's shards as a units table, and their bytes."""
    rows, total_bytes = [], 0
    for order, shard in enumerate(parent.shards()):
        rows.append((shard.unit, json.dumps({"order": order, "unit": shard.unit, "bytes": shard.bytes})))
        total_bytes += shard.bytes
    return units_table(spark, rows), total_bytes


def _identity(parent: Dataset, recipe: Any) -> str:
    """What the units of a stage follow from: every byte of the parent, and the stage's recipe."""
    return f"{parent.manifest.shards_hash}/{fingerprint(recipe)}"


def _parent(parent: Dataset) -> dict[str, str]:
    manifest = parent.manifest
    return {"name": manifest.stage, "version": manifest.version, "manifest_hash": parent.manifest_hash}


def _check_quarantine(accounting: Mapping[str, Any], limit: float, place: Place) -> None:
    quarantined = sum(accounting["quarantined"].values())
    if quarantined <= limit * accounting["in"]:
        return
    rows = sorted(accounting["quarantined"].items(), key=lambda row: (-row[1], row[0]))
    share = f"{quarantined} of {accounting['in']} records could not be read"
    lines = [
        f"{share}, more than max_quarantined_share {limit}:",
        *(f"  {count:>8}  {reason}" for reason, count in rows),
        f"Each is named in {place.file('quarantine')}/ (Parquet: source, record, reason, detail).",
        "Mend the input, or raise max_quarantined_share in the recipe (it changes no byte); what is done stays done.",
    ]
    raise QuarantineError("\n".join(lines))
