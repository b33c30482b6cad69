"""One corpus, one version a day: spark-submit runs the recipe on a day's input, then the dataset is an asset.

Nothing of Phloem is imported here, for Airflow lives in an environment of its own: the DAG knows a command line and the
manifest that the command leaves. What it needs, with the defaults of a checkout on one machine:

====================  ====================================================================================
PHLOEM_HOME           environment: folder with jobs/run.py and phloem.zip (`make zip`); this file's checkout
PHLOEM_SPARK_SUBMIT   environment: the spark-submit to start; the checkout's own
PHLOEM_RECIPE         environment: the recipe, which also names DAG and asset; web_en
PHLOEM_SITE           environment: a site file (TOML) for `--site`; none
phloem_input          Variable: folder or URI with a folder for each day below it; <home>/build/incoming
phloem_output         Variable: where datasets go; <home>/build/corpora
spark_local           connection: {"conn_type": "spark", "host": "local[2]"}, or a cluster's master
====================  ====================================================================================
"""

import json
import os
import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from airflow.exceptions import AirflowException, AirflowFailException
from airflow.providers.apache.spark.operators.spark_submit import SparkSubmitOperator
from airflow.sdk import DAG, Asset, CronDataIntervalTimetable, ObjectStoragePath, Param, task

HOME = Path(os.environ.get("PHLOEM_HOME", Path(__file__).resolve().parent.parent))
ENVIRONMENT = HOME / ".venv"
RECIPE = os.environ.get("PHLOEM_RECIPE", "web_en")
CORPUS = RECIPE.rpartition("/")[2].partition(".py:")[0]
SITE = os.environ.get("PHLOEM_SITE")
SPARK_SUBMIT = os.environ.get("PHLOEM_SPARK_SUBMIT", str(ENVIRONMENT / "bin" / "spark-submit"))

INPUT = (
    "{{ params.input or "
    f"var.value.get('phloem_input', '{HOME}/build/incoming') ~ '/' ~ (data_interval_start | ds) }}}}"
)
OUTPUT = f"{{{{ params.output or var.value.get('phloem_output', '{HOME}/build/corpora') }}}}"
VERSION = "{{ params.version or (data_interval_start | ds) }}"

DATASET = Asset(name=f"phloem_{CORPUS}", group="phloem")

REFUSALS = {
    "2": "refused before any work started: an argument, the recipe or the input is wrong",
    "3": "a validation suite failed: nothing was published",
    "4": "more unreadable records than the recipe allows: nothing was published",
}
"""Exit codes of `phloem run` that the same command gives again; any other failure is worth another try.

A retry goes on where the last one stopped: the units that are done stay done.
"""


class RunCorpus(SparkSubmitOperator):
    """spark-submit, but a refusal is not tried again."""

    def execute(self, context: Any) -> None:
        """Submit and wait; AirflowFailException says which of `REFUSALS` it was."""
        try:
            super().execute(context)
        except AirflowException as error:
            code = re.search(r"Error code is: ([234])\b", str(error))
            if code:
                raise AirflowFailException(f"phloem run {REFUSALS[code[1]]}; its own words are above") from error
            raise


@task(outlets=[DATASET], retries=3, retry_delay=timedelta(seconds=30), execution_timeout=timedelta(minutes=5))
def publish(output: str, version: str, *, outlet_events: Any = None) -> dict[str, Any]:
    """Announce the dataset: the manifest is what makes it one, so it is read, and its figures travel with the event."""
    dataset = ObjectStoragePath(output if "://" in output else f"file://{output}") / CORPUS / "tokens" / version
    manifest = json.loads((dataset / "manifest.json").read_text())
    about = {
        "uri": str(dataset),
        "version": manifest["version"],
        "fingerprint": manifest["fingerprint"],
        "shards_hash": manifest["shards_hash"],
        "totals": manifest["totals"],
        "accounting": manifest["accounting"],
    }
    outlet_events[DATASET].extra = about
    return about


with DAG(
    dag_id=f"phloem_{CORPUS}",
    description=f"The corpus {CORPUS}: a day's raw text to training rows",
    doc_md=__doc__,
    schedule=CronDataIntervalTimetable("@daily", timezone="UTC"),
    start_date=datetime.fromisoformat("2026-01-01T00:00:00+00:00"),
    catchup=False,
    max_active_runs=1,  # two days at once would halve each other's memory
    dagrun_timeout=timedelta(hours=20),  # the next day must find the cluster free
    default_args={"owner": "phloem"},
    tags=["phloem", CORPUS],
    params={
        "input": Param(None, type=["null", "string"], description="instead of the day's folder"),
        "output": Param(None, type=["null", "string"], description="instead of the Variable phloem_output"),
        "version": Param(None, type=["null", "string"], description="instead of the day"),
    },
) as dag:
    run = RunCorpus(
        task_id="run",
        name=f"phloem {CORPUS} {{{{ data_interval_start | ds }}}}",
        conn_id="spark_local",
        application=str(HOME / "jobs" / "run.py"),
        py_files=str(HOME / "phloem.zip"),
        application_args=[
            *(RECIPE, "--input", INPUT, "--output", OUTPUT, "--version", VERSION),
            *(("--site", SITE) if SITE else ()),
        ],
        spark_binary=SPARK_SUBMIT,
        env_vars={
            # Airflow's own Python comes first on PATH and has another Spark's client: say which are meant.
            "PYSPARK_PYTHON": os.environ.get("PYSPARK_PYTHON", str(ENVIRONMENT / "bin" / "python")),
            "SPARK_HOME": os.environ.get(
                "SPARK_HOME", str(next(ENVIRONMENT.glob("lib/python*/site-packages/pyspark"), ""))
            ),
            **({"JAVA_HOME": os.environ["JAVA_HOME"]} if "JAVA_HOME" in os.environ else {}),
        },
        retries=2,
        retry_delay=timedelta(minutes=5),
        retry_exponential_backoff=True,
        max_retry_delay=timedelta(hours=1),
        execution_timeout=timedelta(hours=6),
        doc_md="`phloem run`, by spark-submit. A second try does only what the first one left.",
    )
    run >> publish(OUTPUT, VERSION)
