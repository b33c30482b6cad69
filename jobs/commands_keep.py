"""The commands that keep what was made: copied, read again, repaired, moved to where it is cheap. None starts Spark."""

from typing import Annotated, TypeAlias

import typer

from jobs.arguments import SiteFile

# What a command needs is imported inside it: --help must not pay for PyArrow (2 s).
# ruff: noqa: PLC0415

_DatasetUri: TypeAlias = Annotated[
    str, typer.Argument(metavar="DATASET_URI", help="A published dataset: OUTPUT/CORPUS/STAGE/VERSION.")
]
_Jobs: TypeAlias = Annotated[int, typer.Option("--jobs", metavar="N", help="Files at a time.", min=1, max=256)]

_COPY_EPILOG = """Examples:

\b
  phloem copy corpora/web_en/tokens/v1 s3://backup/corpora --site site.toml
  phloem copy corpora/web_en/tokens/v1 s3://backup/corpora --site site.toml --with-parents
  phloem copy s3://backup/corpora/web_en/tokens/v1 corpora --site site.toml        a lost store brought back

A copy that was stopped goes on when the same command is given again: it reads what is there and sends the rest.
What is published there already is left alone; when it is damaged: phloem verify.
"""

_VERIFY_EPILOG = """Examples:

\b
  phloem verify corpora/web_en/tokens/v1
  phloem verify corpora/web_en/tokens/v1 --from s3://backup/corpora/web_en/tokens/v1 --site site.toml
  phloem verify corpora/web_en/tokens/v1 --from s3://backup/corpora/web_en/tokens/v1 --site site.toml --repair

What the gate found when it was published, and whether its counts reconcile: phloem validate.
"""

_TIER_EPILOG = """Examples:

\b
  phloem tier s3://corpora --site site.toml                what would move, and how many bytes
  phloem tier s3://corpora --site site.toml --apply        moved: copied, read again, and only then removed
  phloem tier s3://corpora/web_en/clean/v1 --back --site site.toml

\b
The policy, in the site file (the first rule that holds for a dataset decides):
  [tier]
  pinned = ["web_en/v3"]
  [[tier.rules]]
  stage = "clean"
  older_than_days = 90
  to = "s3://archive/corpora"     another store; or a tier of its own: GLACIER (S3), COLD (HDFS)
Other conditions: corpus, unread_for_days, keep_newest.

A reader that opens a dataset leaves a trace of the day in its folder, where it may write: that is what "unread" counts.
What was moved to another store leaves moved.json, and whoever opens it is told the command that brings it back.
"""


def add_to(app: typer.Typer) -> None:
    """Add the commands of this file to the application."""
    app.command(epilog=_COPY_EPILOG)(copy)
    app.command(epilog=_VERIFY_EPILOG)(verify)
    app.command(epilog=_TIER_EPILOG)(tier)


def copy(
    uri: _DatasetUri,
    destination: Annotated[
        str, typer.Argument(metavar="DESTINATION", help="Output to copy below: DESTINATION/CORPUS/STAGE/VERSION.")
    ],
    parents: Annotated[
        bool, typer.Option("--with-parents", help="The stages before it too, and the report: the whole version.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be sent.")] = False,
    jobs: _Jobs = 8,
    site: SiteFile = None,
) -> None:
    """Copy a dataset to another store.

    Every shard is held against the manifest while its bytes pass; the manifest is written last, so that a copy is
    whole or none. A shard that is altered at the source is named, and nothing is published.
    """
    from jobs.keeping import copy as copy_dataset
    from jobs.site import load_site

    copy_dataset(load_site(site).stores(), uri, destination, parents=parents, dry_run=dry_run, num_threads=jobs)


def verify(
    uri: _DatasetUri,
    replica: Annotated[
        str | None, typer.Option("--from", metavar="URI", help="The same dataset elsewhere, to compare with.")
    ] = None,
    repair: Annotated[
        bool, typer.Option("--repair", help="Replace what is altered or missing by the replica's.")
    ] = False,
    jobs: _Jobs = 8,
    site: SiteFile = None,
) -> None:
    """Read a dataset again, and repair it.

    Every file of which the manifest knows the BLAKE3 is read; with --from, every other one is compared too.
    Exit code 1, with each file that is missing or altered, unless all were repaired.
    """
    from jobs.keeping import verify as verify_dataset
    from jobs.site import load_site

    stores = load_site(site).stores()
    if not verify_dataset(stores, uri, replica=replica, mend=repair, num_threads=jobs):
        raise typer.Exit(1)


def tier(
    uri: Annotated[str, typer.Argument(metavar="URI", help="An output; with --back, one dataset that was moved.")],
    apply: Annotated[bool, typer.Option("--apply", help="Move. Without it, only what would move is said.")] = False,
    bring_back: Annotated[bool, typer.Option("--back", help="Bring the dataset URI back to where it was.")] = False,
    jobs: _Jobs = 8,
    site: SiteFile = None,
) -> None:
    """Move datasets to where they are cheap, by the site's policy.

    By age, by the day they were last read, by stage and version: to another storage class (S3), storage policy (HDFS),
    or store. Without --apply nothing is moved.
    """
    from jobs.site import load_site
    from jobs.tiering import back
    from jobs.tiering import tier as tier_datasets
    from pipelines.errors import RefusedError

    loaded = load_site(site)
    if bring_back:
        if apply:
            raise RefusedError("--back and --apply are two things: give one of them")
        back(loaded.stores(), uri, jobs)
    else:
        tier_datasets(loaded.stores(), uri, loaded.tiers, apply=apply, num_threads=jobs)
