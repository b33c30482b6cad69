"""What time costs: plans from the fastest to the cheapest, each the cheapest for its time."""

from itertools import pairwise

import numpy as np

from pipelines.transfer.demand import Demand, Objective
from pipelines.transfer.make import make_plan
from pipelines.transfer.plan import Plan
from pipelines.transfer.topology import Topology


def frontier(topology: Topology, demand: Demand, num_plans: int = 6) -> list[Plan]:
    """Up to `num_plans` plans, slower and cheaper from one to the next, their deadlines evenly spaced in ratio."""
    fastest, cheapest = (make_plan(topology, demand, Objective(least)) for least in ("time", "price"))
    ends = fastest.predicted.seconds, max(fastest.predicted.seconds, cheapest.predicted.seconds)
    deadlines = np.geomspace(*ends, num_plans)[1:-1].tolist()
    between = [make_plan(topology, demand, Objective("price", deadline_seconds=deadline)) for deadline in deadlines]
    plans = [fastest, *between, cheapest]
    return [fastest, *(plan for before, plan in pairwise(plans) if plan.predicted.usd < before.predicted.usd)]
