"""That a dataset was read, for whoever decides what is cold: an empty file for each day on which a reader opened it.

What counts is `TokenDataset.open` by rank 0, so a run that lasts for weeks is seen on its first day alone: a policy has
to wait longer than the longest run, or pin what that reads.
"""

from contextlib import suppress
from datetime import UTC, datetime

from pipelines.errors import PhloemError
from pipelines.storage import Stores, join
from schemas.moved import LAST_READ


def leave_trace(stores: Stores, uri: str) -> None:
    """Note today (UTC) in the dataset's folder: nothing happens where it is noted, or where one may not write."""
    today = join(uri, LAST_READ, f"{datetime.now(UTC):%Y-%m-%d}")
    with suppress(PhloemError):
        if not stores.exists(today):
            stores.put_if_absent(today, b"")
