"""Run by Airflow's own Python: `run_dag.py DAG_FILE DAY...` runs the DAG whole for each day and says what became of it.

One line of JSON: for each day its run's state, its tasks' states and tries, and the asset events they emitted.
"""

import importlib.util
import json
import sys
from datetime import datetime, timedelta

from airflow.models.asset import AssetEvent
from airflow.utils.session import create_session
from sqlalchemy import select


def main(dag_file, days):
    spec = importlib.util.spec_from_file_location("phloem_corpus", dag_file)
    module = importlib.util.module_from_spec(spec)
    sys.modules["phloem_corpus"] = module
    spec.loader.exec_module(module)
    ours = sorted(name for name in sys.modules if name.partition(".")[0] in ("schemas", "pipelines", "jobs"))
    told = {day: run(module.dag, day) for day in days}
    sys.stdout.write(json.dumps({"imported_of_ours": ours, "runs": told}) + "\n")


def run(dag, day):
    """One run for the data interval that begins with `day`."""
    dag_run = dag.test(logical_date=datetime.fromisoformat(day + "T00:00:00+00:00") + timedelta(days=1))
    with create_session() as session:
        query = select(AssetEvent).where(AssetEvent.source_run_id == dag_run.run_id)
        events = [{"name": event.asset.name, "extra": event.extra} for event in session.scalars(query)]
    tasks = {task.task_id: [task.state, task.try_number] for task in dag_run.get_task_instances()}
    return {"state": dag_run.state, "tasks": tasks, "events": events}


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
