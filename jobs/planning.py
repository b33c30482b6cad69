"""`phloem plan`: what was asked becomes a demand, its plan a file, a table and a picture."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePath
from typing import Literal, cast

from rich.console import Console

from jobs.plan_table import frontier_table, hosts_table, totals_table
from jobs.topologies import open_topology
from pipelines.catalog import open_dataset
from pipelines.errors import AlreadyExistsError, DemandError, PhloemError, RefusedError
from pipelines.storage import Stores
from pipelines.transfer import Demand, Objective, Topology, make_plan
from pipelines.transfer.demand import check
from pipelines.transfer.drawing import html, svg
from pipelines.transfer.frontier import frontier
from pipelines.transfer.predict import star

_PICTURES = {".svg": svg, ".html": html}


@dataclass(frozen=True)
class PlanRequest:
    """The options of `phloem plan`."""

    topology: str
    source: str
    to: str
    output: str
    num_bytes: int | None = None
    dataset: str | None = None
    objective: str = "time"
    deadline_seconds: float | None = None
    budget_usd: float | None = None
    hosts_only: bool = False
    draw: str | None = None
    frontier: bool = False


def make(request: PlanRequest, stores: Stores) -> None:
    """Plan, write, print; RefusedError with every fault before anything is written."""
    faults = list(_faults(request, stores))
    topology = None
    num_bytes = request.num_bytes or 0
    try:
        topology = open_topology(request.topology, stores)
    except RefusedError as error:
        faults += error.faults
    if request.dataset is not None and request.num_bytes is None:
        try:
            num_bytes = open_dataset(request.dataset, stores).manifest.totals["bytes"]
        except PhloemError as error:
            faults.append(str(error))
            num_bytes = 1  # so that it is not told a second time as nothing to send
    objective = _objective(request)
    demand = topology and _demand(request, topology, num_bytes)
    if topology and demand:
        faults += _faults_of_demand(topology, demand, objective)
    if faults or not topology or not demand:
        raise DemandError(*faults)
    _carry_out(request, stores, topology, demand, objective)


def _carry_out(request: PlanRequest, stores: Stores, topology: Topology, demand: Demand, objective: Objective) -> None:
    plan = make_plan(topology, demand, objective)
    stores.put_if_absent(request.output, plan.to_json().encode())
    out = Console(highlight=False, soft_wrap=True)
    out.print(hosts_table(topology, plan))
    out.print(totals_table(plan, star(topology, demand)))
    if request.frontier:
        out.print(frontier_table(frontier(topology, demand)))
    out.print(f"plan: {request.output}", markup=False)
    if request.draw is not None:
        stores.put_if_absent(request.draw, _PICTURES[PurePath(request.draw).suffix](plan).encode())
        out.print(f"picture: {request.draw}", markup=False)


def _objective(request: PlanRequest) -> Objective:
    least = cast(Literal["price", "time"], request.objective)  # any other is told as a fault
    return Objective(least, request.deadline_seconds, request.budget_usd)


def _demand(request: PlanRequest, topology: Topology, num_bytes: int) -> Demand:
    names = tuple(name.strip() for name in request.to.split(",") if name.strip())
    if names == ("all",):
        names = tuple(name for name in topology.names if name != request.source)
    return Demand(request.source, names, num_bytes, request.hosts_only)


def _faults_of_demand(topology: Topology, demand: Demand, objective: Objective) -> tuple[str, ...]:
    try:
        check(topology, demand, objective)
    except DemandError as error:
        return error.faults
    return ()


def _faults(request: PlanRequest, stores: Stores) -> Iterator[str]:
    if (request.num_bytes is None) == (request.dataset is None):
        yield "give either --bytes or --dataset: how many bytes are to be sent"
    if request.draw is not None and PurePath(request.draw).suffix not in _PICTURES:
        yield f"{request.draw}: a picture is {' or '.join(_PICTURES)}"
    for uri in filter(None, (request.output, request.draw)):
        try:
            if stores.exists(uri):
                raise AlreadyExistsError(f"{uri} is there already, and a plan is written once; name another file")
        except PhloemError as error:
            yield str(error)
