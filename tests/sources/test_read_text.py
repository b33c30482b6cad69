import gzip

import pytest
from source_files import read_all, reasons, write

from pipelines.sources import Reading


@pytest.mark.parametrize(
    ("name", "content_type"),
    [
        ("a.txt", "text/plain"),
        ("a.md", "text/plain"),
        ("a.rst", "text/plain"),
        ("a.txt.gz", "text/plain"),
        ("a.html", "text/html"),
        ("a.HTM", "text/html"),
    ],
)
def test_a_file_is_one_document_with_its_bytes_as_they_are(tmp_path, name, content_type):
    data = b"\xff some\nbytes \0"
    (row,) = read_all(write(tmp_path, name, gzip.compress(data) if name.endswith("gz") else data))
    assert (row["record"], row["content"], row["content_type"], row["text"]) == (0, data, content_type, None)


def test_a_text_file_can_be_said_to_hold_html(tmp_path):
    (row,) = read_all(write(tmp_path, "a.txt", b"<p>"), Reading(content_type="text/html"))
    assert row["content_type"] == "text/html"


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("a.txt", b"", "empty_file"),
        ("a.txt.gz", gzip.compress(b"", mtime=0), "empty_file"),
        ("a.txt", b"x" * 101, "document_too_large"),
        ("a.txt.gz", gzip.compress(b"x" * 101, mtime=0), "document_too_large"),
        ("a.txt.gz", gzip.compress(b"x" * 50, mtime=0)[:-3], "truncated"),
        ("a.doc", b"x", "unknown_format"),
        ("README", b"x", "unknown_format"),
        ("a.warc.zst", b"x", "unknown_format"),
        ("gz", b"x", "unknown_format"),
    ],
)
def test_a_file_that_is_no_document_is_one_quarantined_row(tmp_path, name, data, reason):
    rows = read_all(write(tmp_path, name, data), Reading(max_document_bytes=100))
    assert reasons(rows) == [(0, reason)]
