import gzip
import io
import json
import random
import tempfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st
from source_files import members, read_all, warc_record, write

RECORDS = [warc_record(b"<p>%d</p>" % number * 20) for number in range(4)]
LINES = b"".join(json.dumps({"text": "hé" * number, "url": "u"}).encode() + b"\n" for number in range(20))


def parquet() -> bytes:
    sink = io.BytesIO()
    pq.write_table(pa.table({"text": ["abc"] * 30 + ["d"] * 10, "url": ["u"] * 40}), sink, row_group_size=10)
    return sink.getvalue()


FILES = {
    "a.warc": b"".join(RECORDS),
    "a.warc.gz": b"".join(members(*RECORDS)),
    "a.jsonl": LINES,
    "a.jsonl.gz": gzip.compress(LINES),
    "a.jsonl.zst": zstandard.compress(LINES),
    "a.parquet": parquet(),
    "a.txt.gz": gzip.compress(LINES),
}


def damaged(data: bytes, seed: int) -> bytes:
    """Bytes replaced, removed, put in, or the end cut off."""
    chosen, found = random.Random(seed), bytearray(data)
    for _ in range(chosen.choice([1, 1, 2, 10])):
        at = chosen.randrange(len(found) + 1)
        size = chosen.randrange(1, 50)
        found[at : at + chosen.choice([0, 1, 1, size])] = chosen.randbytes(chosen.choice([0, 1, 1, size]))
        if chosen.random() < 0.1:
            del found[at:]
    return bytes(found)


@pytest.mark.parametrize("name", sorted(FILES))
@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_damage_is_told_in_rows_and_never_raised(name, seed):
    data = damaged(FILES[name], seed)
    with tempfile.TemporaryDirectory() as folder:
        rows = read_all(write(Path(folder), name, data))
    assert len({row["id"] for row in rows}) == len(rows)
    assert all(row["quarantine_detail"] for row in rows if row["quarantined_by"])
    assert all((row["text"] or row["content"] or "") == "" for row in rows if row["quarantined_by"])
    assert rows
