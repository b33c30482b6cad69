"""Ours against datatrove 0.10.1, document by document: reason, text, MinHash signature, language and score.

    python -m benchmarks.text.parity --real 500 --hostile 300

prints one JSON object; exit code 1 if anything differs. The reference runs in an environment of its own: that of the
interpreter that PHLOEM_ORACLE_PYTHON names, or the one that the Makefile makes in ~/.cache/phloem/oracle.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import replace
from math import inf
from operator import gt
from pathlib import Path
from typing import Any

from benchmarks.text.documents import hostile_texts, real_texts
from pipelines.text.language import identify, model_path
from pipelines.text.minhash import MinHash
from pipelines.text.quality import FINEWEB, gopher, judge, repetition

ROOT = Path(__file__).parents[2]
ORACLE = ROOT / "tests" / "text" / "oracle.py"

_GOPHER = (*repetition.RULES, *gopher.RULES)
_OFF: dict[str, Any] = {rule.threshold: inf if rule.fails is gt else 0 for rule in _GOPHER} | {
    "min_num_non_symbol_words": 1
}
LENIENT = replace(FINEWEB, **_OFF)
"""Gopher's rules off, but for a first word: most texts then reach the rules of C4 and FineWeb."""

TOO_SHORT = "gopher_short_doc"

BLOCK_DOCUMENTS = 5000
"""Documents compared at a time."""


def oracle_python() -> Path:
    """The interpreter that has the reference; its environment is made if it is missing (half a minute, 1 GB)."""
    named = os.environ.get("PHLOEM_ORACLE_PYTHON")
    if named:
        return Path(named)
    home = Path.home() / ".cache" / "phloem" / "oracle"
    if not (home / ".packages").exists():
        subprocess.run(["make", "--silent", home / ".packages"], cwd=ROOT, check=True)
    return home / "bin" / "python"


def reference(texts: list[str]) -> tuple[list[dict[str, Any]], float]:
    """The reference's answers, and the seconds they took (its start included)."""
    started = time.perf_counter()
    with tempfile.TemporaryFile("w+", encoding="utf-8") as lines:
        lines.writelines(json.dumps({"text": text}) + "\n" for text in texts)
        lines.seek(0)
        command = [oracle_python(), ORACLE, model_path()]
        done = subprocess.run(command, stdin=lines, stdout=subprocess.PIPE, check=True, env=peer_environment())
    return [json.loads(line) for line in done.stdout.splitlines()], time.perf_counter() - started


def peer_environment() -> dict[str, str]:
    """Nothing of our own environment's Python, and no look at the network."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))}
    return kept | {"HF_HUB_OFFLINE": "1", "TLDEXTRACT_PUBLIC_SUFFIX_LIST_URLS": ""}


def ours(texts: list[str]) -> tuple[list[dict[str, Any]], float]:
    """Our answers in the reference's form, and the seconds they took."""
    started = time.perf_counter()
    published, lenient = judge(texts), judge(texts, LENIENT)
    languages = identify(texts)
    minhash = MinHash()
    signatures = minhash.signatures(texts)
    columns = {
        "rejected_by": published["rejected_by"].to_pylist(),
        "text": published["text"].to_pylist(),
        "lenient_rejected_by": lenient["rejected_by"].to_pylist(),
        "lenient_text": lenient["text"].to_pylist(),
        "signature": [
            row.tolist() if has else None
            for row, has in zip(signatures, minhash.has_signature(signatures), strict=True)
        ],
        "language": languages["language"].to_pylist(),
        "language_score": languages["language_score"].to_pylist(),
    }
    seconds = time.perf_counter() - started
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)], seconds


def differences(mine: dict[str, Any], theirs: dict[str, Any]) -> list[str]:
    """Names of what differs. Where the reference raises, ours has to call the text too short."""
    expected = {n: TOO_SHORT if str(value).startswith("raised") else value for n, value in theirs.items()}
    return [name for name, value in expected.items() if mine[name] != value]


def compare(texts: list[str]) -> dict[str, Any]:
    """The summary that is printed: counts, reasons, and the first texts that differ; memory is that of one block."""
    summary: dict[str, Any] = {"documents": len(texts), "bytes": sum(len(text.encode()) for text in texts)}
    counters = {name: Counter[str]() for name in ("reasons", "lenient_reasons", "differences")}
    summary |= dict.fromkeys(("signatures", "our_seconds", "their_seconds"), 0)
    examples: list[dict[str, Any]] = []
    for first in range(0, len(texts), BLOCK_DOCUMENTS):
        block = texts[first : first + BLOCK_DOCUMENTS]
        theirs, their_seconds = reference(block)
        mine, our_seconds = ours(block)
        for row, (a, b) in enumerate(zip(mine, theirs, strict=True)):
            counters["reasons"][str(b["rejected_by"])] += 1
            counters["lenient_reasons"][str(b["lenient_rejected_by"])] += 1
            summary["signatures"] += b["signature"] is not None
            if names := differences(a, b):
                counters["differences"].update(names)
                examples.append(_example(first + row, names, a, b, block[row]))
        summary["our_seconds"] += our_seconds
        summary["their_seconds"] += their_seconds
    return (
        summary | {name: dict(counts.most_common()) for name, counts in counters.items()} | {"examples": examples[:5]}
    )


def _example(row: int, names: list[str], mine: dict[str, Any], theirs: dict[str, Any], text: str) -> dict[str, Any]:
    return {"row": row, "ours": {n: mine[n] for n in names}, "theirs": {n: theirs[n] for n in names}, "text": text}


def main() -> int:
    """Compare as many documents as asked for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--real", type=int, default=500, help="texts found on this machine")
    parser.add_argument("--hostile", type=int, default=300, help="texts made to break the rules")
    parser.add_argument("--seed", type=int, default=0, help="seed of the hostile ones")
    parser.add_argument("--more", type=Path, help="JSON list of further texts")
    arguments = parser.parse_args()
    real = real_texts(arguments.real)
    more = json.loads(arguments.more.read_text(encoding="utf-8")) if arguments.more else []
    summary = compare(real + hostile_texts(real, arguments.hostile, arguments.seed) + more)
    print(json.dumps(summary, ensure_ascii=False, indent=1))
    return 1 if summary["differences"] else 0


if __name__ == "__main__":
    sys.exit(main())
