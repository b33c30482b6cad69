import gzip
import json
import tempfile
from pathlib import Path

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st
from source_files import STORES, read_all, reasons, write

from pipelines.sources import Reading, find_files, plan_units, read_unit

GOOD = [{"text": f"text {number}", "url": f"http://a/{number}"} for number in range(3)]
LINES = "".join(json.dumps(line) + "\n" for line in GOOD).encode()


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.jsonl", LINES),
        ("a.ndjson", LINES),
        ("a.json.gz", gzip.compress(LINES, mtime=0)),
        ("a.jsonl.gz", gzip.compress(LINES[:20], mtime=0) + gzip.compress(LINES[20:], mtime=0)),
        ("a.jsonl.zst", zstandard.compress(LINES[:20]) + zstandard.compress(LINES[20:])),
        ("A.JSONL", LINES.rstrip(b"\n")),
    ],
)
def test_a_line_becomes_a_row_at_its_offset_in_the_decompressed_stream(tmp_path, name, data):
    rows = read_all(write(tmp_path, name, data))
    size = len(LINES) // 3
    assert reasons(rows) == [(0, None), (size, None), (2 * size, None)]
    assert [(row["text"], row["url"]) for row in rows] == [(line["text"], line["url"]) for line in GOOD]
    assert {row["content"] for row in rows} == {None}


BAD_LINES = [
    (b'{"text": "\xff"}', "invalid_utf8"),
    (rb'{"text": "half \ud83d"}', "invalid_unicode"),
    (rb'{"text": "x", "url": "\udc00"}', "invalid_unicode"),
    (rb'{"text": "a\u0000b"}', "nul_character"),
    (b'{"text": "a\0b"}', "nul_character"),
    (b'{"text": "a"', "not_json"),
    (b"[" * 100_000, "not_json"),
    (b'{"text": ' + b"9" * 5000 + b"}", "not_json"),
    (b'["text"]', "not_an_object"),
    (b"3", "not_an_object"),
    (b'{"body": "a"}', "missing_field"),
    (b'{"text": 3}', "wrong_type"),
    (b'{"text": null}', "wrong_type"),
    (b'{"text": "a", "url": ["b"]}', "wrong_type"),
]


@pytest.mark.parametrize(("line", "reason"), BAD_LINES)
def test_a_bad_line_is_told_and_the_others_are_read(tmp_path, line, reason):
    first, behind = b'{"text": "before"}\n', b'\n{"text": "behind"}\n'
    rows = read_all(write(tmp_path, "a.jsonl", first + line + behind))
    expected = [(0, None), (len(first), reason), (len(first) + len(line) + 1, None)]
    assert reasons(rows) == expected
    assert rows[1]["text"] is None
    assert rows[1]["quarantine_detail"]


def test_blank_lines_a_byte_order_mark_and_windows_line_ends_are_no_faults(tmp_path):
    data = b'\xef\xbb\xbf{"text": "a"}\r\n\r\n  \n{"text": "b\xf0\x9f\x98\x80", "url": null}'
    rows = read_all(write(tmp_path, "a.jsonl", data))
    assert [(row["text"], row["url"]) for row in rows] == [("a", None), ("b\U0001f600", None)]


def test_html_in_a_field_goes_on_as_content(tmp_path):
    path = write(tmp_path, "a.jsonl", '{"html": "<p>é"}'.encode())
    rows = read_all(path, Reading(text_field="html", content_type="text/html"))
    assert (rows[0]["content"], rows[0]["content_type"], rows[0]["text"]) == ("<p>é".encode(), "text/html", None)


@pytest.mark.parametrize("name", ["a.jsonl.gz", "a.jsonl.zst"])
def test_a_compressed_file_that_ends_early_keeps_the_lines_before(tmp_path, name):
    lines = [json.dumps({"text": str(number) * 50}).encode() + b"\n" for number in range(2000)]
    compress = gzip.compress if name.endswith("gz") else zstandard.compress
    rows = read_all(write(tmp_path, name, compress(b"".join(lines))[:-9]))
    assert rows[-1]["quarantined_by"] == "truncated"
    assert {row["quarantined_by"] for row in rows[:-1]} == {None}
    assert rows[-1]["record"] == sum(map(len, lines[: len(rows) - 1]))
    assert len(rows) > 1


@pytest.mark.parametrize("name", ["a.jsonl.gz", "a.jsonl.zst", "a.txt.gz"])
def test_compressed_bytes_that_are_none_are_a_corrupt_file(tmp_path, name):
    assert reasons(read_all(write(tmp_path, name, b"no compression here"))) == [(0, "corrupt_file")]


@pytest.mark.parametrize("data", [b"", gzip.compress(b"", mtime=0)])
def test_a_file_without_a_byte_is_an_empty_file(tmp_path, data):
    assert reasons(read_all(write(tmp_path, "a.jsonl.gz", data))) == [(0, "empty_file")]


def test_a_line_over_the_limit_is_quarantined_and_those_around_it_read(tmp_path):
    reading = Reading(max_document_bytes=100_000)
    lines = [b'{"text": "a"}\n', b"x" * 100_001 + b"\n", b'{"text": "b"}\n', b"y" * 300_000]
    rows = read_all(write(tmp_path, "a.jsonl", b"".join(lines)), reading)
    large = "document_too_large"
    assert reasons(rows) == [(0, None), (14, large), (14 + 100_002, None), (28 + 100_002, large)]


def test_a_batch_holds_what_reading_allows(tmp_path):
    path = write(tmp_path, "a.jsonl", (json.dumps({"text": "x" * 100}) + "\n").encode() * 50)
    reading = Reading(batch_bytes=1000, batch_documents=7)
    (unit,) = plan_units(find_files(STORES, [path]), reading, STORES)
    sizes = [batch.num_rows for batch in read_unit(unit, reading, STORES)]
    assert sizes == [7] * 7 + [1]
    (unit,) = plan_units(find_files(STORES, [path]), Reading(batch_bytes=250), STORES)
    assert {batch.num_rows for batch in read_unit(unit, Reading(batch_bytes=250), STORES)} == {2}


@settings(max_examples=80, deadline=None)
@given(
    lines=st.lists(
        st.sampled_from([b"", b"{}", b'{"text": "abc"}', b"x" * 30, b"\xff", b'{"text": "d"}\r']), max_size=12
    ),
    newline_at_end=st.booleans(),
    unit_bytes=st.integers(1, 150),
)
def test_split_or_whole_gives_the_same_rows(lines, newline_at_end, unit_bytes):
    data = b"\n".join(lines) + b"\n" * newline_at_end
    with tempfile.TemporaryDirectory() as folder:
        path = write(Path(folder), "a.jsonl", data)
        limits = {"small_file_bytes": 0, "max_document_bytes": 25}
        whole = read_all(path, Reading(unit_bytes=1 << 30, **limits))
        assert read_all(path, Reading(unit_bytes=unit_bytes, **limits)) == whole
