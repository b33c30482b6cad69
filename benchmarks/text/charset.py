"""How often undeclared bytes become the right text, the wrong one, or none: real sentences in their legacy charsets.

    python -m benchmarks.text.charset

Sentences of 28 languages come with spaCy (`spacy.lang.*.examples`). Each charset that was common for a language
is tried on single sentences and on all of the language's together. The peer is charset_normalizer, its best guess.
"""

import time
from collections import Counter
from collections.abc import Callable
from importlib import import_module

from charset_normalizer import from_bytes

from pipelines.text.charset import Undecodable, decode

LEGACY = {
    **dict.fromkeys(("de", "fr", "es", "it", "pt", "nl", "sv", "da", "fi", "nb", "ca"), ("cp1252",)),
    **dict.fromkeys(("pl", "cs", "hu", "hr", "sl"), ("cp1250", "iso8859-2")),
    **dict.fromkeys(("ru", "bg"), ("cp1251", "koi8-r", "iso8859-5")),
    "uk": ("cp1251", "koi8-u"),
    "sr": ("cp1251",),
    "el": ("cp1253", "iso8859-7"),
    "tr": ("cp1254",),
    "he": ("cp1255",),
    "ar": ("cp1256",),
    "lt": ("cp1257",),
    "ja": ("cp932", "euc_jp", "iso2022_jp"),
    "ko": ("cp949",),
    "zh": ("gb18030",),
}
"""Language → the charsets its pages were written in before UTF-8, by Python's names."""


def ours(content: bytes) -> str | None:
    """Decoded as an undeclared page is; None if it is refused."""
    try:
        return decode(content, None, html=False)
    except Undecodable:
        return None


def normalizer(content: bytes) -> str | None:
    best = from_bytes(content).best()
    return None if best is None else str(best)


def samples() -> list[tuple[str, str, str, str]]:
    """(language, charset, "sentence" or "text", what is written); only what is not ASCII and fits the charset."""
    found = []
    for language, charsets in LEGACY.items():
        sentences = import_module(f"spacy.lang.{language}.examples").sentences
        for charset in charsets:
            fitting = [one for one in sentences if one.encode(charset, "ignore").decode(charset) == one]
            texts = [("sentence", one) for one in fitting] + [("text", "\n".join(fitting))]
            found += [(language, charset, kind, text) for kind, text in texts if not text.isascii()]
    return found


def measure(guess: Callable[[bytes], str | None]) -> tuple[dict[tuple[str, str], Counter[str]], float]:
    """(charset, kind) → how many were right, wrong and refused; and the processor seconds."""
    counts: dict[tuple[str, str], Counter[str]] = {}
    given = samples()
    started = time.process_time()
    for _, charset, kind, text in given:
        got = guess(text.encode(charset))
        verdict = "refused" if got is None else "right" if got == text else "wrong"
        counts.setdefault((kind, charset), Counter())[verdict] += 1
    return counts, time.process_time() - started


def main() -> None:
    results = {"ours": measure(ours), "charset_normalizer": measure(normalizer)}
    print(f"{'':22}" + "".join(f"{name:>34}" for name in results))
    for key in sorted(results["ours"][0]):
        cells = [found[key] for found, _ in results.values()]
        print(f"{' '.join(key):22}" + "".join(f"{shown(cell):>34}" for cell in cells))
    for kind in ("sentence", "text"):
        sums = [sum((found[key] for key in found if key[0] == kind), Counter()) for found, _ in results.values()]
        print(f"{kind + ', all':22}" + "".join(f"{shown(cell):>34}" for cell in sums))
    print(f"{'processor seconds':22}" + "".join(f"{seconds:>34.2f}" for _, seconds in results.values()))


def shown(counts: Counter[str]) -> str:
    return ", ".join(f"{counts[verdict]} {verdict}" for verdict in ("right", "wrong", "refused"))


if __name__ == "__main__":
    main()
