import io
import tempfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from source_files import read_all, reasons, write

from pipelines.sources import Reading


def parquet(columns: dict[str, pa.Array], rows_per_group: int = 3, **options) -> bytes:
    sink = io.BytesIO()
    pq.write_table(pa.table(columns), sink, row_group_size=rows_per_group, **options)
    return sink.getvalue()


TEXTS = [f"text {number}" for number in range(10)]


@pytest.mark.parametrize(
    "kind",
    [pa.string(), pa.large_string(), pa.binary(), pa.string_view(), pa.dictionary(pa.int32(), pa.string())],
    ids=str,
)
def test_a_row_becomes_a_row_at_its_number(tmp_path, kind):
    column = pa.array(TEXTS).dictionary_encode() if pa.types.is_dictionary(kind) else pa.array(TEXTS, kind)
    rows = read_all(write(tmp_path, "a.parquet", parquet({"other": pa.array(range(10)), "text": column})))
    assert [(row["record"], row["text"], row["url"]) for row in rows] == [
        (n, text, None) for n, text in enumerate(TEXTS)
    ]


def test_url_and_named_columns_are_read(tmp_path):
    path = write(tmp_path, "a.parquet", parquet({"body": pa.array(["<p>"]), "link": pa.array(["http://a"])}))
    rows = read_all(path, Reading(text_field="body", url_field="link", content_type="text/html"))
    assert (rows[0]["content"], rows[0]["content_type"], rows[0]["url"]) == (b"<p>", "text/html", "http://a")
    assert rows[0]["text"] is None


def test_bad_values_are_told_one_by_one(tmp_path):
    texts = pa.array([b"good", b"\xff", b"a\0b", None, b"x" * 2000, b""], pa.binary())
    rows = read_all(write(tmp_path, "a.parquet", parquet({"text": texts})), Reading(max_document_bytes=1000))
    expected = [None, "invalid_utf8", "nul_character", "wrong_type", "document_too_large", None]
    assert [row["quarantined_by"] for row in rows] == expected


@pytest.mark.parametrize(
    ("columns", "reason"),
    [
        ({"body": pa.array(["a"])}, "missing_column"),
        ({"text": pa.array([1])}, "wrong_type"),
        ({"text": pa.array(["a"]), "url": pa.array([[1]])}, "wrong_type"),
    ],
)
def test_a_file_without_the_column_of_the_text_is_one_row(tmp_path, columns, reason):
    assert reasons(read_all(write(tmp_path, "a.parquet", parquet(columns)))) == [(0, reason)]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"no parquet at all", "not_parquet"),
        (parquet({"text": pa.array(TEXTS)})[:-20], "corrupt_file"),
        (b"", "empty_file"),
    ],
)
def test_what_is_no_parquet_file_is_one_row(tmp_path, data, reason):
    assert reasons(read_all(write(tmp_path, "a.parquet", data))) == [(0, reason)]


def test_a_damaged_row_group_costs_only_its_own_rows(tmp_path):
    data = bytearray(parquet({"text": pa.array(TEXTS)}, compression="zstd", use_dictionary=False))
    column = pq.ParquetFile(io.BytesIO(bytes(data))).metadata.row_group(1).column(0)
    start = column.data_page_offset
    data[start : start + column.total_compressed_size] = b"\xff" * column.total_compressed_size
    rows = read_all(write(tmp_path, "a.parquet", bytes(data)))
    assert reasons(rows) == [*((n, None) for n in range(3)), (3, "corrupt_file"), *((n, None) for n in range(6, 10))]
    assert "rows 3 to 5" in rows[3]["quarantine_detail"]


def test_a_column_name_that_is_not_utf8_is_a_corrupt_file(tmp_path):
    data = parquet({"text": pa.array(TEXTS), "name": pa.array(TEXTS)}, store_schema=False).replace(
        b"name", b"na\xff\xfe"
    )
    assert reasons(read_all(write(tmp_path, "a.parquet", data))) == [(0, "corrupt_file")]


def test_split_or_whole_gives_the_same_rows():
    with tempfile.TemporaryDirectory() as folder:
        path = write(Path(folder), "a.parquet", parquet({"text": pa.array(TEXTS)}))
        whole = read_all(path, Reading(small_file_bytes=0))
        for unit_bytes in (1, 50, 100, 200, 500):
            assert read_all(path, Reading(small_file_bytes=0, unit_bytes=unit_bytes)) == whole
        assert len(whole) == 10


def test_a_file_of_no_rows_gives_none(tmp_path):
    assert read_all(write(tmp_path, "a.parquet", parquet({"text": pa.array([], pa.string())}))) == []
    without_groups = io.BytesIO()
    pq.ParquetWriter(without_groups, pa.schema([("text", pa.string())])).close()
    assert read_all(write(tmp_path, "a.parquet", without_groups.getvalue())) == []
