"""A folder with every kind of bad input at once, good documents among it, and what must become of each.

What is expected is written down by whoever writes the file: (source, record) → reason, and the good texts.
"""

import gzip
import io
import json
import random
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

WORDS = re.findall(
    r"\w+",
    "river bank water stone light morning garden letter window paper answer question market travel winter summer "
    "engine bridge signal number picture story village harbour teacher student machine record history science",
)
BOMB_BYTES = 320 << 20
LARGEST_DOCUMENT_BYTES = 32 << 20
ACCENTS = "Çà et là, l’été fut très doux près de la forêt — où naît l’âme."
"""French of windows-1252, whose bytes are no UTF-8."""


def good_text(seed: int) -> str:
    """A paragraph of its own for every seed."""
    chooser = random.Random(seed)
    sentences = (" ".join(chooser.choices(WORDS, k=11)).capitalize() + "." for _ in range(12))
    return " ".join(sentences)


@dataclass
class BadInput:
    """The folder as it is written, and what a run has to say of it."""

    folder: Path
    expected: dict[tuple[str, int], str] = field(default_factory=dict)
    """(source, record) → reason."""
    good: list[str] = field(default_factory=list)
    """Texts that must be kept, in `clean`."""
    num_copies: int = 0
    """Good texts that are there a second time."""

    def new_good(self) -> str:
        """A text that must be kept."""
        self.good.append(good_text(len(self.good)))
        return self.good[-1]

    def write(self, name: str, data: bytes, bad: dict[int, str] | None = None) -> Path:
        """A file, and the records in it that must be quarantined: position → reason."""
        path = self.folder / name
        path.write_bytes(data)
        self.expected |= {(f"{self.folder.name}/{name}", record): reason for record, reason in (bad or {}).items()}
        return path

    def write_lines(self, name: str, lines: Iterable[tuple[bytes, str | None]]) -> Path:
        """A JSONL file of (line, reason that it is bad)."""
        data, bad = b"", {}
        for line, reason in lines:
            if reason:
                bad[len(data)] = reason
            data += line + b"\n"
        return self.write(name, data, bad)

    def line(self) -> bytes:
        """A good JSON line."""
        return json.dumps({"text": self.new_good()}).encode()

    def page(self) -> bytes:
        """A good page."""
        return f"<html><body><article><p>{self.new_good()}</p></article></body></html>".encode()


def every_bad_input(folder: Path) -> BadInput:
    """The whole list, in files called after what is wrong with them."""
    folder.mkdir()
    bad = BadInput(folder)
    _write_lines(bad)
    _write_warcs(bad)
    _write_charsets(bad)
    _write_bombs(bad)
    _write_parquet(bad)
    _write_odd_files(bad)
    _write_moving_files(bad)
    return bad


def warc_record(body: bytes, content_type: str | None = "text/html", length: int | None = None) -> bytes:
    """An answer 200; `length` overrides the true Content-Length."""
    declared = f"Content-Type: {content_type}\r\n" if content_type else ""
    block = f"HTTP/1.1 200 OK\r\n{declared}\r\n".encode() + body
    header = "WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: http://a.test/\r\nContent-Type: application/http\r\n"
    size = len(block) if length is None else length
    return f"{header}Content-Length: {size}\r\n\r\n".encode() + block + b"\r\n\r\n"


def _write_lines(bad: BadInput) -> None:
    bad.write_lines(
        "lines.jsonl",
        [
            (bad.line(), None),
            (b"this is no JSON", "not_json"),
            (b'{"title": "no text here"}', "missing_field"),
            (b'{"text": 7}', "wrong_type"),
            (b'["a list"]', "not_an_object"),
            (b'{"text": "\xff\xfe invalid"}', "invalid_utf8"),
            (rb'{"text": "half a pair: \ud800"}', "invalid_unicode"),
            (rb'{"text": "a NUL: \u0000"}', "nul_character"),
            (b'{"text": "a bare NUL: \0"}', "nul_character"),
            (b"[" * 100_000, "not_json"),
            (bad.line(), None),
        ],
    )


def _write_warcs(bad: BadInput) -> None:
    first, second, third = (gzip.compress(warc_record(bad.page()), mtime=0) for _ in range(3))
    cut = gzip.compress(warc_record(b"<p>cut off</p>" * 1000), mtime=0)[:-40]
    bad.write("truncated.warc.gz", first + cut, {len(first): "truncated"})
    wrong = gzip.compress(warc_record(b"<p>too long a length</p>", length=10_000_000), mtime=0)
    bad.write("broken-length.warc.gz", second + wrong + third, {len(second): "broken_record"})
    before, behind = warc_record(bad.page()), warc_record(bad.page())
    wrong = warc_record(b"<p>too short a length</p>", length=60)
    bad.write("broken-length.warc", before + wrong + behind, {len(before): "broken_record"})
    lines = gzip.compress(b"".join(bad.line() + b"\n" for _ in range(3)), mtime=0)
    cut_line = gzip.compress(random.Random(5).randbytes(5000).hex().encode(), mtime=0)[:-1000]
    size = len(gzip.decompress(lines))
    bad.write("truncated.jsonl.gz", lines + cut_line, {size: "truncated"})


