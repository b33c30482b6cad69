"""Every store that the contract is asked of: another one is one more row in STORES."""

import pytest

from pipelines.storage import Stores, normalized

STORES = {"local": lambda folder: (Stores(), normalized(str(folder / "out")))}
"""Kind of store → how to make one and an empty place in it."""


@pytest.fixture(params=STORES)
def place(request, tmp_path):
    return STORES[request.param](tmp_path)
