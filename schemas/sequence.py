"""The training row: `context_length` token ids and where documents start among them."""

import pyarrow as pa

from schemas.fields import Field, Schema

UINT16_VOCABULARY = 1 << 16
"""Vocabularies up to this size are stored in two bytes a token."""


def token_type(vocabulary_size: int) -> pa.DataType:
    """The smallest stored type that holds every id below `vocabulary_size`."""
    return pa.uint16() if vocabulary_size <= UINT16_VOCABULARY else pa.uint32()


def sequence(context_length: int, vocabulary_size: int) -> Schema:
    """The schema of a token dataset; a row is one sequence of `context_length` ids."""
    ids = pa.list_(pa.field("item", token_type(vocabulary_size), nullable=False), context_length)
    starts = pa.list_(pa.field("item", pa.int32(), nullable=False))
    return Schema(
        "sequence",
        (
            Field("token_ids", ids, "packed token ids; behind num_tokens only end-of-text padding", nullable=False),
            Field("document_starts", starts, "positions in the row at which a document starts or goes on", False),
            Field("num_tokens", pa.int32(), "ids that are not padding", False, "tokens", 1, context_length),
        ),
    )


SEQUENCE = sequence(context_length=2048, vocabulary_size=UINT16_VOCABULARY)
"""The schema with the most common sizes; a dataset's own is in its manifest."""
