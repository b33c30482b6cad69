"""The four filters and MinHash against datatrove 0.10.1 on one core: processor time, block by block in turn.

    python -m benchmarks.text.filters --megabytes 75 --peer-share 0.1 [--kept]

The texts are documents of this machine that neither side has seen. Ours reads every block; the reference, which is
slow, reads some of them, and on these every verdict, text and signature is compared. Ratios are of these blocks. The
reference stops at a text's first failing rule, ours measures all values: --kept compares where both do the same work.
"""

import argparse
import json
import math
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa

from benchmarks.text.documents import KINDS, whole_texts
from benchmarks.text.parity import TOO_SHORT, oracle_python, peer_environment
from pipelines.text.minhash import MinHash
from pipelines.text.quality import judge
from pipelines.text.scan.walk import chunk_table, scans
from pipelines.text.warm import warm
from pipelines.text.words.english import english

MINHASH = MinHash()
PEER = Path(__file__).with_name("filters_peer.py")
BLOCK_BYTES = 1_000_000


def blocks(texts: list[str]) -> Iterator[list[str]]:
    """Neighbouring texts of some `BLOCK_BYTES` together."""
    block: list[str] = []
    num_bytes = 0
    for text in texts:
        block.append(text)
        num_bytes += len(text.encode())
        if num_bytes >= BLOCK_BYTES:
            yield block
            block, num_bytes = [], 0
    if block:
        yield block


def ours(block: list[str]) -> dict[str, Any]:
    """What `filters_peer` answers, by ours."""
    texts, minhash = pa.array(block, pa.large_string()), MINHASH
    started = time.process_time()
    judged = judge(texts)
    filtered = time.process_time()
    kept = judged.filter(judged["rejected_by"].is_null())["text"].combine_chunks().cast(pa.large_string())
    scanning = time.process_time()
    for _ in scans(kept):  # remembered, so that MinHash is measured alone behind it
        english().learn()
    scanned = time.process_time()
    signatures = minhash.signatures(kept)
    signed = time.process_time()
    rows = zip(signatures.tolist(), minhash.has_signature(signatures).tolist(), strict=True)
    return {
        "verdicts": [list(row) for row in zip(*(judged[n].to_pylist() for n in ("rejected_by", "text")), strict=True)],
        "signatures": [row if has else None for row, has in rows],
        "filter_seconds": filtered - started,
        "scan_seconds": scanned - scanning,
        "minhash_seconds": signed - scanned,
        "bytes": sum(len(text.encode()) for text in block),
        "kept_bytes": kept.nbytes,
    }


def kept_unchanged_memory(texts: list[str]) -> list[str]:
    """Those that are kept; afterwards nothing is remembered of any."""
    reasons = judge(pa.array(texts, pa.large_string()))["rejected_by"].to_pylist()
    chunk_table().empty()
    return [text for text, reason in zip(texts, reasons, strict=True) if reason is None]


def check(mine: dict[str, Any], theirs: dict[str, Any]) -> None:
    """Every verdict and signature is the reference's; where it raises, ours calls the text too short."""
    expected = [
        [TOO_SHORT if str(reason).startswith("raised") else reason, text] for reason, text in theirs["verdicts"]
    ]
    assert mine["verdicts"] == expected
    assert mine["signatures"] == theirs["signatures"]


def rates(measured: list[dict[str, Any]]) -> dict[str, float]:
    """MB per second of processor time: filters, MinHash alone on what they keep, and both."""
    total = {
        name: sum(block.get(name, 0) for block in measured)
        for name in (*measured[0], "scan_seconds")
        if name not in {"verdicts", "signatures"}
    }
    together = total["filter_seconds"] + total["scan_seconds"] + total["minhash_seconds"]
    return {
        "filters": total["bytes"] / total["filter_seconds"] / 1e6,
        "MinHash": total["kept_bytes"] / max(total["minhash_seconds"], 1e-9) / 1e6,
        "both": total["bytes"] / together / 1e6,
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--megabytes", type=float, default=75)
    parser.add_argument("--peer-share", type=float, default=0.1, help="of the blocks, that the reference reads too")
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=list(KINDS))
    parser.add_argument(
        "--kept", action="store_true", help="only texts that all rules keep: the reference asks every one"
    )
    arguments = parser.parse_args()
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    texts = whole_texts(int(arguments.megabytes * 1e6), arguments.kinds)
    every = max(round(1 / arguments.peer_share), 1)
    warm()
    if arguments.kept:
        texts = kept_unchanged_memory(texts)
    command = [oracle_python(), PEER]
    peer = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=peer_environment())
    assert peer.stdin
    assert peer.stdout
    all_ours: list[dict[str, Any]] = []
    common: list[tuple[dict[str, Any], dict[str, Any]]] = []
    for number, block in enumerate(blocks(texts)):
        theirs = None
        if number % every == 0:
            peer.stdin.write(json.dumps(block) + "\n")
            peer.stdin.flush()
            theirs = json.loads(peer.stdout.readline())
        mine = ours(block)
        all_ours.append(mine)
        if theirs:
            check(mine, theirs)
            common.append((mine, theirs | {name: mine[name] for name in ("bytes", "kept_bytes")}))
    peer.stdin.close()
    peer.wait()
    report(all_ours, common)


def report(all_ours: list[dict[str, Any]], common: list[tuple[dict[str, Any], dict[str, Any]]]) -> None:
    """Print the rates of both, their ratios, and ours on everything."""
    mine, theirs = rates([ours for ours, _ in common]), rates([theirs for _, theirs in common])
    everything = rates(all_ours)
    num_bytes, num_common = (sum(block["bytes"] for block in part) for part in (all_ours, [ours for ours, _ in common]))
    documents = sum(len(block["verdicts"]) for block in all_ours)
    print(f"{num_bytes / 1e6:.1f} MB, {documents} documents; both read {num_common / 1e6:.1f} MB, no verdict differs")
    print(f"{'MB/s':10}{'datatrove':>12}{'ours':>10}{'ratio':>10}{'ours, all':>12}")
    for name, rate in mine.items():
        ratio = rate / (theirs[name] or math.nan)
        print(f"{name:10}{theirs[name]:12.3f}{rate:10.1f}{ratio:9.1f}x{everything[name]:12.1f}")
    print(f"generations of the chunk table: {chunk_table().generation + 1}; load average {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    sys.exit(main())
