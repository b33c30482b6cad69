"""How a worker cuts rows into files and row groups: by the rows alone, never by how they came batched."""

from itertools import pairwise

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.stages.tables import writing
from pipelines.stages.tables.writing import landed_schema, row_groups

SCHEMA = landed_schema(pa.int64(), pa.string(), "text", None).arrow()


@pytest.fixture(autouse=True)
def _small_row_groups(monkeypatch):
    monkeypatch.setattr(writing, "ROW_GROUP_BYTES", 20)


def batches(texts, ends):
    """Rows whose keys count up, in batches that end where they are told."""
    bounds = [0, *sorted(min(end, len(texts)) for end in ends), len(texts)]
    whole = pa.RecordBatch.from_arrays(
        [pa.array(range(len(texts)), pa.int64()), pa.array(texts, pa.string())], ["k", "t"]
    )
    return iter([whole.slice(start, end - start) for start, end in pairwise(bounds)])


def cuts(texts, ends, rows_per_file):
    """(file, keys) of every row group."""
    groups = row_groups(batches(texts, ends), SCHEMA, rows_per_file)
    return [(group.file, group.rows.column("key").to_pylist()) for group in groups]


@given(
    st.lists(st.none() | st.text(max_size=30), max_size=40),
    st.lists(st.integers(0, 40), max_size=8),
    st.integers(1, 12),
)
def test_cuts_depend_on_the_rows_alone_and_every_row_is_in_one_file_in_order(texts, ends, rows_per_file):
    found = cuts(texts, ends, rows_per_file)
    assert found == cuts(texts, [], rows_per_file)
    assert [key for _, keys in found for key in keys] == list(range(len(texts)))
    assert all(key // rows_per_file == file for file, keys in found for key in keys)


def test_a_row_group_ends_with_the_text_that_fills_it_or_with_the_file():
    assert cuts(["x" * 8] * 7, [], 5) == [(0, [0, 1, 2]), (0, [3, 4]), (1, [5, 6])]
    assert cuts(["x" * 50, None, "x"], [], 9) == [(0, [0]), (0, [1, 2])]
    assert cuts(["x" * 20] * 2, [], 2) == [(0, [0]), (0, [1])]


def test_groups_are_contiguous_and_named_by_the_schema():
    group = next(row_groups(batches(["a", None], [1]), SCHEMA, 5))
    assert group.rows.schema.equals(SCHEMA, check_metadata=True)
    assert group.rows.column("text").num_chunks == 1
