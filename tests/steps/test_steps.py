"""What holds for every step: it adds what it declares, keeps the first reason, and looks at one row at a time."""

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from step_batches import GERMAN, GOOD, PAGE, batch_of, texts_of, through

from pipelines.recipes import load_recipe
from pipelines.steps import CleanLines, ContentHash, Extract, Language, Normalize, Quality, Redact, Signature, UrlFilter
from pipelines.steps.columns import measured, quarantined, rejected
from schemas import RAW

STEPS = [UrlFilter(), Extract(), Normalize(), CleanLines(), Language(), Quality(), Redact(), ContentHash(), Signature()]
UNREADABLE = {"quarantined_by": "truncated", "quarantine_detail": "ends early"}
each_step = pytest.mark.parametrize("step", STEPS, ids=lambda step: type(step).__name__)


def added_types(step, batch):
    return {field.name: batch.schema.field(field.name).type for field in step.adds}


@each_step
@pytest.mark.parametrize(
    "batch",
    [RAW.empty(), batch_of(UNREADABLE), batch_of(UNREADABLE, UNREADABLE), texts_of(GOOD, None, ""), texts_of(GERMAN)],
    ids=["no row", "no text", "no texts", "some", "all"],
)
def test_a_step_adds_the_columns_it_declares_and_keeps_every_row(step, batch):
    after = step(batch)
    assert after.num_rows == batch.num_rows
    assert after.schema.names == RAW.names + [field.name for field in step.adds]
    assert added_types(step, after) == {field.name: field.type for field in step.adds}
    assert [after.schema.field(name).type for name in RAW.names] == [field.type for field in RAW.fields]
    assert after.select(["id", "source", "record", "url"]) == batch.select(["id", "source", "record", "url"])


@each_step
def test_a_row_that_cannot_be_read_stays_as_it_is_and_is_measured_by_nobody(step):
    row = step(batch_of({"text": GOOD}, UNREADABLE)).to_pylist()[1]
    assert row["text"] is None
    assert row["rejected_by"] is None
    assert (row["quarantined_by"], row["quarantine_detail"]) == ("truncated", "ends early")
    assert [row[field.name] for field in step.adds] == [None] * len(step.adds)


@each_step
def test_the_first_reason_stays(step):
    rejected_before = batch_of(
        {"text": "zu kurz", "rejected_by": "earlier rule"}, {"text": "", "rejected_by": "earlier"}
    )
    assert step(rejected_before).column("rejected_by").to_pylist() == ["earlier rule", "earlier"]


ROWS = [
    {"text": GOOD},
    {"text": GERMAN},
    {"text": ""},
    {"text": "ask a@b.org {now}\n" * 4},
    {"content": PAGE.encode(), "content_type": "text/html"},
    {"content": b"\xff\xfe\x00", "content_type": "text/plain; charset=utf-8"},
    {"content": b"<html></html>", "content_type": "text/html"},
    {"text": GOOD, "rejected_by": "earlier"},
    UNREADABLE,
]


@settings(max_examples=30, deadline=None)
@given(rows=st.lists(st.sampled_from(ROWS), max_size=6), start=st.integers(0, 2))
def test_a_batch_of_n_rows_gives_what_n_batches_of_one_give(rows, start):
    batch = batch_of(*rows)[start:]  # a slice: its columns begin in the middle of their buffers
    steps = load_recipe("web_en").steps
    alone = [through(steps, batch.slice(row, 1)).to_pylist()[0] for row in range(batch.num_rows)]
    assert through(steps, batch).to_pylist() == alone


def test_good_english_goes_through_the_whole_recipe_as_text_and_as_a_page():
    page = {"content": PAGE.encode(), "content_type": "text/html"}
    text, page = through(load_recipe("web_en").steps, batch_of({"text": GOOD}, page)).to_pylist()
    for row in (text, page):
        assert (row["rejected_by"], row["quarantined_by"], row["content"]) == (None, None, None)
        assert row["language"] == "en"
        assert row["num_words"] > 50
        assert len(row["content_hash"]) == 16
        assert len(row["signature"]) == 112 * 8
    assert text["text"] == GOOD
    assert "Home" not in page["text"]


def test_measuring_sees_only_the_texts_there_are_and_puts_rows_back_in_place():
    seen = []

    def lengths(texts):
        seen.extend(texts.to_pylist())
        return pa.table({"length": pa.array([len(text) for text in texts.to_pylist()], pa.int64())})

    table = measured(texts_of(None, "one", None, "three", None), lengths)
    assert seen == ["one", "three"]
    assert table.column("length").to_pylist() == [None, 3, None, 5, None]
    assert measured(texts_of(None, None), lengths).column("length").to_pylist() == [None, None]
    assert measured(RAW.empty(), lengths).num_rows == 0


def test_the_first_fault_stays_with_its_detail_and_takes_the_text_away():
    batch = batch_of({"text": "a"}, UNREADABLE, {"text": "c"})
    after = quarantined(batch, pa.array(["x", "y", None]), pa.array(["why x", "why y", None]))
    assert after.column("quarantined_by").to_pylist() == ["x", "truncated", None]
    assert after.column("quarantine_detail").to_pylist() == ["why x", "ends early", None]
    assert after.column("text").to_pylist() == [None, None, "c"]


def test_a_reason_marks_only_rows_that_have_none():
    batch = batch_of({"text": "a"}, {"text": "b", "rejected_by": "first"}, {"text": "c"})
    marked = rejected(batch, pa.array(["new", "new", None]))
    assert marked.column("rejected_by").to_pylist() == ["new", "first", None]
