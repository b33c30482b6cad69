"""Reading and writing columns of a batch on its way: texts in, measured values and marks out."""

from collections.abc import Callable

import pyarrow as pa
import pyarrow.compute as pc


def with_column(batch: pa.RecordBatch, name: str, values: pa.Array) -> pa.RecordBatch:
    """The batch with column `name` set, in place where it is there, behind the others where it is not."""
    index = batch.schema.get_field_index(name)
    return batch.append_column(name, values) if index < 0 else batch.set_column(index, name, values)


def measured(batch: pa.RecordBatch, compute: Callable[[pa.Array], pa.Table], of: str = "text") -> pa.Table:
    """`compute` on the texts there are (or on another column's strings); rows without one get nulls.

    `compute` takes a string array of n texts and returns a table of n rows.
    """
    texts = batch.column(of)
    table = compute(texts.drop_null())
    if texts.null_count == 0:
        return table
    present = texts.is_valid()
    row = pc.subtract(pc.cumulative_sum(present.cast(pa.int64())), 1)
    return table.take(pc.if_else(present, row, None))


def rejected(batch: pa.RecordBatch, reasons: pa.Array) -> pa.RecordBatch:
    """Mark rows with a reason; a row that an earlier rule rejected keeps that rule's reason."""
    return with_column(batch, "rejected_by", pc.coalesce(batch.column("rejected_by"), reasons))


def quarantined(batch: pa.RecordBatch, reasons: pa.Array, details: pa.Array) -> pa.RecordBatch:
    """Mark rows that cannot be read; the first fault stays, and a quarantined row has no text."""
    already = batch.column("quarantined_by")
    batch = with_column(batch, "quarantine_detail", pc.if_else(already.is_valid(), batch["quarantine_detail"], details))
    batch = with_column(batch, "quarantined_by", pc.coalesce(already, reasons))
    text = pc.if_else(batch.column("quarantined_by").is_valid(), pa.scalar(None, pa.string()), batch.column("text"))
    return with_column(batch, "text", text)


def column(table: pa.Table, name: str) -> pa.Array:
    """One column of a small table as a single array."""
    return table.column(name).combine_chunks()
