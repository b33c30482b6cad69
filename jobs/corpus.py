"""One run of a recipe: which version, which stages are left, and each of them started."""

import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from blake3 import blake3
from pyspark import cloudpickle
from pyspark.sql import SparkSession

from jobs.inputs import checksums_of, find_inputs, hash_of_inputs
from pipelines.catalog.dataset import Dataset, is_published, open_dataset
from pipelines.catalog.layout import STAGES, Place
from pipelines.catalog.lease import lease
from pipelines.catalog.versions import Identity, check_recipe, choose_version, claim, newest, siblings
from pipelines.errors import RefusedError
from pipelines.recipes import Recipe
from pipelines.recipes.load import USER_MODULE
from pipelines.sources import SourceFile
from pipelines.stages.clean import document_schema
from pipelines.stages.failures import workers_errors
from pipelines.stages.progress import Listener
from pipelines.stages.results import Results
from pipelines.stages.run import StageRun, make_clean, make_deduplicated, make_tokens
from pipelines.stages.tables import Landing, TableInput
from pipelines.stages.tokenizer import check_tokenizer
from pipelines.storage import Stores, join, normalized, scheme
from schemas import Manifest


@dataclass(frozen=True)
class StageResult:
    """What became of one stage."""

    stage: str
    uri: str
    manifest: Manifest
    done_before: bool
    """It was published already: nothing was left to do."""
    num_units: int
    num_units_run: int
    """Units made now; the others were there, or in a version of the same recipe."""
    seconds: float


@dataclass(frozen=True)
class Built:
    """What became of a run."""

    output: str
    corpus: str
    version: str
    stages: tuple[StageResult, ...]
    report_uri: str | None = None

    @property
    def nothing_to_do(self) -> bool:
        """Every stage had been published before."""
        return all(stage.done_before for stage in self.stages)


@dataclass
class _Run:
    """The state of one run while it goes through the stages."""

    recipe: Recipe
    resolved: Mapping[str, Any]
    place: Place
    stores: Stores
    spark: Callable[[], SparkSession]
    listener: Listener
    files: Sequence[SourceFile]
    inputs_hash: str
    done: list[StageResult] = field(default_factory=list)

    def stage_run(self, stage: str) -> StageRun:
        place = self.place.of_stage(stage)
        expectations = self.recipe.expectations.get(stage, ())
        return StageRun(self.spark(), self.stores, self.listener, place, self.resolved[stage], expectations)


def build(
    recipe: Recipe,
    *,
    inputs: Sequence[str],
    output: str,
    version: str | None,
    stores: Stores,
    spark: Callable[[], SparkSession],
    listener: Listener,
    through: str = STAGES[-1],
    run_id: str = "unnamed",
    tables: Sequence[TableInput] = (),
    made: Callable[[StageResult], None] | None = None,
) -> Built:
    """Make every stage up to `through` that is not published yet.

    `spark` is called when there is work; `run_id` is what another run is told that finds this one working.
    Without `inputs` and `tables` (inputs that are databases) the stage `clean` must be published already.
    `made` is told of each stage as soon as it is published, or was before.
    RefusedError when inputs, output or recipe are wrong or belong to another version; the errors of the stages.
    """
    resolved = _resolved(recipe, stores)
    if through == "tokens":
        check_tokenizer(recipe.tokens, stores)  # now, not after hours of the stages before it
    checksums = checksums_of(stores, output, recipe.corpus, spark)
    landing = Landing(spark, stores, output, recipe.corpus, recipe.reading, listener, run_id, checksums)
    files = find_inputs(landing, inputs, tables)
    inputs_hash = hash_of_inputs(files)
    if inputs or tables:
        version = choose_version(stores, output, recipe.corpus, version, Identity(resolved, inputs_hash))
    version = version or newest(stores, output, recipe.corpus)
    place = Place(output, recipe.corpus, STAGES[0], version)
    check_recipe(stores, place, resolved)
    run = _Run(recipe, resolved, place, stores, spark, listener, files, inputs_hash)
    with lease(stores, output, recipe.corpus, version, run_id), _shipped_by_value():
        for stage in STAGES[: STAGES.index(through) + 1]:
            run.done.append(_make(run, stage))
            if made:
                made(run.done[-1])
    return Built(normalized(output), recipe.corpus, version, tuple(run.done))


