"""Throughput of the two extractors, of the markup scan before them and of mending the markup, on real pages.

    python benchmarks/text/extract.py [FOLDER [NUM_PAGES [ROUNDS]]]

FOLDER defaults to the Python documentation of Debian's python3.11-doc. One process, one core; every page once a round,
in turns, so that ratios hold on a busy machine; the quickest round of each counts. "plain" is resiliparse with the
same settings and nothing mended.
"""

import sys
import time
from collections.abc import Callable
from pathlib import Path

from resiliparse.extract.html2text import extract_plain_text

from pipelines.text.extract import HtmlTooLarge, check, resiliparse_text, trafilatura_text

DEFAULT_FOLDER = Path("/usr/share/doc/python3.11-doc/html")
BYTES_PER_MEGABYTE = 1_000_000


def read_pages(folder: Path, num_pages: int) -> list[str]:
    """Every k-th page of the folder in the order of names, so that small and large ones are among them."""
    paths = sorted(folder.resolve().rglob("*.html"))
    if not paths:
        raise SystemExit(f"{folder} holds no *.html; install python3.11-doc or name another folder")
    return [path.read_text(encoding="utf-8", errors="replace") for path in paths[:: max(1, len(paths) // num_pages)]]


def plain(html: str) -> str:
    """What `resiliparse_text` was before it mended markup."""
    check(html)
    text: str = extract_plain_text(html, main_content=True, preserve_formatting=True, alt_texts=False)
    return text


def measure(extract: Callable[[str], str | None], pages: list[str]) -> tuple[float, int, int]:
    """Processor seconds, bytes of text, pages refused."""
    num_text_bytes = num_refused = 0
    started = time.process_time()
    for page in pages:
        try:
            num_text_bytes += len((extract(page) or "").encode())
        except HtmlTooLarge:
            num_refused += 1
    return time.process_time() - started, num_text_bytes, num_refused


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT_FOLDER
    pages = read_pages(folder, int(sys.argv[2]) if len(sys.argv) > 2 else 100)
    num_rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 3
    ways = {"scan": check, "plain": plain, "resiliparse": resiliparse_text, "trafilatura": trafilatura_text}
    for extract in ways.values():
        extract(pages[0])  # imports and caches
    rounds = [{name: measure(extract, pages) for name, extract in ways.items()} for _ in range(num_rounds)]
    num_bytes = sum(len(page.encode()) for page in pages)
    print(f"{len(pages)} pages, {num_bytes / BYTES_PER_MEGABYTE:.1f} MB, {num_rounds} rounds")
    for name in ways:
        seconds, num_text_bytes, num_refused = min(found[name] for found in rounds)
        ratios = sorted(found["trafilatura"][0] / found[name][0] for found in rounds)
        print(
            f"{name:<12} {seconds:>7.2f} s {num_bytes / BYTES_PER_MEGABYTE / seconds:>7.1f} MB/s  "
            f"text {num_text_bytes / num_bytes:>4.0%}  refused {num_refused}  "
            f"trafilatura over it {ratios[len(ratios) // 2]:.1f} ({ratios[0]:.1f} to {ratios[-1]:.1f})"
        )


if __name__ == "__main__":
    main()
