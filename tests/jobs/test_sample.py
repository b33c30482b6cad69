"""The sample: a real crawl of real files into real archives, and texts of installed packages beside it."""

import gzip
import json
import os
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import zstandard
from fastwarc.warc import ArchiveIterator, WarcRecordType

from jobs.sample import crawl as crawling
from jobs.sample import gather
from jobs.sample.crawl import crawl, links_of
from jobs.sample.docstrings import docstrings
from jobs.sample.texts import manual
from jobs.sample.warc import write_archives
from jobs.sample.website import find_roots, serve
from pipelines.errors import RefusedError

TARGET_BYTES = 150_000
SMALL = {"target_bytes": TARGET_BYTES, "minimum_bytes": 1}


@pytest.fixture
def roots(tmp_path: Path) -> dict[str, Path]:
    """Two folders of pages: one with an index page, one that only a listing leads into."""
    manual_pages, notes = tmp_path / "doc" / "manual", tmp_path / "doc" / "notes" / "html"
    (manual_pages / "deep").mkdir(parents=True)
    notes.mkdir(parents=True)
    pages = {
        manual_pages
        / "index.html": '<a href="b.html#top">b</a> <A class=x HREF=\'deep/a.html\'>a</A> <a href="gone.html">',
        manual_pages
        / "b.html": '<p>café</p><a href="index.html">back</a><a href="http://elsewhere.test/x.html">out</a>',
        manual_pages
        / "deep"
        / "a.html": '<p>deep</p><a href="../c.html?query=1">skipped</a><a href="picture.png">skipped</a>',
        manual_pages / "c.html": "nothing links here",
        **{notes / f"{name} &amp.html": f"<p>note {name}</p>" for name in "xyz"},
    }
    for path, text in pages.items():
        path.write_text(text)
        os.utime(path, (1_700_000_000, 1_700_000_000))
    return {"manual": manual_pages, "notes": notes}


def crawled(roots: dict[str, Path], max_bytes: int = 1_000_000) -> list[crawling.Page]:
    with serve(roots) as (host, port):
        return list(crawl(host, port, max_bytes=max_bytes))


def responses(folder: Path) -> list[tuple[str, bytes]]:
    found: list[tuple[str, bytes]] = []
    for path in sorted(folder.glob("*.warc.gz")):
        with path.open("rb") as stream:
            records = ArchiveIterator(stream, record_types=WarcRecordType.response)
            found += [(record.headers["WARC-Target-URI"], record.reader.read()) for record in records]
    return found


def test_the_crawl_reaches_every_linked_page_once_breadth_first_and_keeps_no_listing(roots):
    pages = crawled(roots)
    assert [page.url.removeprefix("http://docs.sample.test") for page in pages] == [
        "/manual/",
        "/manual/b.html",
        "/manual/deep/a.html",
        "/notes/x%20%26amp.html",
        "/notes/y%20%26amp.html",
        "/notes/z%20%26amp.html",
        "/manual/index.html",  # linked from b.html only: a level further down
    ]


def test_links_are_absolute_without_fragments_and_stay_on_the_site():
    hrefs = ("a.html#x", "a.html", "//other.test/b.html", "mailto:x@y", "/c/?query", "d/")
    body = "".join(f'<a href="{href}">' for href in hrefs).encode()
    here = "http://docs.sample.test/manual/index.html"
    assert links_of(here, body) == ["http://docs.sample.test/manual/a.html", "http://docs.sample.test/manual/d/"]


def test_a_crawl_stops_at_its_bound(roots):
    assert len(crawled(roots, max_bytes=1)) == 1


def test_nothing_outside_the_mounted_folders_is_served(roots):
    (roots["manual"] / "index.html").write_text('<a href="/manual/%2e%2e/secret.html"><a href="/unknown/x.html">')
    (roots["manual"].parent / "secret.html").write_text("secret")
    assert all(
        b"secret" not in page.body or page.url.endswith("/manual/") for page in crawled({"manual": roots["manual"]})
    )


def test_archives_hold_what_went_over_the_wire_with_valid_digests(roots, tmp_path):
    pages = crawled(roots)
    write_archives(pages, tmp_path / "web")
    kinds = []
    with (tmp_path / "web" / "sample-00000.warc.gz").open("rb") as stream:
        for record in ArchiveIterator(stream, parse_http=False):
            kinds.append(record.record_type)
            assert record.verify_block_digest()
            assert record.headers["WARC-Date"] == "2023-11-14T22:13:20Z"
            if record.record_type == WarcRecordType.response:
                record.parse_http()
                assert record.verify_payload_digest()
                assert record.http_headers["Content-Length"] == str(record.content_length)
    assert kinds == [WarcRecordType.warcinfo] + [WarcRecordType.request, WarcRecordType.response] * len(pages)
    assert responses(tmp_path / "web") == [(page.url, page.body) for page in pages]


