"""What every store says of the time and the tier of an object."""

import time

import pytest

from pipelines.errors import NotFoundError, RefusedError, StorageError
from pipelines.storage import join

ORDINARY = {"file": "", "hdfs": "HOT", "s3": "STANDARD"}


def test_an_object_is_as_old_as_its_bytes(place):
    stores, root = place
    before = time.time()
    stores.put_if_absent(join(root, "name"), b"x")
    found = stores.modified_seconds(join(root, "name"))
    assert before - 2 < found < time.time() + 2  # S3 tells whole seconds
    assert stores.modified_seconds(join(root, "name")) == found


def test_what_was_never_given_a_tier_is_in_the_ordinary_one(place):
    stores, root = place
    stores.put_if_absent(join(root, "name"), b"x")
    assert stores.tier(join(root, "name")) == ORDINARY[root.partition("://")[0]]


def test_a_tier_that_there_is_not_is_refused_and_the_bytes_stay(place):
    stores, root = place
    stores.put_if_absent(join(root, "name"), b"x")
    with pytest.raises((RefusedError, StorageError), match=r"name: .*"):
        stores.set_tier(join(root, "name"), "FROZEN")
    assert stores.read(join(root, "name")) == b"x"


def test_of_what_is_not_there_neither_is_known(place):
    stores, root = place
    stores.put_if_absent(join(root, "neighbour"), b"x")
    with pytest.raises(NotFoundError, match="no such thing"):
        stores.modified_seconds(join(root, "no such thing"))
    with pytest.raises(NotFoundError, match="no such thing"):
        stores.tier(join(root, "no such thing"))
