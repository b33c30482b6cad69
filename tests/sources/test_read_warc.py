import gzip
import random
import tempfile
import zlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from source_files import members, read_all, reasons, warc_record, write

from pipelines.sources import Reading, document_id
from schemas import RAW

PAGES = [warc_record(f"<p>page {number}</p>".encode(), url=f"http://a/{number}") for number in range(4)]


def offsets(parts: list[bytes]) -> list[int]:
    return [sum(map(len, parts[:number])) for number in range(len(parts))]


@pytest.mark.parametrize("suffix", [".warc", ".warc.gz"])
def test_a_response_becomes_a_row_at_the_offset_of_its_record(tmp_path, suffix):
    parts = members(*PAGES) if suffix == ".warc.gz" else PAGES
    rows = read_all(write(tmp_path, "cc" + suffix, b"".join(parts)))
    assert [row["record"] for row in rows] == offsets(parts)
    assert [row["content"] for row in rows] == [f"<p>page {number}</p>".encode() for number in range(4)]
    assert {row["content_type"] for row in rows} == {"text/html"}
    assert [row["url"] for row in rows] == [f"http://a/{number}" for number in range(4)]
    assert [row["id"] for row in rows] == [document_id("cc" + suffix, offset) for offset in offsets(parts)]
    assert list(rows[0]) == RAW.names


def test_only_responses_resources_and_conversions_are_documents(tmp_path):
    kinds = ["warcinfo", "request", "response", "metadata", "revisit", "resource", "conversion", "continuation"]
    records = [warc_record(kind.encode(), kind=kind, content_type="text/plain") for kind in kinds]
    rows = read_all(write(tmp_path, "a.warc", b"".join(records)))
    assert [row["content"] for row in rows] == [b"response", b"resource", b"conversion"]
    assert reasons(rows) == [(offset, None) for offset in (offsets(records)[index] for index in (2, 5, 6))]


def test_another_status_or_type_is_rejected_and_keeps_no_content(tmp_path):
    records = [
        warc_record(b"gone", status="404 Not Found"),
        warc_record(b"%PDF", content_type="application/pdf"),
        warc_record(b"?", content_type=None),
        warc_record(b"<p>", content_type="Application/XHTML+xml; charset=utf-8"),
    ]
    rows = read_all(write(tmp_path, "a.warc", b"".join(records)))
    assert [row["rejected_by"] for row in rows] == ["http_status", "content_type", "content_type", None]
    assert [row["content"] for row in rows] == [None, None, None, b"<p>"]
    assert rows[3]["content_type"] == "Application/XHTML+xml; charset=utf-8"


def test_transfer_and_content_codings_are_decoded(tmp_path):
    packed = gzip.compress(b"hello")
    chunked = b"%x\r\n%s\r\n0\r\n\r\n" % (len(packed), packed)
    records = [
        warc_record(packed, headers="Content-Encoding: gzip\r\n"),
        warc_record(zlib.compress(b"hello"), headers="Content-Encoding: deflate\r\n"),
        warc_record(chunked, headers="Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n"),
        warc_record(b"hello", headers="Content-Encoding: utf-8\r\n"),
    ]
    rows = read_all(write(tmp_path, "a.warc", b"".join(records)))
    assert [row["content"] for row in rows] == [b"hello"] * 4


def test_a_payload_that_is_not_what_its_coding_says_is_a_broken_record(tmp_path):
    records = [
        warc_record(b"not gzip", headers="Content-Encoding: gzip\r\n"),
        warc_record(b"no chunks", headers="Transfer-Encoding: chunked\r\n"),
        warc_record(gzip.compress(b"hello"), headers="Content-Encoding: x-gzip\r\n"),
        warc_record(b"").replace(b"HTTP/1.1 200 OK", b"nothing of HTTP"),
        PAGES[0],
    ]
    rows = read_all(write(tmp_path, "a.warc", b"".join(records)))
    assert [row["quarantined_by"] for row in rows] == ["broken_record"] * 4 + [None]


def test_a_file_cut_inside_its_last_record_keeps_those_before(tmp_path):
    packed = members(*PAGES)
    for name, parts in (("a.warc.gz", packed), ("a.warc", PAGES)):
        for cut in (6, 20, len(parts[-1]) - 3):
            rows = read_all(write(tmp_path, name, b"".join(parts)[:-cut]))
            expected = [*((offset, None) for offset in offsets(parts)[:3]), (offsets(parts)[3], "truncated")]
            assert reasons(rows) == expected, (name, cut)
            assert rows[3]["content"] is None


