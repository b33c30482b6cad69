"""A schema is written once and rendered three ways; a manifest goes to JSON and back."""

import dataclasses
import json

import pyarrow as pa
import pytest

from schemas import (
    DOCUMENT,
    DUPLICATE,
    QUARANTINE,
    RAW,
    SEQUENCE,
    Field,
    Manifest,
    Schema,
    Tokenizer,
    sequence,
)
from schemas.manifest import SHARDS

ALL = [RAW, DOCUMENT, QUARANTINE, DUPLICATE, SEQUENCE, SHARDS]

TINY = Schema(
    "tiny",
    (
        Field("id", pa.binary(), "what it is called", nullable=False, num_bytes=16),
        Field("share", pa.float64(), "how much of it", unit="share", minimum=0.0, maximum=1.0),
        Field("ids", pa.list_(pa.field("item", pa.uint16(), nullable=False), 4), "token ids"),
    ),
)


def manifest(**changed):
    accounting = {"in": 10, "kept": 4, "rejected": {"short": 3}, "duplicates": {"near": 1}, "quarantined": {"bad": 2}}
    values = {
        "corpus": "tiny",
        "stage": "clean",
        "version": "v1",
        "recipe": {"steps": [{"type": "Übung", "share": 0.5}]},
        "fingerprint": "f" * 64,
        "parents": ({"name": "inputs", "version": "", "manifest_hash": "0" * 64},),
        "schema": ({"name": "id", "type": "binary", "description": "what", "unit": ""},),
        "totals": {"rows": 4, "tokens": 0, "bytes": 100, "shards": 1},
        "accounting": accounting,
        "validation": {"success": True},
        "shards_hash": "a" * 64,
    }
    return Manifest(**(values | changed))


def test_arrow_carries_types_nullability_description_and_unit():
    rendered = TINY.arrow()
    assert rendered.names == ["id", "share", "ids"]
    assert rendered.field("id").type == pa.binary()
    assert not rendered.field("id").nullable
    assert rendered.field("share").metadata == {b"description": b"how much of it", b"unit": b"share"}
    assert rendered.field("id").metadata == {b"description": b"what it is called"}


def test_spark_widens_what_it_has_no_type_for():
    assert TINY.spark_ddl() == "`id` binary, `share` double, `ids` array<int>"
    assert Schema("s", (Field("n", pa.uint32(), ""), Field("l", pa.list_(pa.string()), ""))).spark_ddl() == (
        "`n` bigint, `l` array<string>"
    )


def test_expectations_say_what_the_fields_promise():
    assert TINY.expectations() == [
        {"type": "expect_column_to_exist", "kwargs": {"column": "id"}},
        {"type": "expect_column_values_to_not_be_null", "kwargs": {"column": "id"}},
        {"type": "expect_column_value_lengths_to_equal", "kwargs": {"column": "id", "value": 16}},
        {"type": "expect_column_to_exist", "kwargs": {"column": "share"}},
        {
            "type": "expect_column_values_to_be_between",
            "kwargs": {"column": "share", "min_value": 0.0, "max_value": 1.0},
        },
        {"type": "expect_column_to_exist", "kwargs": {"column": "ids"}},
    ]


@pytest.mark.parametrize("schema", ALL, ids=lambda schema: schema.name)
def test_each_of_ours_renders_and_describes_every_field(schema):
    assert schema.arrow().names == schema.names
    assert len(set(schema.names)) == len(schema.names)
    assert schema.spark_ddl().count("`") == 2 * len(schema.names)
    assert all(field.description for field in schema.fields)
    assert schema.empty().num_rows == 0
    assert schema.empty().schema.equals(schema.arrow())


def test_plus_replaces_where_it_stands_and_adds_behind():
    more = TINY.plus(Field("share", pa.float32(), "other"), Field("new", pa.bool_(), "added"), name="more")
    assert more.names == ["id", "share", "ids", "new"]
    assert more["share"].type == pa.float32()
    assert (more.name, TINY["share"].type) == ("more", pa.float64())


def test_select_takes_the_order_asked_for_and_a_wrong_name_is_told_the_right_ones():
    assert TINY.select("share", "id").names == ["share", "id"]
    with pytest.raises(KeyError, match="tiny has no field 'shares'; it has id, share, ids"):
        TINY.select("shares")


@pytest.mark.parametrize(("vocabulary_size", "kind"), [(65_536, pa.uint16()), (65_537, pa.uint32())])
def test_token_ids_take_two_bytes_as_long_as_they_fit(vocabulary_size, kind):
    ids = sequence(8, vocabulary_size)["token_ids"].type
    assert (ids.value_type, ids.list_size) == (kind, 8)


@pytest.mark.parametrize("tokenizer", [None, Tokenizer("bpe", "b" * 64, 512, 0)])
def test_a_manifest_comes_back_from_json_as_it_was(tokenizer):
    before = manifest(tokenizer=tokenizer, context_length=2048, extra={"seed": 7})
    after = Manifest.from_json(before.to_json())
    assert after == before
    assert after.to_json() == before.to_json()


def test_the_same_manifest_gives_the_same_bytes_whatever_the_order_of_its_keys():
    turned = dict(reversed(manifest().accounting.items()))
    assert manifest(accounting=turned).to_json() == manifest().to_json()


@pytest.mark.parametrize(("version", "shown"), [(2, "2"), (0, "0"), (None, "None")])
def test_another_format_version_is_refused_with_both_versions(version, shown):
    text = dataclasses.replace(manifest(), format_version=version).to_json()
    with pytest.raises(ValueError, match=f"format version {shown}; this Phloem reads version 1"):
        Manifest.from_json(text)


@pytest.mark.parametrize("text", ["[]", "{}", "3", json.dumps({"corpus": "x"})])
def test_json_that_is_no_manifest_is_refused(text):
    with pytest.raises(ValueError, match="format version None"):
        Manifest.from_json(text)


def test_what_is_not_accounted_for_is_counted():
    accounting = manifest().accounting
    assert manifest().unaccounted() == 0
    assert manifest(accounting=accounting | {"kept": 3}).unaccounted() == 1
    assert manifest(accounting=accounting | {"rejected": {"short": 3, "long": 2}}).unaccounted() == -2
