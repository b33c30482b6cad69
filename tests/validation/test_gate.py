import subprocess
import sys

import pyarrow as pa
import pytest

from pipelines.errors import GateError, RefusedError
from pipelines.validation import Statistics, gate
from schemas import DOCUMENT, SEQUENCE

ROW = {
    "id": b"0123456789abcdef",
    "text": "One of many.",
    "source": "part-0.warc.gz",
    "record": 4711,
    "language": "en",
    "language_score": 0.9,
    "content_hash": b"fedcba9876543210",
}
TOTALS = {"rows": 3, "kept": 3, "unaccounted": 0, "duplicate_ids": 0}
SEQUENCES = pa.Table.from_pylist(
    [{"token_ids": [1] * 2048, "document_starts": [0, 9], "num_tokens": 2000}], schema=SEQUENCE.arrow()
)


def documents(**wrong):
    rows = [ROW, ROW | wrong, ROW]
    return pa.Table.from_pylist(rows, schema=DOCUMENT.arrow())


def passed(sample=None, *, whole=None, totals=None, extra=(), stage="clean"):
    sample = documents() if sample is None else sample
    statistics = Statistics.of(sample if whole is None else whole, DOCUMENT)
    return gate(stage, DOCUMENT, statistics, TOTALS | (totals or {}), sample, extra=extra)


def refusal(*args, **kwargs):
    with pytest.raises(GateError) as caught:
        passed(*args, **kwargs)
    return str(caught.value)


def test_a_good_dataset_passes_with_a_small_report():
    report = passed()
    assert report.success
    assert report.to_dict()["results"][0] == {"table": "sample", "expectation": "exists", "columns": DOCUMENT.names}
    assert report.evaluated == len(DOCUMENT.expectations()) + 10
    assert len(str(report.to_dict())) < 3000


def test_the_message_names_the_check_the_column_the_value_and_the_row():
    message = refusal(documents(language_score=1.5))
    assert "sample: language_score is at least 0 and at most 1.001\n  observed: 1 of 3 rows" in message
    assert f"id {b'0123456789abcdef'.hex()}, source 'part-0.warc.gz', record 4711, language_score 1.5" in message


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"source": None}, "sample: source is never null"),
        ({"record": -1}, "record is at least 0"),
        ({"content_hash": b"short"}, "content_hash is 16 long"),
    ],
)
def test_each_expectation_of_a_field_fails_on_the_sample(wrong, said):
    message = refusal(documents(**wrong))
    assert said in message
    (value,) = wrong.values()
    assert f"{next(iter(wrong))} {value.hex() if isinstance(value, bytes) else value}" in message


def test_a_column_that_is_not_there_is_named_with_those_that_are():
    sample = documents().drop_columns(["url"])
    with pytest.raises(GateError, match=r"url exists\n  observed: there is no column url; there are id, text, source"):
        gate("clean", DOCUMENT, Statistics.of(documents(), DOCUMENT), TOTALS, sample)


@pytest.mark.parametrize(
    ("wrong", "observed"),
    [
        ({"source": None}, "column 'source', forbidden_nulls 1"),
        ({"record": -7}, "column 'record', minimum -7, least 0"),
        ({"language_score": 1.5}, "column 'language_score', most 1.001, maximum 1.5"),
        ({"language_score": float("nan")}, "column 'language_score', not_finite 1"),
        ({"id": b"longer than it may be"}, "column 'id', most 16, maximum 21"),
    ],
)
def test_a_fault_outside_the_sample_is_found_in_the_statistics(wrong, observed):
    message = refusal(whole=documents(**wrong))
    assert "1 of 27 checks" in message
    assert f"observed: {observed}" in message


def test_a_column_of_another_type_than_declared_is_found():
    table = documents()
    other = table.set_column(3, "record", table["record"].cast(pa.int32()))
    assert "column 'record', type 'int32', declared_type 'int64'" in refusal(other)


def test_64_bit_offsets_are_the_same_type():
    table = documents()
    assert passed(table.set_column(1, "text", table["text"].cast(pa.large_string()))).success


@pytest.mark.parametrize(
    ("totals", "observed"),
    [
        ({"unaccounted": 2}, "no row unaccounted\n  observed: unaccounted 2"),
        ({"unaccounted": -2}, "observed: unaccounted -2"),
        ({"rows": 0, "kept": 0}, "there is at least one row\n  observed: rows 0"),
        ({"kept": 2}, "observed: rows 3, kept 2"),
        ({"rows": 5, "kept": 5}, "the statistics saw every row\n  observed: measured 3, rows 5"),
        ({"duplicate_ids": 1}, "every id is there once\n  observed: duplicate_ids 1"),
    ],
)
def test_totals_that_do_not_hold_are_named_with_their_values(totals, observed):
    assert observed in refusal(totals=totals)


def test_a_total_that_nobody_counted_closes_the_gate():
    with pytest.raises(GateError, match="there is no column duplicate_ids"):
        gate(
            "clean",
            DOCUMENT,
            Statistics.of(documents(), DOCUMENT),
            {"rows": 3, "kept": 3, "unaccounted": 0},
            documents(),
        )


def test_token_sequences_pass_and_need_tokens():
    statistics = Statistics.of(SEQUENCES, SEQUENCE)
    assert gate("tokens", SEQUENCE, statistics, {"rows": 1, "tokens": 2000, "unaccounted": 0}, SEQUENCES).success
    with pytest.raises(GateError, match="observed: tokens 0"):
        gate("tokens", SEQUENCE, statistics, {"rows": 1, "tokens": 0, "unaccounted": 0}, SEQUENCES)


def test_an_extra_expectation_is_checked_on_the_sample():
    only_english = {"type": "expect_column_values_to_be_in_set", "kwargs": {"column": "language", "value_set": ["en"]}}
    assert passed(extra=[only_english]).evaluated == passed().evaluated + 1
    message = refusal(documents(language="d" * 100), extra=[only_english])
    assert "language column values to be in set (value_set=['en'])" in message
    assert f"language '{'d' * 80}'" in message
    rows = {"type": "expect_table_row_count_to_be_between", "kwargs": {"min_value": 100}}
    assert "observed: 3" in refusal(extra=[rows])


@pytest.mark.parametrize(
    "wrong",
    [
        {"type": "expect_miracles", "kwargs": {}},
        {"type": "expect_column_to_exist", "kwargs": {"colum": "id"}},
        {"type": "expect_column_to_exist"},
    ],
)
def test_an_expectation_that_does_not_exist_is_refused_by_name(wrong):
    with pytest.raises(RefusedError, match=wrong["type"]):
        passed(extra=[wrong])


def test_at_most_five_examples_are_shown():
    many = pa.Table.from_pylist([ROW | {"record": -1}] * 9, schema=DOCUMENT.arrow())
    message = refusal(many, totals={"rows": 9, "kept": 9})
    assert message.count("record -1") == 5
    assert "9 of 9 rows" in message


def test_a_program_given_on_the_command_line_goes_on_behind_the_gate():
    program = "from pipelines.validation.gate import warm_up; warm_up(); print('went on')"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "went on\n"), done.stderr
