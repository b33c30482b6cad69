"""What is written down of a landing, and what is refused before it is."""

from dataclasses import replace

import pytest

from pipelines.errors import DatasetError, ReconciliationError
from pipelines.stages.tables.landing import RECORD, LandedFile, Record, check_files, folder_of, records
from pipelines.storage import Stores, join

FILES = (
    LandedFile("000000.parquet", 10, 999, "a" * 64, "-3", "9"),
    LandedFile("000001.parquet", 10, 999, "b" * 64, "10", "42"),
    LandedFile("000002.parquet", 4, 444, "c" * 64, "43", "50"),
)


def test_files_that_hold_every_row_in_order_are_good():
    check_files(FILES, 10, 24, integers=True)
    # As texts, 9 comes behind 10.
    with pytest.raises(ReconciliationError, match=r"000000\.parquet and 000001\.parquet do not join"):
        check_files(FILES, 10, 24, integers=False)


@pytest.mark.parametrize(
    ("files", "told"),
    [
        (FILES[:2], "20 rows were read of 24 that the database counted"),
        ((FILES[0], replace(FILES[1], rows=9), replace(FILES[2], rows=5)), "do not join"),
        ((FILES[0], replace(FILES[1], first_key="9"), FILES[2]), "do not join"),
        ((FILES[1], FILES[0], FILES[2]), "do not join"),
    ],
    ids=["rows are missing", "a file is short", "a key is in two files", "files are not in order"],
)
def test_files_that_do_not_add_up_are_refused(files, told):
    with pytest.raises(ReconciliationError, match=told):
        check_files(files, 10, 24, integers=True)


def test_records_are_read_back_in_order_up_to_the_first_that_is_missing(tmp_path):
    stores, root = Stores(), str(tmp_path)
    first = Record({"table": {"table": "t"}}, "snapshot", None, 24, FILES)
    second = replace(first, watermark="50", consistency="watermark")
    for number, record in ((1, first), (2, second), (4, first)):
        stores.put_if_absent(join(folder_of(root, number), RECORD), record.to_json().encode())
    assert records(stores, root) == [first, second]


def test_a_record_of_another_format_is_refused_by_name(tmp_path):
    record = replace(Record({}, "snapshot", None, 0, ()), format_version=2)
    Stores().put_if_absent(join(folder_of(str(tmp_path), 1), RECORD), record.to_json().encode())
    with pytest.raises(DatasetError, match=r"0001/_landing\.json: of format version 2; this Phloem reads 1"):
        records(Stores(), str(tmp_path))
