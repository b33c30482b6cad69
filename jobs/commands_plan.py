"""The command that plans a transfer. It sends nothing."""

from typing import Annotated, TypeAlias

import typer

from jobs.arguments import SiteFile

# What a command needs is imported inside it: --help must not pay for NumPy, SciPy and PyArrow.
# ruff: noqa: PLC0415

_Topology: TypeAlias = Annotated[
    str,
    typer.Option(
        "--topology",
        metavar="DIR",
        help="Folder with nodes.csv and links.csv, or cloud_regions: 71 regions of AWS, Azure and GCP.",
    ),
]
_Source: TypeAlias = Annotated[str, typer.Option("--source", metavar="NODE", help="The host that has the bytes.")]
_To: TypeAlias = Annotated[
    str, typer.Option("--to", metavar="NODE,...", help="The hosts that need them, commas between; `all`: every other.")
]
_NumBytes: TypeAlias = Annotated[int | None, typer.Option("--bytes", metavar="N", help="How many bytes.")]
_Dataset: TypeAlias = Annotated[
    str | None, typer.Option("--dataset", metavar="URI", help="In place of --bytes: as many as this dataset has.")
]
_Objective: TypeAlias = Annotated[str, typer.Option("--objective", metavar="O", help="What counts: price or time.")]
_Deadline: TypeAlias = Annotated[
    float | None, typer.Option("--deadline", metavar="S", help="With price: the cheapest way within so many seconds.")
]
_Budget: TypeAlias = Annotated[
    float | None, typer.Option("--budget", metavar="USD", help="With time: the fastest way for so many dollars.")
]
_HostsOnly: TypeAlias = Annotated[
    bool, typer.Option("--hosts-only", help="Only the source and destinations send; no other host relays.")
]
_Output: TypeAlias = Annotated[str, typer.Option("--output", metavar="FILE", help="Where plan.json is written.")]
_Draw: TypeAlias = Annotated[
    str | None,
    typer.Option("--draw", metavar="FILE", help="The trees as a picture: a name in .svg or .html."),
]
_Frontier: TypeAlias = Annotated[
    bool, typer.Option("--frontier", help="Print plans between the fastest and the cheapest too: what time costs.")
]

_EPILOG = """Examples:

\b
  phloem plan --topology sites/ --source origin --to gpu-a,gpu-b --bytes 7400000000000 \\
      --objective time --output plan.json
  phloem plan --topology cloud_regions --source aws:us-east-1 --to aws:eu-west-1,gcp:us-central1-a \\
      --dataset corpora/web_en/tokens/v1 --objective price --deadline 3600 --output plan.json
"""


def add_to(app: typer.Typer) -> None:
    """Add the command of this file to the application."""
    app.command(epilog=_EPILOG)(plan)


def plan(
    topology: _Topology,
    source: _Source,
    to: _To,
    output: _Output,
    num_bytes: _NumBytes = None,
    dataset: _Dataset = None,
    objective: _Objective = "time",
    deadline: _Deadline = None,
    budget: _Budget = None,
    hosts_only: _HostsOnly = False,
    draw: _Draw = None,
    frontier: _Frontier = False,
    site: SiteFile = None,
) -> None:
    """Decide who sends what to whom, and say what it takes.

    Prints for each host from whom it receives and when it is done; seconds and dollars beside what is possible at
    all and beside everyone fetching from the source. Writes plan.json; sends nothing.
    """
    from jobs.planning import PlanRequest, make
    from jobs.site import load_site

    wanted = PlanRequest(
        topology=topology,
        source=source,
        to=to,
        output=output,
        num_bytes=num_bytes,
        dataset=dataset,
        objective=objective,
        deadline_seconds=deadline,
        budget_usd=budget,
        hosts_only=hosts_only,
        draw=draw,
        frontier=frontier,
    )
    make(wanted, load_site(site).stores())
