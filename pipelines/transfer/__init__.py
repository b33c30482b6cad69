"""Topology + demand + objective → plan: who sends which bytes to whom, what that takes, how far from the best it is.

`topology`       hosts and links as arrays; `tables` reads them from two CSV files; `cloud_regions/` is one of them
`demand`         what is asked for, and every reason why it cannot be
`make`           `make_plan`, the way through all of this; `question` is what it knows before it packs
`plan`           the plan as a value and as plan.json
`predict`        seconds, dollars, bytes per link of a plan; `units` converts
`spanning_tree`  the classical model: Kruskal, Prim
`arborescence`   Chu-Liu/Edmonds; `trees` prunes and orders, `shortest` has the paths between all hosts
`cheapest`       the least price: `steiner` exactly, `dual_ascent` with a proven gap
`rate_bound`     the greatest rate there can be
`packing`        trees that reach it, by column generation over `capacities`; `mutual` writes them down where only hosts limit
`tradeoff`       price against time
`star`           what tools without a plan do
`drawing`        a plan as a picture
"""

from pipelines.transfer.demand import Demand, Objective
from pipelines.transfer.make import make_plan
from pipelines.transfer.plan import Plan
from pipelines.transfer.topology import Topology

__all__ = ["Demand", "Objective", "Plan", "Topology", "make_plan"]