def test_each_record_is_a_gzip_member_of_its_own(roots, tmp_path):
    pages = crawled(roots)
    write_archives(pages, tmp_path)
    data = (tmp_path / "sample-00000.warc.gz").read_bytes()
    assert data.count(b"\x1f\x8b\x08") >= 1 + 2 * len(pages)
    with (tmp_path / "sample-00000.warc.gz").open("rb") as stream:
        offsets = [record.stream_pos for record in ArchiveIterator(stream)]
    for offset in offsets:
        assert gzip.decompress(data[offset:]).startswith(b"WARC/1.1\r\n")


def test_a_full_archive_is_followed_by_the_next(roots, tmp_path):
    pages = crawled(roots)
    write_archives(pages, tmp_path, archive_bytes=1)
    assert len(list(tmp_path.glob("sample-*.warc.gz"))) == len(pages)
    assert responses(tmp_path) == [(page.url, page.body) for page in pages]


def test_gathering_twice_gives_the_same_bytes(roots, tmp_path):
    heard = []
    gather(tmp_path / "one", **SMALL, roots=roots, listener=lambda *args: heard.append(args))
    gather(tmp_path / "two", **SMALL, roots=roots)
    names = sorted(str(path.relative_to(tmp_path / "one")) for path in (tmp_path / "one").rglob("*") if path.is_file())
    assert "web/sample-00000.warc.gz" in names
    assert "sources/docstrings.parquet" in names
    assert {Path(name).suffix for name in names} == {".gz", ".zst", ".jsonl", ".parquet"}
    for name in names:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    packed = tmp_path / "one" / "packages" / "descriptions.jsonl.gz"
    assert packed.read_bytes()[4:8] == bytes(4), "gzip's header holds the clock"
    assert {kind for kind, _, _ in heard} == {"web", "packages", "sources"}


def test_a_second_call_says_that_the_sample_is_there_and_changes_nothing(roots, tmp_path):
    first = gather(tmp_path / "sample", **SMALL, roots=roots)
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "sample").rglob("*")}
    second = gather(tmp_path / "sample", **SMALL, roots=roots)
    assert (first.already_there, second.already_there) == (False, True)
    assert first.kinds == second.kinds
    assert "is there already" in str(second)
    assert before == {path: path.stat().st_mtime_ns for path in (tmp_path / "sample").rglob("*")}


def test_the_summary_counts_what_the_files_hold(roots, tmp_path):
    sample = tmp_path / "sample"
    kinds = {kind.name: kind for kind in gather(sample, **SMALL, roots=roots).kinds}
    rows = pq.read_table(sample / "sources" / "docstrings.parquet").to_pylist()
    lines = []
    for path in (sample / "packages").iterdir():
        unpack = {".zst": zstandard.decompress, ".gz": gzip.decompress}.get(path.suffix, bytes)
        lines += [json.loads(line) for line in unpack(path.read_bytes()).splitlines()]
    for name, found in (("sources", rows), ("packages", lines)):
        assert kinds[name].num_documents == len(found) > 0
        assert kinds[name].num_bytes == sum(len(row["text"].encode()) for row in found)
        assert all(row["url"] for row in found)
    assert kinds["web"].num_documents == len(responses(sample / "web"))


def test_too_little_text_is_refused_with_what_to_install_and_nothing_is_left(tmp_path):
    with pytest.raises(RefusedError, match=r"MB of text found .* 20 MB are wanted: install .*python3.11-doc"):
        gather(tmp_path / "new" / "sample", target_bytes=TARGET_BYTES, roots={})
    assert list((tmp_path / "new").iterdir()) == []


def test_a_folder_of_something_else_is_refused(tmp_path):
    (tmp_path / "mine.txt").write_text("keep")
    with pytest.raises(RefusedError, match="holds something that is no sample"):
        gather(tmp_path, target_bytes=TARGET_BYTES)
    assert (tmp_path / "mine.txt").read_text() == "keep"


def test_roots_are_the_topmost_folders_with_three_pages(roots, tmp_path):
    for name in "xyz":
        (roots["manual"] / "deep" / f"{name}.html").write_text("below a root already")
    (tmp_path / "doc" / "few").mkdir()
    (tmp_path / "doc" / "few" / "one.html").write_text("alone")
    assert find_roots((tmp_path / "doc",)) == {
        "manual": tmp_path / "doc" / "manual",
        "notes-html": tmp_path / "doc" / "notes" / "html",
    }


def test_docstrings_come_in_the_order_of_the_file():
    source = b"'Module.'\nclass A:\n  'Class.'\n  def f(self):\n    'Method.'\ndef g():\n  'Function.'\n"
    assert docstrings(source) == "Module.\n\nClass.\n\nMethod.\n\nFunction."
    assert docstrings(b"{{ template }} not python") == ""


def test_a_manual_page_loses_its_typesetting():
    roff = rb"""
.de Sp
.if n .sp
..
.SH NAME
.B ls
\- list \fIdirectory\fR contents
.\" a comment
.PP
Sort entries.
"""
    assert " ".join(manual(roff).split()) == "NAME ls - list directory contents Sort entries."
