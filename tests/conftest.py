"""What tests of several rooms share."""

import sys
from collections.abc import Iterator
from typing import Any

import pytest

# A worker of pytest-xdist has a __main__ without a file. pyspark.sql.connect takes that for doctests, and exits.
if not hasattr(sys.modules["__main__"], "__file__"):
    sys.modules["__main__"].__file__ = pytest.__file__.replace("__init__", "__main__")


@pytest.fixture(scope="session")
def spark() -> Iterator[Any]:
    """One Spark session for all tests that need one: two cores, few partitions, as `phloem run` starts it."""
    from jobs.session import open_session
    from jobs.site import Site

    settings = {
        "spark.sql.shuffle.partitions": "4",
        "spark.driver.memory": "1g",
        "spark.sql.execution.arrow.pyspark.validateSchema.enabled": "true",
    }
    session = open_session(Site(settings=settings), "local[2,2]", "phloem-tests")
    yield session
    session.stop()
