"""What tests of several rooms share."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

# No test says how long anything takes: the first call of a kernel compiles it, and machines are busy.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


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


@pytest.fixture(scope="session")
def hdfs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """One HDFS for all tests that need one: a NameNode and three DataNodes, up in 10 to 20 s."""
    import hdfs_cluster

    with hdfs_cluster.running(tmp_path_factory.mktemp("hdfs")) as cluster:
        yield cluster


@pytest.fixture(scope="session")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """One S3 server for all tests that need one."""
    import s3_server

    with s3_server.running(tmp_path_factory.mktemp("s3")) as server:
        yield server


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Any]:
    """One PostgreSQL for all tests that need one."""
    import databases

    from jobs.jars import fetch

    fetch(["postgresql"])
    with databases.postgresql() as server:
        yield server


@pytest.fixture(scope="session")
def mariadb() -> Iterator[Any]:
    """One MariaDB for all tests that need one."""
    import databases

    from jobs.jars import fetch

    fetch(["mysql"])
    with databases.mariadb() as server:
        yield server
