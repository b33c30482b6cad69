"""The DAG, run whole by Airflow in its own environment: spark-submit, a real job, a manifest, an asset event."""

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parent.parent.parent
AIRFLOW = Path("~/.cache/phloem/airflow/bin").expanduser()
"""Made by `make airflow` and by `make test`."""

GOOD_DAY, DAY_WITHOUT_INPUT = "2026-01-02", "2026-01-05"
WORDS = ("the", "river", "rises", "in", "hills", "and", "runs", "to", "sea", "people", "have", "lived", "beside", "it")


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    """What a cluster's submitting machine has of Phloem: jobs/run.py and phloem.zip; and a day's input."""
    home = tmp_path_factory.mktemp("airflow")
    subprocess.run([sys.executable, CHECKOUT / "scripts" / "make_zip.py", home / "phloem.zip"], check=True)
    (home / "jobs").mkdir()
    shutil.copy(CHECKOUT / "jobs" / "run.py", home / "jobs")
    day = home / "build" / "incoming" / GOOD_DAY
    day.mkdir(parents=True)
    lines = (json.dumps({"text": " ".join(WORDS[number % 14 :] + WORDS * (3 + number))}) for number in range(40))
    (day / "notes.jsonl").write_text("\n".join(lines))
    return home


@pytest.fixture(scope="module")
def told(home) -> dict:
    """What the DAG's runs for both days say."""
    assert AIRFLOW.is_dir(), f"{AIRFLOW} is not there: `make airflow` makes it"
    pyspark = importlib.util.find_spec("pyspark").submodule_search_locations[0]
    environment = os.environ | {
        "AIRFLOW_HOME": str(home / "airflow"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__DAGS_FOLDER": str(CHECKOUT / "airflow_dags"),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home}/airflow.db",
        "AIRFLOW_CONN_SPARK_LOCAL": json.dumps({"conn_type": "spark", "host": "local[2]"}),
        "PHLOEM_HOME": str(home),
        "PHLOEM_RECIPE": "text",
        "PHLOEM_SPARK_SUBMIT": str(Path(pyspark) / "bin" / "spark-submit"),
        "PYSPARK_PYTHON": sys.executable,
        "SPARK_HOME": pyspark,
        "SPARK_LOCAL_IP": "127.0.0.1",
    }
    run = {"env": environment, "cwd": home, "capture_output": True, "text": True, "timeout": 550}
    migrated = subprocess.run([AIRFLOW / "airflow", "db", "migrate"], check=False, **run)
    assert migrated.returncode == 0, migrated.stderr[-5000:]
    script, dag_file = CHECKOUT / "tests" / "airflow" / "run_dag.py", CHECKOUT / "airflow_dags" / "phloem_corpus.py"
    done = subprocess.run([AIRFLOW / "python", script, dag_file, GOOD_DAY, DAY_WITHOUT_INPUT], check=False, **run)
    assert done.returncode == 0, done.stdout[-10_000:] + done.stderr[-5000:]
    return json.loads(done.stdout.splitlines()[-1])


def test_the_dag_imports_nothing_of_ours(told):
    assert told["imported_of_ours"] == []


def test_a_day_becomes_a_published_version_named_by_it(home, told):
    run = told["runs"][GOOD_DAY]
    assert run["state"] == "success"
    assert {name: state for name, (state, _) in run["tasks"].items()} == {"run": "success", "publish": "success"}
    manifest = json.loads((home / "build" / "corpora" / "text" / "tokens" / GOOD_DAY / "manifest.json").read_text())
    assert manifest["version"] == GOOD_DAY
    assert manifest["totals"]["tokens"] > 500


def test_the_asset_event_carries_the_manifests_figures(home, told):
    (event,) = told["runs"][GOOD_DAY]["events"]
    dataset = home / "build" / "corpora" / "text" / "tokens" / GOOD_DAY
    manifest = json.loads((dataset / "manifest.json").read_text())
    assert event["name"] == "phloem_text"
    assert event["extra"]["uri"] == f"file://{dataset}"
    for name in ("version", "fingerprint", "shards_hash", "totals", "accounting"):
        assert event["extra"][name] == manifest[name]


def test_a_refusal_fails_the_day_at_its_first_try_and_publishes_nothing(home, told):
    run = told["runs"][DAY_WITHOUT_INPUT]
    assert run["state"] == "failed"
    assert run["tasks"]["run"] == ["failed", 1]
    assert run["events"] == []
    assert not (home / "build" / "corpora" / "text" / "tokens" / DAY_WITHOUT_INPUT).exists()
