"""`web_en` whole on Spark's local[2] beside datatrove's pipeline, WARC to token ids: MB of HTML per core-second.

    phloem sample build/sample
    python -m benchmarks.end_to_end.beside_datatrove [--times 16] [--peer-times 2] [--rounds 3] [--tokenizer FILE]

The peer runs its own published stages (`peer_pipeline`) with its own extractor, trafilatura, and with ours,
resiliparse, in two processes. All take turns. Both sides pay for their start, ours the JVM's too. The inputs are copies
of the sample's pages with their words in another order (`scaled`); the peer gets fewer copies, for its cost is linear.
All use one tokenizer, that of FILE or of a first run, not counted.
"""

import argparse
import json
import sys
import tempfile
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import psutil

from benchmarks.end_to_end.processes import Cost, command_cost
from benchmarks.end_to_end.run import MASTER, megabytes
from benchmarks.end_to_end.scaled import scaled
from benchmarks.text.parity import oracle_python
from pipelines.catalog import open_dataset
from pipelines.storage import Stores
from pipelines.text.language import model_path

PEER = Path(__file__).with_name("peer_pipeline.py")
RECIPE = """
from dataclasses import replace

from pipelines.recipes.web_en import RECIPE as WEB_EN

RECIPE = replace(WEB_EN, tokens=replace(WEB_EN.tokens, tokenizer={tokenizer!r}))
"""
PEERS = ("trafilatura", "resiliparse")


@dataclass(frozen=True)
class Run:
    """What one run of one side cost, and what it made."""

    cost: Cost
    megabytes: float
    counts: dict[str, int]

    @property
    def rate(self) -> float:
        """MB of HTML per core-second."""
        return self.megabytes / self.cost.cpu_seconds


def main() -> None:
    given = arguments()
    runs: dict[str, list[Run]] = defaultdict(list)
    with tempfile.TemporaryDirectory() as work:
        small = scaled(given.sample, Path(work, "small"), given.peer_times, ("web",))
        large = scaled(given.sample, Path(work, "large"), given.times, ("web",))
        tokenizer = given.tokenizer or trained_tokenizer(small, Path(work, "first"))
        recipe = with_tokenizer(Path(work), tokenizer)
        for number in range(given.rounds):
            for extractor in given.peers:
                output = Path(work, f"{extractor}-{number}")
                runs[extractor].append(peer(small, output, extractor, tokenizer))
                print_run(extractor, runs[extractor][-1])
            runs["ours"].append(ours(recipe, large, Path(work, f"ours-{number}")))
            print_run("ours", runs["ours"][-1])
    for extractor in given.peers:
        ratios = [ours.rate / peer.rate for ours, peer in zip(runs["ours"], runs[extractor], strict=True)]
        print(f"ratio to datatrove with {extractor}: {median(ratios):.1f} ({min(ratios):.1f} to {max(ratios):.1f})")


def arguments() -> Any:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sample", type=Path, default=Path("build/sample"), help="what `phloem sample` has made")
    parser.add_argument("--times", type=int, default=16, help="copies of the sample's pages for us")
    parser.add_argument("--peer-times", type=int, default=2, help="copies for the peer")
    parser.add_argument("--rounds", type=int, default=3, help="turns of each side")
    parser.add_argument("--peers", nargs="+", default=PEERS, choices=PEERS, help="the peer's extractors")
    parser.add_argument("--tokenizer", type=Path, help="a tokenizer.json; without it a first run trains one")
    return parser.parse_args()


def trained_tokenizer(folder: Path, output: Path) -> Path:
    """That of a run of `web_en`."""
    ours("web_en", folder, output)
    return output / "web_en" / "tokens" / "v1" / "tokenizer.json"


def with_tokenizer(folder: Path, tokenizer: Path) -> str:
    """`web_en` with a tokenizer that is there, as the peer has; its name for the command line."""
    recipe = folder / "with_tokenizer.py"
    recipe.write_text(RECIPE.format(tokenizer=str(tokenizer)))
    return f"{recipe}:RECIPE"


def ours(recipe: str, folder: Path, output: Path) -> Run:
    """`phloem run`, as a user starts it."""
    words = ["run", recipe, "--input", f"pages={folder}", "--output", output, "--quiet"]
    command = [sys.executable, "-m", "jobs.main", *words]
    cost, _ = command_cost([*command, "--site", local_site(output.parent)])
    stores = Stores()
    clean, deduplicated, tokens = (
        open_dataset(f"{output}/web_en/{stage}/v1", stores).manifest for stage in ("clean", "deduplicated", "tokens")
    )
    counts = {
        "documents": clean.accounting["in"],
        "kept": deduplicated.accounting["kept"],
        "tokens": tokens.totals["tokens"],
    }
    return Run(cost, megabytes(folder), counts)


def local_site(folder: Path) -> Path:
    """Two cores, as the peer has two processes."""
    site = folder / "site.toml"
    site.write_text(f'[spark]\nmaster = "{MASTER}"\n')
    return site


def peer(folder: Path, output: Path, extractor: str, tokenizer: Path) -> Run:
    """The peer's pipeline in its own environment."""
    command = [oracle_python(), PEER, folder / "web", output, "--extractor", extractor]
    cost, printed = command_cost([*command, "--model", model_path(), "--tokenizer", tokenizer])
    return Run(cost, megabytes(folder), json.loads(printed.splitlines()[-1]))


def print_run(name: str, run: Run) -> None:
    counted = ", ".join(f"{count:,} {what}" for what, count in run.counts.items())
    cost = f"{run.cost.cpu_seconds:.1f} core-s, {run.cost.wall_seconds:.1f} s"
    worker = f", worker {run.cost.peak_bytes('worker') >> 20} MiB" if run.cost.peak_bytes("worker") else ""
    load = psutil.getloadavg()[0]
    print(f"{name:<12}{run.rate:7.3f} MB/core-s  ({run.megabytes:.1f} MB, {cost}{worker}; {counted}; load {load:.1f})")


if __name__ == "__main__":
    main()
