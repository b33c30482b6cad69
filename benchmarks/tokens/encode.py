"""Arrow in, Arrow out: how fast are ids made, by us and by `tokenizers`, on the same unseen documents in one run?

    python benchmarks/tokens/encode.py [--tokenizer tokenizer.json] [--megabytes 90] [--rounds 8] [FILE …]

Without files the documents are this machine's own (`documents.py`); without a tokenizer one of 32,768 ids is trained on
documents that are not encoded. One process on one core, both engines with one thread. Engines live through the run as
they do in a worker, and in every round each encodes, in turn, documents that it has not met, 1,000 at a time; the order
changes from round to round. The ids of every document are compared. Megabytes are 10^6 UTF-8 bytes of text, seconds are
the process's; the peer is called as its users do: `encode_batch`, then its lists of ids as an Arrow array.
"""

import argparse
import os
import statistics
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import tokenizers

from benchmarks.tokens.documents import real_documents
from pipelines.tokens import Tokenizer, open_tokenizer
from pipelines.tokens.encoders import THREADS
from pipelines.tokens.texts import batches_of
from pipelines.tokens.train import TokenizerTraining, train

DOCUMENTS_PER_BATCH = 1000  # the batch of `datasets.map`, as which most users of `tokenizers` encode
TRAINED_IDS = 32_768
TRAINED_OF = 10  # one in so many documents is trained on, and encoded by nobody

Seconds = dict[str, float]


def main() -> None:
    """Gather, train, measure, print."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("files", nargs="*", type=Path)
    arguments.add_argument("--tokenizer")
    arguments.add_argument("--end-of-text", default="<|endoftext|>")
    arguments.add_argument("--megabytes", type=int, default=90)
    arguments.add_argument("--rounds", type=int, default=8)
    given = arguments.parse_args()
    _use_one_core()
    if given.files:
        texts = [path.read_text(encoding="utf-8", errors="replace") for path in given.files]
    else:
        texts, sizes = real_documents(int(given.megabytes * 1e6))
        print("MB of kinds, those trained on among them:", {name: round(size / 1e6, 1) for name, size in sizes.items()})
    if given.tokenizer:
        tokenizer = open_tokenizer(given.tokenizer, end_of_text=given.end_of_text)
    else:
        num_training = max(1, len(texts) // TRAINED_OF)
        tokenizer = Tokenizer.from_json(train(texts[:num_training], TokenizerTraining(vocabulary_size=TRAINED_IDS)))
        texts = texts[num_training:]
    compare(tokenizer, texts, given.rounds)


def _use_one_core() -> None:
    """One core of those there are, one thread an engine: they read these variables at first use."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    os.environ |= dict.fromkeys(THREADS, "1")


def compare(tokenizer: Tokenizer, texts: list[str], num_rounds: int) -> None:
    """Encode a part of `texts` each round with every engine in turn; print medians and ranges over the rounds."""
    peer = tokenizers.Tokenizer.from_str(tokenizer.json_text)
    peer.encode_special_tokens = True
    tokenizer.encode([""])
    megabytes, num_ids = [], 0
    seconds: defaultdict[str, list[float]] = defaultdict(list)
    for num_round in range(num_rounds):
        unseen = texts[num_round::num_rounds]
        part = [pa.array(unseen[i : i + DOCUMENTS_PER_BATCH]) for i in range(0, len(unseen), DOCUMENTS_PER_BATCH)]
        megabytes.append(sum(pc.sum(pc.binary_length(batch)).as_py() for batch in part) / 1e6)
        rows, round_seconds = _encode_in_turn(tokenizer, peer, part, num_round)
        num_ids += sum(len(row.values) for row in rows)
        for name, taken in round_seconds.items():
            seconds[name].append(taken)
    described = f"{tokenizer.name}, {tokenizer.vocabulary_size} ids, {tokenizer.engine}"
    print(f"{len(texts)} documents, {sum(megabytes):.1f} MB, {num_ids} ids, all equal; {described}")
    for name, taken in sorted(seconds.items()):
        speed = statistics.median(size / second for size, second in zip(megabytes, taken, strict=True))
        ratios = sorted(second / ours for second, ours in zip(taken, seconds["ours, Arrow to Arrow"], strict=True))
        spread = f"{statistics.median(ratios):6.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f})"
        first = taken[0] / seconds["ours, Arrow to Arrow"][0]
        print(f"{name:40}{speed:9.2f} MB/s, seconds over ours {spread}, first round {first:.2f}")


def _encode_in_turn(
    tokenizer: Tokenizer, peer: tokenizers.Tokenizer, part: list[pa.Array], num_round: int
) -> tuple[list[pa.ListArray], Seconds]:
    """The ids of the part, equal by all engines, and the seconds of each."""
    encoders: list[Callable[[], tuple[list[pa.ListArray], Seconds]]] = [
        lambda: _ours(tokenizer, part),
        lambda: _peers(peer, part),
        lambda: _peers_fast(peer, part),
    ]
    found: list[list[pa.ListArray]] = []
    seconds: Seconds = {}
    for i in range(len(encoders)):
        rows, taken = encoders[(i + num_round) % len(encoders)]()
        found.append(rows)
        seconds |= taken
    for rows in found[1:]:
        assert all(map(pa.ListArray.equals, rows, found[0])), f"{tokenizer.engine} differs from tokenizers"
    begin = time.process_time()
    for batch in part:
        list(batches_of(batch))
    seconds["ours, of it strings out of Arrow"] = time.process_time() - begin
    return found[0], seconds


def _ours(tokenizer: Tokenizer, part: list[pa.Array]) -> tuple[list[pa.ListArray], Seconds]:
    begin = time.process_time()
    rows = [tokenizer.encode(batch) for batch in part]
    return rows, {"ours, Arrow to Arrow": time.process_time() - begin}


def _peers(peer: tokenizers.Tokenizer, part: list[pa.Array]) -> tuple[list[pa.ListArray], Seconds]:
    rows, alone = [], 0.0
    begin = time.process_time()
    for batch in part:
        texts, before = batch.to_pylist(), time.process_time()
        encodings = peer.encode_batch(texts, add_special_tokens=False)
        alone += time.process_time() - before
        rows.append(pa.array([encoding.ids for encoding in encodings], pa.list_(pa.uint32())))
    whole = time.process_time() - begin
    return rows, {"tokenizers, Arrow to Arrow": whole, "tokenizers, encode_batch alone": alone}


def _peers_fast(peer: tokenizers.Tokenizer, part: list[pa.Array]) -> tuple[list[pa.ListArray], Seconds]:
    rows, alone = [], 0.0
    for batch in part:
        texts, before = batch.to_pylist(), time.process_time()
        encodings = peer.encode_batch_fast(texts, add_special_tokens=False)
        alone += time.process_time() - before
        rows.append(pa.array([encoding.ids for encoding in encodings], pa.list_(pa.uint32())))
    return rows, {"tokenizers, encode_batch_fast alone": alone}


if __name__ == "__main__":
    main()
