import os
import pickle
from pathlib import Path

import pytest
from blake3 import blake3
from source_files import STORES, write

from pipelines.sources import (
    Reading,
    SourceChangedError,
    document_id,
    find_files,
    plan_units,
    quarantine_row,
    read_unit,
)
from schemas import RAW

LINES = b'{"text": "a"}\n' * 5000


def unit_of(path):
    (unit,) = plan_units(find_files(STORES, [path]), Reading(), STORES)
    return unit


@pytest.mark.parametrize("reason", ["source_changed", "source_vanished"])
@pytest.mark.parametrize("when", ["before", "meanwhile"])
def test_a_file_that_moved_under_its_unit_is_not_believed(tmp_path, reason, when):
    path = write(tmp_path, "a.jsonl", LINES)
    unit = unit_of(path)
    batches = read_unit(unit, Reading(), STORES)
    if when == "meanwhile":
        assert next(batches).num_rows == 1000
    if reason == "source_vanished":
        Path(path).unlink()
    else:
        Path(path).write_bytes(LINES.replace(b"a", b"b"))
        os.utime(path, ns=(1, 1))
    with pytest.raises(SourceChangedError) as caught:
        next(batches) if when == "before" else list(batches)
    assert (caught.value.reason, caught.value.piece) == (reason, unit.pieces[0])
    assert "a.jsonl" in str(caught.value)
    assert "run again" in str(caught.value)


def test_the_error_survives_its_way_from_a_worker(tmp_path):
    error = SourceChangedError(unit_of(write(tmp_path, "a.jsonl", LINES)).pieces[0], "source_changed")
    again = pickle.loads(pickle.dumps(error))  # noqa: S301 (our own bytes)
    assert (again.piece, again.reason, str(again)) == (error.piece, error.reason, str(error))


def test_an_id_is_made_of_source_and_record():
    assert document_id("raw/a.warc", 12) == blake3(b"raw/a.warc\x0012").digest()[:16]


def test_one_row_can_stand_for_a_unit():
    batch = quarantine_row("raw/a", 7, "source_changed", "half a pair: \ud800" + "x" * 1000)
    assert batch.schema == RAW.arrow()
    (row,) = batch.to_pylist()
    assert (row["source"], row["record"], row["quarantined_by"], row["text"]) == ("raw/a", 7, "source_changed", None)
    assert len(row["quarantine_detail"]) == 300
