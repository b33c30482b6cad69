"""The commands about this machine: what is missing on it, real text found on it, drivers fetched to it."""

from pathlib import Path
from typing import Annotated

import typer

from jobs.arguments import Inputs, Master, SiteFile

# What a command needs is imported inside it: --help must not pay for PyArrow and Spark.
# ruff: noqa: PLC0415

_DOCTOR_EPILOG = """Examples:

\b
  phloem doctor
  phloem doctor --site site.toml --input s3://raw/a/ --output s3://corpora --master spark://head:7077
"""


def add_to(app: typer.Typer) -> None:
    """Add the commands of this file to the application."""
    app.command(epilog=_DOCTOR_EPILOG)(doctor)
    app.command(epilog="Example: phloem sample sample/\n")(sample)
    app.command(epilog="Example: phloem jars postgresql mysql\n")(jars)


def doctor(
    site: SiteFile = None,
    inputs: Inputs = None,
    output: Annotated[str | None, typer.Option(metavar="URI", help="Where a run would write.")] = None,
    master: Master = None,
) -> None:
    """Say what is missing here, and how to mend it.

    Of this machine and, with --master, of a cluster: its executors are asked.
    Exit code 1 when something would make a run fail.
    """
    from jobs.doctor import examine

    worst = "ok"
    for finding in examine(site, tuple(inputs or ()), output, master):
        print(finding, flush=True)
        worst = "fail" if finding.verdict == "fail" else worst
    raise typer.Exit(1 if worst == "fail" else 0)


def sample(directory: Annotated[Path, typer.Argument(metavar="DIR", help="Folder to make.")]) -> None:
    """Gather real text found on this machine.

    About 24 MB as WARC, JSON lines and Parquet; nothing is downloaded.
    """
    from jobs.sample import gather

    print(gather(directory))


def jars(
    kinds: Annotated[list[str], typer.Argument(metavar="KIND...", help="postgresql, mysql (for MariaDB too).")],
) -> None:
    """Fetch the drivers of databases that inputs are read from.

    Java archives, by Maven coordinates, into the user's cache folder; checked against the versions that are pinned.
    """
    from jobs.jars import fetch

    for path in fetch(kinds):
        print(path)
