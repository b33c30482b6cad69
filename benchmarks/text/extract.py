"""Throughput of the two extractors and of the markup scan before them, on real pages.

    python benchmarks/text/extract.py [FOLDER [NUM_PAGES]]

FOLDER defaults to the Python documentation of Debian's python3.11-doc. One process, one core, every page once.
"""

import sys
import time
from collections.abc import Callable
from pathlib import Path

from pipelines.text.extract import HtmlTooLarge, check, resiliparse_text, trafilatura_text

DEFAULT_FOLDER = Path("/usr/share/doc/python3.11-doc/html")
BYTES_PER_MEGABYTE = 1_000_000


def read_pages(folder: Path, num_pages: int) -> list[str]:
    """Every k-th page of the folder in the order of names, so that small and large ones are among them."""
    paths = sorted(folder.resolve().rglob("*.html"))
    if not paths:
        raise SystemExit(f"{folder} holds no *.html; install python3.11-doc or name another folder")
    return [path.read_text(encoding="utf-8", errors="replace") for path in paths[:: max(1, len(paths) // num_pages)]]


def measure(name: str, extract: Callable[[str], str | None], pages: list[str]) -> None:
    """Print processor seconds, megabytes of HTML per second, and the share of the markup that came out as text."""
    extract(pages[0])  # imports and caches
    num_html_bytes = num_text_bytes = num_refused = 0
    started = time.process_time()
    for page in pages:
        num_html_bytes += len(page.encode())
        try:
            num_text_bytes += len((extract(page) or "").encode())
        except HtmlTooLarge:
            num_refused += 1
    seconds = time.process_time() - started
    speed = num_html_bytes / BYTES_PER_MEGABYTE / seconds
    print(
        f"{name:<12} {len(pages):>5} pages {num_html_bytes / BYTES_PER_MEGABYTE:>7.1f} MB {seconds:>7.2f} s "
        f"{speed:>7.1f} MB/s  text {num_text_bytes / num_html_bytes:>4.0%}  refused {num_refused}"
    )


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT_FOLDER
    pages = read_pages(folder, int(sys.argv[2]) if len(sys.argv) > 2 else 100)
    measure("scan", check, pages)
    measure("resiliparse", resiliparse_text, pages)
    measure("trafilatura", trafilatura_text, pages)


if __name__ == "__main__":
    main()
