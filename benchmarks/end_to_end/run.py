"""`web_en` whole, on Spark's local[2]: raw megabytes per core-second of each stage, memory, and growth with the input.

    phloem sample build/sample
    python -m benchmarks.end_to_end.run [--sample build/sample] [--times 1 4 16] [--kinds web packages] [--no-steps]

Prints, first, the share of each step of the one pass, measured in one process without Spark; then, for the sample once
(cold: the first run of a session), and as many times as asked for (see `scaled`), each stage's wall and processor
seconds, shuffled bytes, peak memory, and at the end the cost per byte of the larger inputs over that of the smallest.
Megabytes are 10^6 bytes of raw text (HTML, or the text field), before compression; `disk` is what lies in the files.
Processor seconds are those of the driver, the JVM and the Python workers together.
"""

import argparse
import tempfile
from pathlib import Path
from typing import Any

import psutil
from pyspark.sql import SparkSession

from benchmarks.end_to_end.processes import Cost, measured
from benchmarks.end_to_end.scaled import KINDS, scaled, size_bytes
from benchmarks.end_to_end.steps import step_seconds
from jobs.corpus import Built, build
from jobs.sample.summary import summarize
from jobs.session import open_session
from jobs.site import Site
from pipelines.catalog.layout import STAGES
from pipelines.recipes import Recipe, load_recipe
from pipelines.storage import Stores

MASTER = "local[2]"
NUM_CORES = 2


def main() -> None:
    given = arguments()
    recipe, sample = load_recipe(given.recipe), given.sample
    kinds = tuple(given.kinds)
    with tempfile.TemporaryDirectory() as work:
        once = scaled(sample, Path(work, "1"), 1, kinds)
        if not given.no_steps:
            print_steps(step_seconds(once, recipe), megabytes(once))
        with measured() as start:
            spark = open_session(Site(), MASTER, "end-to-end")
            spark.range(1).count()
        print(f"Spark's start: {start.wall_seconds:.1f} s, {start.cpu_seconds:.1f} core-s")
        if not given.no_cold:
            run(spark, recipe, once, Path(work, "cold"), "1x, cold")
        costs = {}
        for times in given.times:
            folder = scaled(sample, Path(work, str(times)), times, kinds)
            costs[times] = run(spark, recipe, folder, Path(work, f"output-{times}"), f"{times}x")
        print_growth(costs)
        spark.stop()


def arguments() -> Any:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sample", type=Path, default=Path("build/sample"), help="what `phloem sample` has made")
    parser.add_argument("--recipe", default="web_en", help="a name, or file.py:NAME")
    parser.add_argument("--times", type=int, nargs="+", default=[1, 4], help="how many copies of the sample, in turn")
    parser.add_argument("--kinds", nargs="+", default=KINDS, choices=KINDS, help="which of the sample's folders")
    parser.add_argument("--no-steps", action="store_true", help="leave out the share of each step")
    parser.add_argument("--no-cold", action="store_true", help="leave out the first run, which starts everything")
    return parser.parse_args()


def megabytes(folder: Path) -> float:
    """Raw text of a sample folder."""
    return summarize(folder).num_bytes / 1e6


def run(spark: SparkSession, recipe: Recipe, folder: Path, output: Path, name: str) -> dict[str, float]:
    """Every stage, measured and printed; stage → core-seconds per raw megabyte."""
    raw, costs = megabytes(folder), {}
    print(f"\n{name}: {raw:.1f} MB raw, {size_bytes(folder) / 1e6:.1f} MB disk; load {psutil.getloadavg()[0]:.1f}")
    heads = ("wall s", "core-s", "MB/core-s", "MB/s", "shuffle MB", "worker MB", "JVM MB", "driver MB")
    print(f"  {'stage':<14}" + "".join(f"{head:>11}" for head in heads))
    for stage in STAGES:
        shuffled = shuffle_bytes(spark)
        with measured() as cost:
            built = build(
                recipe,
                inputs=[f"sample={folder}"],
                output=str(output),
                version=None,
                stores=Stores(),
                spark=lambda: spark,
                listener=lambda _: None,
                through=stage,
            )
        costs[stage] = cost.cpu_seconds / raw
        print_stage(stage, cost, raw, shuffle_bytes(spark) - shuffled)
    costs["all"] = sum(costs.values())
    print(f"  {'all':<14}{'':>11}{costs['all'] * raw:>11.1f}{1 / costs['all']:>11.3f}")
    print_documents(built)
    return costs


def shuffle_bytes(spark: SparkSession) -> int:
    """Written by all shuffles of this session so far, compressed as they are."""
    executors = spark.sparkContext._jsc.sc().statusStore().executorList(False)  # noqa: SLF001 (no page to ask: UI off)
    return sum(executors.apply(number).totalShuffleWrite() for number in range(executors.size()))


def print_stage(stage: str, cost: Cost, raw: float, shuffled: int) -> None:
    rates = raw / cost.cpu_seconds, raw / cost.wall_seconds
    sizes = (shuffled, *(cost.peak_bytes(kind) for kind in ("worker", "jvm", "driver")))
    print(
        f"  {stage:<14}{cost.wall_seconds:>11.1f}{cost.cpu_seconds:>11.1f}"
        + "".join(f"{rate:>11.3f}" for rate in rates)
        + "".join(f"{size / 1e6:>11.1f}" for size in sizes)
    )


def print_documents(built: Built) -> None:
    clean, deduplicated, tokens = (stage.manifest for stage in built.stages)
    account = clean.accounting
    print(
        f"  documents: {account['in']:,} in, {account['kept']:,} kept, {deduplicated.accounting['kept']:,} unique "
        f"({deduplicated.accounting['duplicates']}), {tokens.totals['tokens']:,} tokens; "
        f"bytes out: {[manifest.totals['bytes'] for manifest in (clean, deduplicated, tokens)]}"
    )


def print_steps(seconds: dict[str, float], raw: float) -> None:
    whole = sum(seconds.values())
    print(f"the one pass on one pinned core, no Spark: {raw:.1f} MB in {whole:.2f} s, {raw / whole:.2f} MB/s")
    for name, part in seconds.items():
        print(f"  {name:<16}{part:>8.2f} s{part / whole:>7.1%}")


def print_growth(costs: dict[int, dict[str, float]]) -> None:
    """Cost per byte of each input over that of the smallest one: 1 is linear, less than 1 spreads fixed costs."""
    smallest = costs[min(costs)]
    for times, cost in sorted(costs.items())[1:]:
        ratios = "".join(f"  {stage} {cost[stage] / smallest[stage]:.2f}" for stage in cost)
        print(f"core-seconds per byte, {times}x over {min(costs)}x:{ratios}")


if __name__ == "__main__":
    main()
