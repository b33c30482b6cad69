"""Spark's Python daemon, with what every worker needs loaded before it forks them: once a host, not once a worker.

Spark starts `python -m pipelines.stages.daemon pyspark.worker` when `spark.python.daemon.module` names this module
(`jobs.session` does). Workers share the loaded pages with the daemon as long as neither writes to them.
"""

import gc

from pyspark.daemon import manager

import pipelines.stages.clean
import pipelines.stages.tokens  # noqa: F401
from pipelines.text.warm import warm


def preload() -> None:
    """Load what the first document would load. It starts no thread: a fork takes none with it."""
    warm()
    gc.collect()
    gc.freeze()  # the collector writes into every object it looks at, and a written page is shared no more


if __name__ == "__main__":
    preload()
    manager()
