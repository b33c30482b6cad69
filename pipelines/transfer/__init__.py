"""Topology + demand + objective → plan: who sends which bytes to whom, what that takes, how far from the best it is.

`topology`  hosts and links as arrays; `tables` reads them from two CSV files; `cloud_regions/` is one of them
`demand`    what is asked for, and every reason why it cannot be
`make`      `make_plan`, the way through all of this; `question` is what it knows before it looks at rates
`frontier`  plans from the fastest to the cheapest
`plan`      the plan as a value and as plan.json; `drawing` as a picture
`predict`   seconds, dollars, bytes per link of a plan or of a star; `units` converts
`cheapest`  the least price and its bound
`graph/`    trees in weighted digraphs
`rates/`    trees that fill the limits of hosts and links
"""

from pipelines.transfer.demand import Demand, Objective
from pipelines.transfer.make import make_plan
from pipelines.transfer.plan import Plan
from pipelines.transfer.topology import Topology

__all__ = ["Demand", "Objective", "Plan", "Topology", "make_plan"]
