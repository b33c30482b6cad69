"""A document shard that was altered at rest is never taken for data by the stage that reads it."""

from contextlib import suppress

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.errors import DatasetError
from pipelines.stages.shards import ParquetShard, read_shard
from pipelines.storage import Stores, join, normalized
from schemas import Field, Schema

SCHEMA = Schema("rows", (Field("text", pa.string(), "what is read"), Field("record", pa.int64(), "its place")))
ROWS = pa.table(
    {"text": [f"{number * number} is the square of {number}" for number in range(500)], "record": list(range(500))}
)


@pytest.fixture(scope="module")
def shard(tmp_path_factory):
    uri = join(normalized(str(tmp_path_factory.mktemp("shards"))), "shard.parquet")
    with Stores().create(uri) as output, ParquetShard(output, SCHEMA) as parquet:
        for batch in ROWS.to_batches():
            parquet.write(batch)
        parquet.close()
    return Stores().read(uri)


def pages_bytes(group: pq.RowGroupMetaData) -> int:
    """Where the last page ends."""
    return len(b"PAR1") + sum(group.column(number).total_compressed_size for number in range(group.num_columns))


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_any_bit_of_a_page_that_flips_is_told_or_changes_no_row(shard, tmp_path_factory, data):
    # Behind the pages stand index and footer, which have no checksum in Parquet: the manifest's hash covers all.
    group = pq.read_metadata(pa.BufferReader(shard)).row_group(0)
    bit = data.draw(st.integers(8 * len(b"PAR1"), 8 * pages_bytes(group) - 1))
    altered = bytearray(shard)
    altered[bit // 8] ^= 1 << bit % 8
    uri = join(normalized(str(tmp_path_factory.mktemp("altered"))), "shard.parquet")
    Stores().put_if_absent(uri, bytes(altered))
    with suppress(DatasetError):
        found = pa.Table.from_batches(read_shard(Stores(), uri, ["text", "record"]), SCHEMA.arrow())
        assert found.to_pydict() == ROWS.to_pydict()


def test_an_altered_shard_is_named_with_the_way_out(shard, tmp_path):
    uri = join(normalized(str(tmp_path)), "shard.parquet")
    Stores().put_if_absent(uri, shard[:3000] + bytes([shard[3000] ^ 1]) + shard[3001:])
    with pytest.raises(DatasetError, match=r"shard.parquet was altered since .* phloem verify"):
        list(read_shard(Stores(), uri, ["text", "record"]))