def _write_charsets(bad: BadInput) -> None:
    """Four pages whose charset has to be found, and one of which no charset makes text."""
    pages = []
    meta = '<head><meta charset="windows-1252"></head>'
    for declared, head in (
        ("text/html; charset=utf-8", ""),
        ("text/html; charset=no-such-charset", ""),
        ("text/html", ""),
        (None, meta),
    ):
        text = f"{bad.new_good()} {ACCENTS} {ACCENTS}"
        bad.good[-1] = text
        body = f"<html>{head}<body><article><p>{text}</p></article></body></html>".encode("cp1252")
        pages.append(gzip.compress(warc_record(body, declared or "text/html; charset="), mtime=0))
    nul = gzip.compress(warc_record(b"<html><body><p>a NUL: \0</p></body></html>", "text/html; charset=utf-8"), mtime=0)
    bad.write("charsets.warc.gz", b"".join([*pages, nul]), {sum(map(len, pages)): "nul_character"})


def _write_bombs(bad: BadInput) -> None:
    nested = gzip.compress(warc_record(b"<html><body>" + b"<div>" * 100_000 + b"deep"), mtime=0)
    long = gzip.compress(warc_record(b'<p class="' + b"x" * (20 << 20) + b'">long</p>'), mtime=0)
    behind = gzip.compress(warc_record(bad.page()), mtime=0)
    faults = {0: "html_too_deep", len(nested): "html_too_large"}
    bad.write("html-bombs.warc.gz", nested + long + behind, faults)
    bad.write("one-tag.html", b"<p " + b"x" * (50 << 20) + b">one tag</p>", {0: "document_too_large"})
    bomb = io.BytesIO()
    head = bad.line() + b"\n"
    with gzip.GzipFile(fileobj=bomb, mode="wb", mtime=0, compresslevel=1) as packer:
        packer.write(head)
        for _ in range(BOMB_BYTES >> 20):
            packer.write(b"x" * (1 << 20))
    # The line in which the bomb goes off stands for everything behind.
    bad.write("bomb.jsonl.gz", bomb.getvalue(), {len(head): "expansion_limit"})


def _write_parquet(bad: BadInput) -> None:
    tables = {
        "good-rows": (pa.table({"text": [bad.new_good(), None, bad.new_good()]}), {1: "wrong_type"}),
        "no-column": (pa.table({"title": ["a", "b"]}), {0: "missing_column"}),
        "other-type": (pa.table({"text": [1, 2, 3]}), {0: "wrong_type"}),
    }
    for name, (table, faults) in tables.items():
        sink = io.BytesIO()
        pq.write_table(table, sink)
        bad.write(f"{name}.parquet", sink.getvalue(), faults)
    bad.write("cut.parquet", sink.getvalue()[:-30], {0: "corrupt_file"})
    bad.write("none.parquet", b"not a Parquet file", {0: "not_parquet"})


def _write_odd_files(bad: BadInput) -> None:
    for name in ("empty.jsonl", "empty.warc.gz", "empty.txt", "empty.parquet"):
        bad.write(name, b"", {0: "empty_file"})
    bad.write("empty.jsonl.gz", gzip.compress(b"", mtime=0), {0: "empty_file"})
    bad.write("pages.pdf", b"%PDF-1.7", {0: "unknown_format"})
    bad.write("nul.txt", b"plain text with a \0 in it", {0: "nul_character"})
    copied = b"".join(bad.line() + b"\n" for _ in range(4))
    for name in ("twice.jsonl", "twice-under-another-name.jsonl"):
        bad.write(name, copied)
    bad.num_copies = 4
    bad.write("good.txt", bad.new_good().encode())
    bad.write_lines("good.jsonl", [(bad.line(), None) for _ in range(40)])


def _write_moving_files(bad: BadInput) -> None:
    """Files that the recipe's step changes and removes while they are read: not one of their lines is believed."""
    for name, reason in (("changes.jsonl", "source_changed"), ("vanishes.jsonl", "source_vanished")):
        lines = b"".join(json.dumps({"text": good_text(10_000 + number)}).encode() + b"\n" for number in range(50))
        bad.write(name, lines, {0: reason})


RECIPE = '''
"""The steps of `text`, and one that changes a file and removes another while they are read."""

from dataclasses import dataclass
from pathlib import Path

from pipelines.recipes import Recipe
from pipelines.sources import Reading
from pipelines.stages.tokens import Tokens
from pipelines.steps import ContentHash, Extract, Normalize, Signature
from pipelines.tokens.train import TokenizerTraining


@dataclass(frozen=True)
class Meddle:
    """Somebody else works on the input while it is read."""

    folder: str = {folder!r}

    def __call__(self, batch):
        sources = set(batch.column("source").to_pylist())
        changed, vanished = Path(self.folder) / "changes.jsonl", Path(self.folder) / "vanishes.jsonl"
        if "raw/changes.jsonl" in sources and changed.stat().st_size > 2:
            changed.write_text("{{}}")
        if "raw/vanishes.jsonl" in sources:
            vanished.unlink(missing_ok=True)
        return batch


RECIPE = Recipe(
    corpus="bad",
    steps=(Extract(), Normalize(), Meddle(), ContentHash(), Signature()),
    reading=Reading(batch_documents=10),
    tokens=Tokens(tokenizer=TokenizerTraining(vocabulary_size=600), context_length=64, num_shards=2, rows_per_batch=16),
    max_quarantined_share=0.9,
)
'''


def write_recipe(file: Path, folder: Path) -> str:
    """The recipe as a file; its name for the command line."""
    file.write_text(RECIPE.format(folder=str(folder)))
    return f"{file}:RECIPE"