def _make(run: _Run, stage: str) -> StageResult:
    place, started = run.place.of_stage(stage), time.monotonic()
    if is_published(run.stores, place.uri):
        manifest = open_dataset(place.uri, run.stores).manifest
        return StageResult(stage, place.uri, manifest, True, manifest.totals["shards"], 0, 0.0)
    if stage == STAGES[0] and not run.files:
        raise RefusedError(f"{place.uri} is not published yet: give its --input")
    run.spark()  # before anything is written: without Java nothing is begun
    claim(run.stores, place, run.resolved[stage])
    with _checkpoints(run), workers_errors():
        dataset, results = _STAGES[stage](run)
    num_run = sum(result.new for result in results.results)
    seconds = time.monotonic() - started
    return StageResult(stage, place.uri, dataset.manifest, False, len(results.results), num_run, seconds)


def _clean(run: _Run) -> tuple[Dataset, Results]:
    recipe = run.recipe
    same = siblings(run.stores, run.place, run.resolved["clean"])
    return make_clean(
        run.stage_run("clean"),
        run.files,
        run.inputs_hash,
        same,
        recipe.reading,
        recipe.steps,
        recipe.max_quarantined_share,
    )


def _deduplicated(run: _Run) -> tuple[Dataset, Results]:
    clean = open_dataset(run.place.of_stage("clean").uri, run.stores)
    schema = document_schema(run.recipe.steps)
    return make_deduplicated(run.stage_run("deduplicated"), clean, schema, run.recipe.duplicates)


def _tokens(run: _Run) -> tuple[Dataset, Results]:
    parent = open_dataset(run.place.of_stage("deduplicated").uri, run.stores)
    return make_tokens(run.stage_run("tokens"), parent, run.recipe.tokens)


_STAGES: dict[str, Callable[[_Run], tuple[Dataset, Results]]] = {
    "clean": _clean,
    "deduplicated": _deduplicated,
    "tokens": _tokens,
}


def _resolved(recipe: Recipe, stores: Stores) -> dict[str, Any]:
    """The resolved recipe; a tokenizer given by URI counts by its bytes, wherever it lies."""
    resolved = recipe.resolved()
    if isinstance(recipe.tokens.tokenizer, str):
        uri = recipe.tokens.tokenizer
        resolved["tokens"]["tokens"]["tokenizer"] = {
            "name": uri.rpartition("/")[2],
            "hash": blake3(stores.read(uri)).hexdigest(),
        }
    return resolved


@contextmanager
def _checkpoints(run: _Run) -> Iterator[None]:
    """On a cluster, a folder that survives a lost executor, for what Spark must not compute twice; removed after."""
    context = run.spark().sparkContext
    if str(context.master).startswith("local") or scheme(run.place.uri) not in ("file", "hdfs"):
        yield
        return
    folder = join(normalized(run.place.output), run.place.corpus, f"checkpoints-{run.place.version}")
    context.setCheckpointDir(folder)
    try:
        yield
    finally:
        for stat in list(run.stores.list_files(folder)):
            run.stores.delete(stat.uri)


@contextmanager
def _shipped_by_value() -> Iterator[None]:
    """Send the classes of users' recipe files to workers whole, for workers cannot import them."""
    modules = [module for name, module in list(sys.modules.items()) if name.startswith(USER_MODULE)]
    for module in modules:
        cloudpickle.register_pickle_by_value(module)  # type: ignore[no-untyped-call]
    try:
        yield
    finally:
        for module in modules:
            cloudpickle.unregister_pickle_by_value(module)  # type: ignore[no-untyped-call]
