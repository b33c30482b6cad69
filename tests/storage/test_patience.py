"""Trying again, and giving up."""

import itertools

import pytest

from pipelines.errors import NotFoundError, StorageError
from pipelines.storage import patience
from pipelines.storage.patience import PassingError, persistently


@pytest.fixture(autouse=True)
def at_once(monkeypatch):
    monkeypatch.setattr(patience, "_FIRST_PAUSE_SECONDS", 0.001)


def failing(times, error):
    """Fails so often, then says how often it was called."""
    calls = itertools.count(1)

    def attempt():
        if (number := next(calls)) <= times:
            raise error
        return number

    return attempt


def test_what_passes_is_tried_until_it_has():
    assert persistently(failing(0, PassingError("busy", 60.0))) == 1
    assert persistently(failing(5, PassingError("busy", 60.0))) == 6


def test_what_does_not_pass_is_told_with_how_long_was_tried():
    attempt = failing(10**9, PassingError("s3://b/k: busy", 0.05))
    with pytest.raises(StorageError, match=r"^s3://b/k: busy \(tried for 0 s\)$") as caught:
        persistently(attempt)
    assert not isinstance(caught.value, PassingError)


def test_any_other_error_is_told_at_once():
    attempt = failing(1, NotFoundError("s3://b/k is not there"))
    with pytest.raises(NotFoundError):
        persistently(attempt)
    assert attempt() == 2