@pytest.mark.parametrize("flipped", [0, 3, 40, -6, -1])
def test_a_damaged_gzip_member_costs_only_its_own_record(tmp_path, flipped):
    parts = members(*PAGES)
    damaged = bytearray(parts[1])
    damaged[flipped] ^= 0xFF
    rows = read_all(write(tmp_path, "a.warc.gz", b"".join([parts[0], bytes(damaged), *parts[2:]])))
    at = offsets(parts)
    assert reasons(rows) == [(at[0], None), (at[1], "broken_record"), (at[2], None), (at[3], None)]
    assert f"skipped up to byte {at[2]}" in rows[1]["quarantine_detail"]


@pytest.mark.parametrize("length", [5000, 30, "-5", "abc", 10**17, "9" * 30])
@pytest.mark.parametrize("suffix", [".warc", ".warc.gz"])
def test_a_wrong_content_length_costs_only_its_own_record(tmp_path, suffix, length):
    records = [PAGES[0], warc_record(b"hello " * 9, length=length), *PAGES[1:]]
    parts = members(*records) if suffix == ".warc.gz" else records
    rows = read_all(write(tmp_path, "a" + suffix, b"".join(parts)))
    expected = [None, "broken_record", None, None, None]
    assert reasons(rows) == list(zip(offsets(parts), expected, strict=True))


LONG_HEADER = b"WARC/1.0\r\nX: " + b"y" * 40_000 + b"\r\nContent-Length: 0\r\n\r\n\r\n\r\n"


@pytest.mark.parametrize("garbage", [b"no record at all\r\n\r\n", LONG_HEADER])
def test_garbage_between_records_is_told_and_passed_over(tmp_path, garbage):
    for name, parts in (("a.warc", [PAGES[0], garbage, PAGES[1]]), ("a.warc.gz", members(PAGES[0], garbage, PAGES[1]))):
        rows = read_all(write(tmp_path, name, b"".join(parts)))
        assert reasons(rows) == list(zip(offsets(parts), [None, "broken_record", None], strict=True))


def test_what_is_no_warc_at_all_is_one_row(tmp_path):
    plain = read_all(write(tmp_path, "a.warc", b"just text\n" * 100))
    packed = read_all(write(tmp_path, "a.warc.gz", b"just text\n" * 100))
    assert reasons(plain) == reasons(packed) == [(0, "broken_record")]
    assert "nothing could be read behind it" in plain[0]["quarantine_detail"]


def test_records_of_one_gzip_member_have_positions_of_their_own(tmp_path):
    rows = read_all(write(tmp_path, "a.warc.gz", gzip.compress(b"".join(PAGES))))
    assert reasons(rows) == [(0, None), (1, None), (2, None), (3, None)]


def test_a_gzip_file_of_nothing_is_an_empty_file(tmp_path):
    assert reasons(read_all(write(tmp_path, "a.warc.gz", gzip.compress(b"")))) == [(0, "empty_file")]
    assert reasons(read_all(write(tmp_path, "a.warc", b""))) == [(0, "empty_file")]


def test_a_document_over_the_limit_is_quarantined_packed_or_not(tmp_path):
    reading = Reading(max_document_bytes=2000)
    records = [
        warc_record(b"x" * 3000),
        warc_record(gzip.compress(b"x" * 3000), headers="Content-Encoding: gzip\r\n"),
        warc_record(b"x" * 3000, kind="request"),
        PAGES[0],
    ]
    for name, parts in (("a.warc", records), ("a.warc.gz", members(*records))):
        rows = read_all(write(tmp_path, name, b"".join(parts)), reading)
        large, at = "document_too_large", offsets(parts)
        assert reasons(rows) == [(at[0], large), (at[1], large), (at[3], None)]


def test_the_uri_is_freed_of_angle_brackets(tmp_path):
    rows = read_all(write(tmp_path, "a.warc", warc_record(b"x", url="<http://a/b>")))
    assert rows[0]["url"] == "http://a/b"


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32), unit_bytes=st.integers(1, 3000), packed=st.booleans())
def test_split_or_whole_gives_the_same_rows(seed, unit_bytes, packed):
    chosen = random.Random(seed)
    records = []
    for _ in range(chosen.randrange(1, 12)):
        body = chosen.randbytes(chosen.randrange(300))
        record = warc_record(body, kind=chosen.choice(["response", "response", "request"]))
        if chosen.random() < 0.2:
            record = warc_record(body, length=chosen.randrange(5000))
        records.append(record)
    parts = members(*records) if packed else records
    if packed and chosen.random() < 0.3:
        damaged = bytearray(chosen.choice(parts))
        damaged[chosen.randrange(len(damaged))] ^= 1 << chosen.randrange(8)
        parts[chosen.randrange(len(parts))] = bytes(damaged)
    with tempfile.TemporaryDirectory() as folder:
        path = write(Path(folder), "a.warc.gz" if packed else "a.warc", b"".join(parts))
        whole = read_all(path, Reading(small_file_bytes=0, unit_bytes=1 << 30))
        assert read_all(path, Reading(small_file_bytes=0, unit_bytes=unit_bytes)) == whole
