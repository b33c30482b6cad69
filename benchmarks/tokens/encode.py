"""Arrow in, Arrow out: how fast are ids made, by the fast engine and by `tokenizers`, on the same texts in one run?

    python benchmarks/tokens/encode.py [--tokenizer tokenizer.json] [--megabytes 16] [--rounds 5] [FILE …]

Without files the texts are Python's own sources; without a tokenizer one is trained on them. Every round opens both
engines anew and runs each once, in turn: a busy machine slows both, and neither meets a document that it remembers.
Before anything is timed, all ids are compared: this is also the check of a tokenizer of a new kind on its own corpus.
Megabytes are 10^6 UTF-8 bytes of text; threads are RAYON_NUM_THREADS.
"""

import argparse
import os
import statistics
import sysconfig
import time
from dataclasses import replace
from pathlib import Path

import pyarrow as pa

from pipelines.tokens import Tokenizer, open_tokenizer
from pipelines.tokens.train import TokenizerTraining, train

DOCUMENT_CHARACTERS = 4000  # about a web page's text


def documents(paths: list[Path], num_bytes: int) -> list[str]:
    """Texts of the files in pieces of a page, until there are `num_bytes` of them."""
    pieces: list[str] = []
    for path in paths:
        text = path.read_text(encoding="utf-8", errors="replace")
        for at in range(0, len(text), DOCUMENT_CHARACTERS):
            piece = text[at : at + DOCUMENT_CHARACTERS]
            pieces.append(piece)
            num_bytes -= len(piece.encode())
        if num_bytes <= 0:
            break
    return pieces


def seconds_of_first(tokenizer: Tokenizer, texts: pa.Array, num_round: int) -> float:
    """Time of encoding `texts` with an engine that has seen none of them: another hash is another cached engine."""
    unused = replace(tokenizer, hash=f"round {num_round}")
    unused.encode([""])
    begin = time.perf_counter()
    unused.encode(texts)
    return time.perf_counter() - begin


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("files", nargs="*", type=Path)
    arguments.add_argument("--tokenizer")
    arguments.add_argument("--megabytes", type=int, default=16)
    arguments.add_argument("--rounds", type=int, default=5)
    given = arguments.parse_args()
    files = given.files or sorted(Path(sysconfig.get_paths()["stdlib"]).rglob("*.py"))
    texts = documents(files, given.megabytes * 10**6)
    if given.tokenizer:
        tokenizer = open_tokenizer(given.tokenizer)
    else:
        tokenizer = Tokenizer.from_json(train(texts, TokenizerTraining(sample_bytes=8_000_000)))
    compare(tokenizer, pa.array(texts), given.rounds)


def compare(tokenizer: Tokenizer, texts: pa.Array, num_rounds: int) -> None:
    """Check that ids are equal, then time both engines in turn and print medians and the ratio's range."""
    reference = replace(tokenizer, engine="tokenizers")
    ids = tokenizer.encode(texts)
    assert ids.equals(reference.encode(texts)), f"{tokenizer.engine} differs from tokenizers on these texts"
    megabytes = pa.compute.sum(pa.compute.binary_length(texts)).as_py() / 1e6
    threads = os.environ.get("RAYON_NUM_THREADS", f"all of {os.cpu_count()}")
    print(f"{len(texts)} documents, {megabytes:.1f} MB, {len(ids.values)} ids, all equal; threads: {threads}")
    rounds = [[seconds_of_first(each, texts, i) for each in (tokenizer, reference)] for i in range(num_rounds)]
    for name, times in zip((tokenizer.engine, "tokenizers"), zip(*rounds, strict=True), strict=True):
        print(f"{name:12}{megabytes / statistics.median(times):8.1f} MB/s")
    ratios = sorted(slow / fast for fast, slow in rounds)
    print(f"ratio       {statistics.median(ratios):8.1f} (of {num_rounds} rounds: {ratios[0]:.1f} to {ratios[-1]:.1f})")


if __name__ == "__main__":
    main()
