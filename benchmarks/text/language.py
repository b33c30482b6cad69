"""Languages by the fastText library and by ours, in turn, on one pinned core, all answers compared.

    python -m benchmarks.text.language [--megabytes 40] [--rounds 5]

Documents are the texts that `documents.py` finds, in batches as a worker has them. In each round the library is asked
(one call a text), then ours, three times: `unseen`, from the bytes, the table of chunks empty at first; `shared`, the
same, but another step has made the scan; `seen`, from the bytes, all chunks met before.
"""

import argparse
import os
import statistics
import time
from collections.abc import Callable
from itertools import chain, zip_longest
from typing import Any

import fasttext
import pyarrow as pa

from benchmarks.text.documents import MIN_CHARACTERS, docstrings, documentation, licences, package_descriptions
from pipelines.text.language import identify, model_path, warm
from pipelines.text.scan.walk import LOCK, chunk_table, scans

BYTES_PER_MEGABYTE = 1_000_000
BATCH_BYTES = 8 << 20

Answer = tuple[str, float]


def texts_of_this_machine(num_bytes: int) -> list[str]:
    """Distinct texts of every kind in turn, until there are so many bytes or no more."""
    found: dict[str, None] = {}
    for text in chain.from_iterable(zip_longest(documentation(), package_descriptions(), licences(), docstrings())):
        if num_bytes <= 0:
            break
        if text is not None and len(text) >= MIN_CHARACTERS and text not in found:
            found[text] = None
            num_bytes -= len(text.encode())
    return list(found)


def batches_of(texts: list[str]) -> list[list[str]]:
    """Neighbouring texts, some `BATCH_BYTES` together."""
    batches: list[list[str]] = [[]]
    size = 0
    for text in texts:
        if size > BATCH_BYTES:
            batches.append([])
            size = 0
        batches[-1].append(text)
        size += len(text.encode())
    return batches


def by_library(batches: list[list[str]], model: Any) -> tuple[list[Answer], float]:
    """The library's answers and the processor seconds that they took."""
    started = time.process_time()
    found = [model.predict(text.replace("\n", " ")) for texts in batches for text in texts]
    seconds = time.process_time() - started
    return [(labels[0].removeprefix("__label__"), scores[0]) for labels, scores in found], seconds


def by_ours(batches: list[list[str]], prepare: Callable[[pa.Array], object]) -> tuple[list[Answer], float]:
    """Our answers, and the processor seconds without those of `prepare`."""
    answers: list[Answer] = []
    seconds = 0.0
    for texts in batches:
        column = pa.array(texts, pa.large_string())
        prepare(column)
        started = time.process_time()
        table = identify(column)
        seconds += time.process_time() - started
        answers += zip(table["language"].to_pylist(), table["language_score"].to_pylist(), strict=True)
    return answers, seconds


def scan(column: pa.Array) -> None:
    """What a step before would have done."""
    with LOCK:
        for _ in scans(column):
            pass


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--megabytes", type=float, default=40)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    texts = texts_of_this_machine(int(arguments.megabytes * BYTES_PER_MEGABYTE))
    sizes = sorted(len(text.encode()) for text in texts)
    megabytes = sum(sizes) / BYTES_PER_MEGABYTE
    print(f"{len(texts)} documents, {megabytes:.1f} MB, median {sizes[len(sizes) // 2]} bytes")
    started = time.process_time()
    warm()
    model = fasttext.load_model(str(model_path()))
    _, seconds = by_library([[""] * 10_000], model)
    print(f"model and kernels ready after {time.process_time() - started - seconds:.1f} core-s; ", end="")
    print(f"a call of the library without a text: {seconds * 100:.1f} µs")
    ratios: dict[str, list[float]] = {"unseen": [], "shared": [], "seen": []}
    batches = batches_of(texts)
    for number in range(arguments.rounds):
        expected, library_seconds = by_library(batches, model)
        line = f"round {number + 1}: library {megabytes / library_seconds:.2f} MB/s"
        for name, found in ratios.items():
            if name != "seen":
                chunk_table().empty()
            answers, seconds = by_ours(batches, scan if name == "shared" else len)
            assert answers == expected, f"{name}: the answers differ"
            found.append(library_seconds / seconds)
            line += f", {name} {megabytes / seconds:.1f}"
        print(line)
    for name, found in ratios.items():
        print(f"{name}: ratio {statistics.median(found):.1f} ({min(found):.1f} to {max(found):.1f}), all scores equal")


if __name__ == "__main__":
    main()
