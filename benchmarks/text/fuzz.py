"""The kernels against the plain Python that states what they compute, and against spaCy, on generated input.

    python -m benchmarks.text.fuzz --minutes 60 --seed 1

goes on with the next seed until the time is over and prints one JSON object; exit code 1 if anything differed.
`--oracle` asks the reference itself about the documents too; `--break 28:16` clears bits of a code point's class first,
to show that a wrong table is found.
"""

import argparse
import json
import math
import random
import sys
import time
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.text.documents import hostile_texts, real_texts
from benchmarks.text.parity import LENIENT, compare
from pipelines.text.minhash import MinHash
from pipelines.text.quality import FINEWEB, QualityRules, judge
from pipelines.text.scan.columns import column_of
from pipelines.text.scan.strings import text_of
from pipelines.text.words.classes import classes, english_tokenizer
from pipelines.text.words.english import English, english
from pipelines.text.words.lexicon import (
    BREAKS_SPACY,
    FIRST_NORMAL,
    FIRST_TOKEN,
    NORMAL,
    NUM_NORMAL,
    NUM_TOKENS,
    NUMBER,
)

sys.path.insert(0, str(Path(__file__).parents[2] / "tests" / "text"))
from examples import PROSE, REJECTED
from twins.minhash import normalised
from twins.minhash import signature as twin_signature
from twins.quality import judge_text
from twins.words import words as twin_words

_ASSIGNED = [chr(c) for c in range(0x21, 0x3000) if unicodedata.category(chr(c)) not in {"Cn", "Cs"}]
POOLS: tuple[list[str], ...] = (
    [chr(c) for c in range(0x21, 0x7F)],
    list("abcXYZ019.-'\",:;()/[]{}$%+*#@!?&<>=_~^`|\\"),
    list("’“”‘…—–•£€°²µ«»¿¡abcAB09.,'-$+s"),
    [chr(c) for c in range(0xA1, 0x250)],
    [chr(c) for c in range(0x370, 0x530)],
    [c for c in _ASSIGNED if not c.isspace()],
    ["km", "GB", "m/s", "US$", "C$", "°C", "5", "10", "3.14", "'s", "’s", "...", "--", "---", "——", "..", "%", "a.m."],
    [".com", "http://", "www.", "@", "x", "Word", "the", "10.0.0.1", ":80", "K", "İ", "Σ", "ſ", "٣", "،", "\x00"],
    [*"ábcéñao1.,xe", *map(chr, range(0x300, 0x370))],
    [
        "com",
        "org",
        "a",
        "b2",
        "www",
        "https://",
        "ftp://",
        ".",
        ".",
        ".",
        "@",
        "/",
        "?q=1",
        "#x",
        ":80",
        ":",
        "192.168",
    ],
    ["10", "127", "1", "255", "300", "é", "exam", "ple", "-", "_", "Foo", "co.uk", "(", ")", ",", '"', ".", "."],
    ["한", "국", "어", "가", "힣", "漢", "字", "か", "ば", "नि", "ம்", "שָׁ", "عَ", "a", "1", ".", "("],
)


def chunks(seed: int, number: int) -> list[str]:
    """Up to `number` strings without whitespace, many with parts of spaCy's special cases."""
    chance = random.Random(seed)  # noqa: S311 seeded so that a difference can be seen again
    cases = [case for case in english_tokenizer().rules if case.strip()]
    found = {one_chunk(chance, cases) for _ in range(number)}
    return sorted(chunk for chunk in found if chunk and BREAKS_SPACY not in chunk)


def one_chunk(chance: random.Random, cases: list[str]) -> str:
    """Characters of one pool, often with a special case or a word before or behind them."""
    chunk = "".join(chance.choices(chance.choice(POOLS), k=chance.choice((1, 2, 3, 4, 5, 6, 8, 12))))
    kind = chance.random()
    if kind < 0.2:
        chunk = chance.choice(cases) + chunk[:2]
    elif kind < 0.35:
        chunk = chunk[:2] + chance.choice(cases)
    elif kind < 0.5:
        chunk = chance.choice(POOLS[0]) + "".join(chance.choices("abcdeABC", k=4)) + chunk[:3]
    elif kind < 0.502:
        chunk *= 2000
    return "".join(chunk.split())


def chunk_differences(texts: list[str]) -> list[tuple[Any, ...]]:
    """Chunks whose words or normal form are not spaCy's: chunk, ours, theirs."""
    known, tokenizer = english(), english_tokenizer()
    known.table.make_room()
    scan = known.table.scan(column_of([" ".join(texts).encode()]))
    known.learn()
    differing = []
    for text, row in zip(texts, scan.chunk.tolist(), strict=True):
        ours = (words_of(known, row), normal_words(known, row))
        theirs = ([token.text for token in tokenizer(text)], twin_words(normalised(text)))
        if ours != theirs:
            differing.append((text, ours, theirs))
    return differing


def words_of(known: English, row: int) -> list[str]:
    """The words of a chunk that stands alone."""
    fact = known.lexicon.facts[row]
    tokens = known.lexicon.tokens[fact[FIRST_TOKEN] : fact[FIRST_TOKEN] + fact[NUM_TOKENS], NUMBER]
    return [text_of(known.lexicon.texts, number) for number in tokens.tolist()]


