"""Personal data: precision and recall on the labelled set, then speed beside datatrove's PIIFormatter.

    python -m benchmarks.text.personal_data [--texts 2000] [--rounds 5] [--seed 1]

Peer and ours take turns on one pinned core, on texts of this machine with a labelled text after every twentieth.
Ratios are medians over the rounds. datatrove's replacement is the next of a list, so it depends on the order of the
documents; ours depends on the value and the secret alone.
"""

import argparse
import json
import os
import secrets
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa

from benchmarks.text.documents import real_texts
from benchmarks.text.labelled.labels import handwritten, labelled_set
from benchmarks.text.labelled.scores import Found, score, table
from benchmarks.text.parity import oracle_python
from pipelines.steps import Redact
from pipelines.text.personal_data import KINDS, PersonalDataRules, find

PEER = Path(__file__).with_name("datatrove_pii.py")
ROWS_PER_BATCH = 1000
EVERY = 20
"""Real texts to one labelled."""


def main() -> None:
    given = _arguments()
    labelled = labelled_set(given.seed)
    print(f"the labelled set, seed {given.seed}\n{table(score(labelled, _spans, KINDS))}\n")
    print(f"its part written by hand\n{table(score(handwritten(), _spans, KINDS))}\n")
    _pin()
    os.environ.setdefault("PHLOEM_PSEUDONYM_KEY", secrets.token_hex())
    _compare(_mixed(real_texts(given.texts), [document.text for document in labelled]), given.rounds)


def _spans(text: str) -> list[Found]:
    return [(span.start, span.end, span.kind) for span in find(text)]


def _mixed(texts: list[str], labelled: list[str]) -> list[str]:
    """A labelled text after every twentieth."""
    mixed = []
    for number, text in enumerate(texts, 1):
        mixed.append(text)
        if number % EVERY == 0:
            mixed.append(labelled[number // EVERY % len(labelled)])
    return mixed


def _compare(texts: list[str], rounds: int) -> None:
    num_bytes = sum(len(text.encode()) for text in texts)
    ours = {
        "9 kinds masked": _columns(texts, PersonalDataRules()),
        "9 kinds masked, from and to str": lambda: _strings(texts, PersonalDataRules()),
        "9 kinds, pseudonyms": _columns(texts, PersonalDataRules(mode="pseudonym")),
        "e-mail and IPv4 masked": _columns(texts, PersonalDataRules(kinds=("EMAIL", "IPV4"))),
    }
    seconds: dict[str, list[float]] = {name: [] for name in ("peer", *ours)}
    with _peer(texts) as measure_peer:
        for number in range(rounds + 1):  # the first warms up
            found = {"peer": measure_peer()} | {name: _seconds(run) for name, run in ours.items()}
            for name in seconds if number else ():
                seconds[name].append(found[name])
    print(f"{len(texts)} texts, {num_bytes / 1e6:.1f} MB, load {os.getloadavg()[0]:.1f}")
    print(f"{'':<42} {'MB/s':>7}  ratio (least, most)")
    for name, taken in seconds.items():
        ratios = [peer / one for peer, one in zip(seconds["peer"], taken, strict=True)]
        label = "datatrove, e-mail and IPv4" if name == "peer" else f"ours, {name}"
        speed = num_bytes / 1e6 / statistics.median(taken)
        print(f"{label:<42} {speed:>7.1f}  {statistics.median(ratios):.2f} ({min(ratios):.2f}, {max(ratios):.2f})")


def _columns(texts: list[str], rules: PersonalDataRules) -> Callable[[], object]:
    """The step as the pipeline calls it, batch by batch."""
    step = Redact(rules)
    batches = pa.table({"text": texts}).to_batches(max_chunksize=ROWS_PER_BATCH)
    return lambda: [step(batch) for batch in batches]


def _strings(texts: list[str], rules: PersonalDataRules) -> object:
    """The same, with the way from Python's strings and back, which the peer does not have to go."""
    batches = pa.table({"text": texts}).to_batches(max_chunksize=ROWS_PER_BATCH)
    return [Redact(rules)(batch).column("text").to_pylist() for batch in batches]


def _seconds(run: Callable[[], object]) -> float:
    started = time.process_time()
    run()
    return time.process_time() - started


@contextmanager
def _peer(texts: list[str]) -> Iterator[Callable[[], float]]:
    """A process with the peer; each call lets it go through all texts."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "texts.json")
        path.write_text(json.dumps(texts))
        command = [oracle_python(), PEER, path]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdin is not None
            assert process.stdout is not None

            def measure() -> float:
                print(file=process.stdin, flush=True)
                assert process.stdout is not None
                return float(json.loads(process.stdout.readline())[0])

            yield measure
            process.stdin.close()


def _pin() -> None:
    """This process and those it starts on one core."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--texts", type=int, default=2000, help="texts of this machine")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seed", type=int, default=1, help="of the labelled set")
    return parser.parse_args()


if __name__ == "__main__":
    main()
