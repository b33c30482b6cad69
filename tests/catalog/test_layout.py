"""A dataset's URI names its place, and what is no place is told."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.catalog.layout import STAGES, Place, place_of
from pipelines.errors import RefusedError
from pipelines.storage import normalized

NAMES = st.text("abcXYZ019_-.", min_size=1, max_size=8).filter(lambda name: name not in (".", ".."))


@given(
    output=st.sampled_from(["s3://bucket", "s3://bucket/a/b", "hdfs://nn:8020/corpora", "file:///", "file:///a b"]),
    corpus=NAMES,
    stage=st.sampled_from(STAGES),
    version=NAMES,
)
def test_the_place_of_a_places_uri_is_that_place(output, corpus, stage, version):
    place = Place(normalized(output), corpus, stage, version)
    assert place_of(place.uri) == place
    assert place_of(place.uri + "/") == place


@pytest.mark.parametrize(
    "uri", ["s3://bucket/tokens/v1", "s3://web/tokens/v1", "hdfs://nn/tokens/v1", "/a/web/raw/v1", "/"]
)
def test_what_is_no_place_of_a_dataset_is_told_with_what_one_is(uri):
    with pytest.raises(
        RefusedError, match=r"OUTPUT/CORPUS/STAGE/VERSION, the stage one of clean, deduplicated, tokens"
    ):
        place_of(uri)