def normal_words(known: English, row: int) -> list[str]:
    """The words of a chunk's normal form."""
    fact = known.lexicon.facts[row]
    place, found = int(fact[NORMAL]), []
    for length in known.lexicon.normal_lengths[fact[FIRST_NORMAL] : fact[FIRST_NORMAL] + fact[NUM_NORMAL]].tolist():
        found.append(known.lexicon.normal[place : place + length].tobytes().decode())
        place += length + 1
    return found


def documents(seed: int, texts: list[str], number: int) -> list[str]:
    """Mutations of `texts` and of one example for each reason, and some texts of generated chunks alone."""
    chance = random.Random(seed)  # noqa: S311 as above
    examples = [text for text in REJECTED.values() if len(text) < 20_000] * 2
    generated = chunks(seed, number)
    made = [" ".join(chance.choices(generated, k=chance.choice((1, 5, 60)))) for _ in range(number // 20 + 1)]
    return (
        hostile_texts(texts + examples, number, seed) + list(REJECTED.values()) + [edged(chance) for _ in made] + made
    )


def edged(chance: random.Random) -> str:
    """Prose with one line or word many times, so that shares lie on both sides of their thresholds."""
    lines = PROSE.split("\n") * chance.choice((1, 2, 5))
    extra = chance.choice([*lines, "- x", "# # #", "and so…", "12 34", "Short.", "a b c d", "IS_ALPHA is here."])
    lines += [f"{extra}{chance.choice(('', number))}" for number in range(chance.randrange(30))]
    chance.shuffle(lines)
    return chance.choice(("\n", "\n\n", " ")).join(lines)


def document_differences(texts: list[str], rules: QualityRules) -> list[tuple[Any, ...]]:
    """Documents judged otherwise than by the twin: text, ours, theirs, as far as they differ."""
    differing = []
    for text, ours in zip(texts, judge(texts, rules).to_pylist(), strict=True):
        verdict = judge_text(text, rules)
        theirs = {"text": verdict.text, "rejected_by": verdict.rejected_by}
        theirs |= {name: None if math.isnan(value) else value for name, value in verdict.values.items()}
        names = [name for name in theirs if ours[name] != theirs[name]]
        if names:
            differing.append((text, {n: ours[n] for n in names}, {n: theirs[n] for n in names}))
    return differing


def signature_differences(texts: list[str]) -> list[tuple[Any, ...]]:
    """Documents whose signature is not the twin's."""
    differing: list[tuple[Any, ...]] = []
    for parameters in ({}, {"num_bands": 3, "rows_per_band": 2, "shingle_words": 2, "seed": 9, "hash_name": "sha1"}):
        minhash = MinHash(**parameters)
        ours, theirs = minhash.signatures(texts), np.array([twin_signature(minhash, text) for text in texts])
        differing += [
            (text, parameters) for text, same in zip(texts, (ours == theirs).all(axis=1), strict=True) if not same
        ]
    return differing


def one_round(seed: int, texts: list[str], size: int) -> dict[str, list[tuple[Any, ...]]]:
    """All comparisons with one seed, of some `size` chunks and documents."""
    hostile = documents(seed, texts, size)
    strict = replace(FINEWEB, min_line_words=seed % 5, max_line_word_length=30, stop_words=("The", "a", "is"))
    return {
        "chunks": chunk_differences(chunks(seed, 10 * size)),
        "published": document_differences(hostile, FINEWEB),
        "lenient": document_differences(hostile, LENIENT),
        "strict": document_differences(hostile, strict),
        "signatures": signature_differences(hostile),
    }


def seeds(minutes: float, first: int) -> Iterator[int]:
    """Seeds from `first` on until the time is over, at least one."""
    end = time.monotonic() + 60 * minutes
    yield first
    while time.monotonic() < end:
        first += 1
        yield first


def broken(point_and_bits: str) -> None:
    """Clear bits of a code point's affix class: `28:16`."""
    point, bits = point_and_bits.split(":")
    classes().affix[int(point, 16)] &= ~int(bits) & 0xFFFF


def main() -> int:
    """Compare until the time is over."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--minutes", type=float, default=1)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--size", type=int, default=1000, help="documents in a round; ten times as many chunks")
    parser.add_argument("--oracle", action="store_true", help="ask the reference too")
    parser.add_argument("--break", dest="break_class", help="code point and bits to clear: 28:16")
    arguments = parser.parse_args()
    if arguments.break_class:
        broken(arguments.break_class)
    texts = [text[:4000] for text in real_texts(400)]
    found: Counter[str] = Counter()
    examples: list[Any] = []
    rounds = 0
    for seed in seeds(arguments.minutes, arguments.seed):
        rounds += 1
        for name, differing in one_round(seed, texts, arguments.size).items():
            found[name] += len(differing)
            examples += [(name, seed, *difference) for difference in differing[:3]]
        if arguments.oracle:
            found["oracle"] += sum(compare(documents(seed, texts, arguments.size))["differences"].values())
    summary = {"rounds": rounds, "differences": dict(found), "examples": examples[:10]}
    print(json.dumps(summary, ensure_ascii=False, indent=1, default=str))
    return 1 if sum(found.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
