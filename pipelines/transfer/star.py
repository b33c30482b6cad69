"""What tools without a plan do: every destination fetches from the source."""

from pipelines.transfer.demand import Demand
from pipelines.transfer.plan import Prediction, Tree
from pipelines.transfer.predict import predict
from pipelines.transfer.topology import Topology


def star(topology: Topology, demand: Demand) -> Prediction | None:
    """What it takes; None when some destination has no link from the source."""
    index = topology.index
    if not all(topology.links[index[demand.source], index[name]] for name in demand.destinations):
        return None
    tree = Tree(1.0, tuple((demand.source, name) for name in sorted(demand.destinations)))
    return predict(topology, demand.source, [tree], demand.num_bytes)
