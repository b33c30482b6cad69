import json
import math
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.validation.histogram import bounds, from_runs, histogram, runs
from pipelines.validation.statistics import Statistics, merged
from schemas import SEQUENCE, Field, Schema

MEASURED = Schema(
    "measured",
    (
        Field("text", pa.string(), "text", unit="characters"),
        Field("share", pa.float64(), "a share", unit="share"),
        Field("number", pa.int64(), "a number"),
        Field("hash", pa.binary(), "bytes"),
        Field("flag", pa.bool_(), "yes or no"),
    ),
)
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "text": st.none() | st.text(max_size=5),
            "share": st.none() | st.floats(width=64) | st.sampled_from([0.0, -0.0, 1.0, 0.02, math.nan, math.inf]),
            "number": st.none() | st.integers(-(2**63), 2**63 - 1),
            "hash": st.none() | st.binary(max_size=5),
            "flag": st.none() | st.booleans(),
        }
    ),
    max_size=12,
)


def statistics_of(rows):
    return Statistics.of(pa.RecordBatch.from_pylist(rows, schema=MEASURED.arrow()), MEASURED)


@settings(max_examples=60, deadline=None)
@given(rows=ROWS, cuts=st.lists(st.integers(0, 12), max_size=3), data=st.data())
def test_any_split_of_the_rows_in_any_order_gives_the_same_json(rows, cuts, data):
    edges = sorted([0, *(min(cut, len(rows)) for cut in cuts), len(rows)])
    parts = [statistics_of(rows[low:high]) for low, high in pairwise(edges)]
    shuffled = data.draw(st.permutations(parts))
    assert merged(shuffled).to_json() == statistics_of(rows).to_json()


@settings(max_examples=30, deadline=None)
@given(first=ROWS, second=ROWS, third=ROWS)
def test_merging_is_associative_and_survives_json(first, second, third):
    a, b, c = statistics_of(first), statistics_of(second), statistics_of(third)
    left = merged([Statistics.from_json(merged([a, b]).to_json()), c])
    assert left.to_json() == merged([a, merged([b, c])]).to_json()


def test_text_and_bytes_are_measured_by_length_and_numbers_by_value():
    columns = statistics_of(
        [
            {"text": "día", "share": 0.25, "number": -3, "hash": b"1234", "flag": True},
            {"text": None, "share": math.nan, "number": 2**62 + 1, "hash": b"", "flag": None},
        ]
    ).columns
    assert (columns["text"].minimum, columns["text"].nulls, columns["text"].values) == (3, 1, 1)
    assert (columns["share"].maximum, columns["share"].not_finite) == (0.25, 1)
    assert (columns["number"].minimum, columns["number"].maximum) == (-3, 2**62 + 1)
    assert (columns["hash"].minimum, columns["hash"].maximum) == (0, 4)
    assert columns["flag"].maximum == 1


def test_lists_are_measured_by_their_number_of_items():
    row = {"token_ids": [1] * 2048, "document_starts": [0, 7, 9], "num_tokens": 2048}
    columns = Statistics.of(pa.Table.from_pylist([row], schema=SEQUENCE.arrow()), SEQUENCE).columns
    assert columns["token_ids"].maximum == 2048
    assert columns["document_starts"].maximum == 3


@pytest.mark.parametrize(
    ("value", "unit", "low", "high"),
    [
        (0.0, "share", 0.0, 0.02),
        (0.3, "share", 0.3, 0.32),
        (1.0, "share", 0.98, 1.0),
        (1.0001, "share", 1.0, None),
        (-0.1, "share", None, 0.0),
        (0.0, "bytes", 0.0, 0.0),
        (1.0, "bytes", 1.0, 2.0),
        (100.0, "", 64.0, 128.0),
        (-100.0, "", -128.0, -64.0),
        (1e300, "", 2.0**69, None),
        (-1e300, "", None, -(2.0**69)),
        (1e-300, "", 0.0, 2.0**-30),
    ],
)
def test_every_value_has_a_bin_whose_edges_the_unit_decides(value, unit, low, high):
    (position,) = histogram(np.array([value]), unit)
    assert bounds(position, unit) == (low, high)


@given(bins=st.dictionaries(st.integers(-60, 60), st.integers(1, 9)))
def test_runs_of_neighbouring_bins_can_be_undone(bins):
    assert from_runs(runs(bins)) == bins


def test_thirty_columns_of_a_typical_unit_take_less_than_four_kilobytes():
    random = np.random.default_rng(7)
    shares = [Field(f"top_{n}_gram_share", pa.float64(), "", unit="share") for n in range(12)]
    counts = [Field(f"num_of_things_{n}", pa.int64(), "") for n in range(10)]
    texts = [Field(f"some_hash_{n}", pa.binary(), "") for n in range(8)]
    schema = Schema("wide", (*shares, *counts, *texts))
    table = pa.table(
        {of.name: random.beta(2, 20, 5000) for of in shares}
        | {of.name: random.lognormal(6, 1, 5000).astype(int) for of in counts}
        | {of.name: [b"x" * 16] * 5000 for of in texts}
    )
    assert len(Statistics.of(table, schema).to_json()) < 4096


def test_the_described_form_explains_itself():
    described = statistics_of([{"share": 0.31}, {"share": 0.315}, {"text": "four"}]).described(MEASURED)
    text, share, *_ = json.loads(json.dumps(described))["columns"]
    assert text["unit"] == "characters"
    assert text["bins"] == [[4.0, 8.0, 1]]
    assert (share["nulls"], share["bins"]) == (1, [[0.3, 0.32, 2]])
