"""What `phloem run` does: recipe and site read, Spark started when there is work, every stage made, the result told."""

import secrets
import shlex
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from pyspark.sql import SparkSession
from rich.console import Console
from rich.markup import escape

from jobs.arguments import Request
from jobs.corpus import Built, build
from jobs.databases import Inputs, inputs_of
from jobs.funnel import funnel_table, run_report
from jobs.history import History, history_database
from jobs.progress import ProgressDisplay
from jobs.reading import print_rows
from jobs.reporting import write_report
from jobs.session import open_session, under_spark_submit
from jobs.site import Site, load_site
from pipelines.catalog.layout import STAGES, Place
from pipelines.errors import BusyError, RefusedError
from pipelines.reader import TokenDataset
from pipelines.recipes import Recipe, load_recipe
from pipelines.report.funnel import sums, warnings
from pipelines.stages.progress import Listener, Progress
from pipelines.stages.tables import Database


def make(request: Request) -> None:
    """Do what is asked, and say what became of it; the errors of `build`."""
    asked = _read(request)
    recipe, site = asked.recipe, asked.site
    run_id = f"{recipe.corpus}-{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(2)}"
    with _resumable(request, run_id):
        built = _build(request, asked, run_id)
        report_uri = _report(request, built, site)
    out = Console(highlight=False, soft_wrap=True)
    _tell(out, built, report_uri)
    if not request.quiet:
        _tell_first_row(out, built, site)


@dataclass(frozen=True)
class _Asked:
    """What the words of a request stand for."""

    recipe: Recipe
    site: Site
    inputs: Inputs
    history: Database | None


def _read(request: Request) -> _Asked:
    """Recipe, site, and the databases that they name; RefusedError with the faults of all that could be read."""
    faults: list[str] = []
    recipe, site = None, None
    try:
        recipe = load_recipe(request.recipe)
    except RefusedError as error:
        faults += error.faults
    try:
        site = load_site(request.site)
        site.stores()  # a credential that is missing is told now
    except RefusedError as error:
        faults += error.faults
    if recipe is None or site is None or faults:
        raise RefusedError(*faults)
    return _Asked(recipe, site, inputs_of(request.inputs, recipe, site), history_database(site))


@contextmanager
def _resumable(request: Request, run_id: str) -> Iterator[None]:
    """Say at the start, and again when the run does not get to its end, which command goes on with it."""
    start = "spark-submit [the same options] jobs/run.py" if under_spark_submit() else "phloem run"
    command = f"cd {shlex.quote(str(Path.cwd()))} && {request.command(start)}"
    _note(f"run {run_id}", f"to resume: {command}")
    try:
        yield
    except KeyboardInterrupt:
        _note(f"run {run_id} was interrupted; units that are written stay", f"to resume: {command}")
        raise
    except RefusedError as error:
        if isinstance(error, BusyError):
            _note(f"run {run_id} did not start; later: {command}")
        raise
    except Exception:
        _note(f"run {run_id} failed; units that are written stay", f"to resume: {command}")
        raise


def _note(*lines: str) -> None:
    print(*lines, sep="\n", file=sys.stderr, flush=True)


def _build(request: Request, asked: _Asked, run_id: str) -> Built:
    """Call `build` with a session that starts when it is asked for, and ends with the run."""
    recipe, site = asked.recipe, asked.site
    with ExitStack() as ending:
        listener: Listener = _silent
        if not request.quiet:
            listener = ending.enter_context(ProgressDisplay(Console(stderr=True)))
        spark = _LateSession(site, request.master, run_id, listener)
        ending.callback(spark.stop)
        history = History(asked.history, spark, _note, recipe.corpus, run_id)
        ending.enter_context(history.run())
        return build(
            recipe,
            inputs=asked.inputs.files,
            tables=asked.inputs.tables,
            made=history.add_dataset,
            output=request.output,
            version=request.version,
            stores=site.stores(),
            spark=spark,
            listener=listener,
            through=request.through,
            run_id=run_id,
        )


def _silent(progress: Progress) -> None:
    """Listens, and says nothing."""


@dataclass
class _LateSession:
    """The Spark session, started at the first call: a run with nothing left to do needs none."""

    site: Site
    master: str | None
    name: str
    listener: Listener
    session: SparkSession | None = field(default=None)

    def __call__(self) -> SparkSession:
        if self.session is None:
            starting = Progress("Spark", "start", 0, 0, 0, 0, 0)
            self.listener(starting)
            self.session = open_session(self.site, self.master, self.name)
            self.listener(replace(starting, finished=True))
        return self.session

    def stop(self) -> None:
        if self.session is not None:
            self.session.stop()


def _report(request: Request, built: Built, site: Site) -> str:
    """The report's URI; written when something was made, or when it is not there."""
    if built.report_uri:
        return built.report_uri
    place = Place(built.output, built.corpus, built.stages[-1].stage, built.version)
    if built.nothing_to_do and site.stores().exists(place.report_uri):
        return place.report_uri
    return write_report(site.stores(), place, recipe=request.recipe, inputs=request.inputs)


def _tell(out: Console, built: Built, report_uri: str) -> None:
    report = run_report([stage.manifest for stage in built.stages])
    name = f"{built.corpus} {built.version}"
    if built.nothing_to_do:
        out.print(f"[bold]{escape(name)}: nothing is left to do[/]; every stage is published already.")
    out.print(funnel_table(report))
    totals = sums(report)
    if totals and not any(each.missing for each in totals):
        terms = " + ".join(f"{count:,} {label}" for label, count in totals[0].parts)
        out.print(f"reconciled: {totals[0].total:,} in = {terms}")
    for warning in warnings(report):
        out.print(f"[yellow]warning:[/] {escape(warning)}")
    for stage in built.stages:
        done = "there already" if stage.done_before else f"{stage.num_units_run:,} of {stage.num_units:,} units made"
        out.print(f"{stage.stage:<13}{escape(stage.uri)}  ({done})")
    out.print(f"{'report':<13}{escape(report_uri)}")


def _tell_first_row(out: Console, built: Built, site: Site) -> None:
    last = built.stages[-1]
    if last.stage != STAGES[-1] or not last.manifest.totals["rows"]:
        return
    out.print("The first row that training with seed 0 sees, decoded:")
    print_rows(out, TokenDataset.open(last.uri, seed=0, stores=site.stores()), num_rows=1)
