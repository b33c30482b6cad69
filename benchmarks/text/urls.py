"""Our URL filter against datatrove 0.10.1's: the same decisions and reasons, and how much faster.

    python -m benchmarks.text.urls [--urls 20000] [--rounds 7] [--lists FOLDER …]

Both get the same lists: `url_examples.LISTS`, or with --lists those in the folders, of the datatrove wheel say
(`datatrove/assets` and its unpacked archive), which the reference then takes out of the wheel itself. Rounds alternate.
"""

import argparse
import json
import statistics
import subprocess
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow as pa

from benchmarks.text.parity import ROOT, oracle_python, peer_environment
from benchmarks.text.url_examples import LISTS, made_urls, real_urls
from pipelines.steps.url_filter import UrlFilter, _lists_of
from pipelines.text.urls import judge_urls

ORACLE = ROOT / "tests" / "text" / "url_oracle.py"


class Reference:
    """The reference, started once."""

    def __init__(self, lists: Any) -> None:
        self.process = subprocess.Popen(
            [oracle_python(), ORACLE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=peer_environment()
        )
        self._say(lists)

    def __call__(self, urls: list[str]) -> tuple[list[str | None], float]:
        """Reasons and processor seconds."""
        self._say(urls)
        assert self.process.stdout
        answer = json.loads(self.process.stdout.readline())
        return answer["reasons"], answer["seconds"]

    def close(self) -> None:
        """End it."""
        assert self.process.stdin
        self.process.stdin.close()
        self.process.wait()

    def _say(self, value: Any) -> None:
        assert self.process.stdin
        self.process.stdin.write(json.dumps(value) + "\n")
        self.process.stdin.flush()


def compare(urls: list[str], step: UrlFilter, lists: Any, rounds: int) -> dict[str, Any]:
    """URLs judged otherwise, reasons found, and how long both took in turns."""
    reference, ours = Reference(lists), _lists_of(step)
    batches = [pa.array(urls[start : start + 1000], pa.string()) for start in range(0, len(urls), 1000)]
    seconds: list[float] = []
    ratios: list[float] = []
    for _ in range(rounds):
        theirs, their_seconds = reference(urls)
        started = time.process_time()
        judged = pa.chunked_array([judge_urls(batch, ours)["rejected_by"].combine_chunks() for batch in batches])
        seconds.append(time.process_time() - started)
        ratios.append(their_seconds / seconds[-1])
    reference.close()
    differences = [(url, a, b) for url, a, b in zip(urls, judged.to_pylist(), theirs, strict=True) if a != b]
    return {
        "urls": len(urls),
        "differences": differences,
        "reasons": dict(Counter(map(str, theirs))),
        "microseconds_per_url": statistics.median(seconds) / len(urls) * 1e6,
        "ratio": statistics.median(ratios),
        "ratios": [min(ratios), max(ratios)],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--urls", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--lists", nargs="+", default=())
    arguments = parser.parse_args()
    urls = real_urls(arguments.urls // 2)
    urls += made_urls(arguments.urls - len(urls), seed=0)
    if arguments.lists:
        step, lists = UrlFilter(lists=tuple(arguments.lists)), None
        urls += [f"http://{line}" for place in arguments.lists for line in listed_urls(Path(place))]
    else:
        step, lists = UrlFilter(lists=(), **LISTS), LISTS
    found = compare(urls, step, lists, arguments.rounds)
    print(json.dumps(found, ensure_ascii=False, indent=1))
    raise SystemExit(bool(found["differences"]))


def listed_urls(folder: Path) -> list[str]:
    """Every fourth of the banned URLs and some of the domains, as a crawler would name them."""
    found = [(folder / "urls", 4), (folder / "domains", 4000)]
    return [line for path, each in found if path.is_file() for line in path.read_text().splitlines()[::each]]


if __name__ == "__main__":
    main()
