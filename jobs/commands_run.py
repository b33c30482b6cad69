"""`phloem run`, and the command of each stage: what may be asked; `making` does it."""

from typing import Annotated, Literal

import typer

from jobs.arguments import Inputs, Master, Output, Quiet, RecipeName, Request, SiteFile, Version

_EPILOG = """Examples:

\b
  phloem run web_en --input crawl/ --output corpora
  phloem run web_en --input s3://raw/a/ s3://raw/b/ --output s3://corpora --site site.toml
  phloem run my_recipe.py:RECIPE --input notes=texts/ --output corpora --version v2
  phloem run web_en --input crawl/ --output corpora --master spark://head:7077
  phloem run my_recipe.py:RECIPE --input docs=jdbc:postgresql://db/wiki --output corpora --site site.toml

A run that was stopped goes on where it was when the same command is given again; a run with more inputs does only the
new ones; a second run does nothing. On a cluster:
spark-submit --py-files phloem.zip jobs/run.py, and the same arguments.
"""

_STAGE_EPILOG = "Options and examples: phloem run --help\n"

Stage = Literal["clean", "deduplicated", "tokens"]


def add_to(app: typer.Typer) -> None:
    """Add the commands of this file to the application."""
    app.command(epilog=_EPILOG)(run)
    app.command(epilog=_STAGE_EPILOG)(clean)
    app.command(epilog=_STAGE_EPILOG)(deduplicate)
    app.command(epilog=_STAGE_EPILOG)(tokenize)


def run(
    recipe: RecipeName,
    output: Output,
    inputs: Inputs = None,
    version: Version = None,
    site: SiteFile = None,
    master: Master = None,
    through: Annotated[Stage, typer.Option(help="Last stage to make.")] = "tokens",
    quiet: Quiet = False,
) -> None:
    """Make a corpus, from raw text to training rows.

    Reads WARC, JSON lines, Parquet and plain text (.gz and .zst too), cleans, removes duplicates, tokenizes, packs.
    Exit codes: 0 made, 1 failed, 2 refused before any work, 3 a validation suite failed, 4 too much could not be read.
    """
    _make(Request(recipe, tuple(inputs or ()), output, version, site, master, through, quiet))


def clean(
    recipe: RecipeName,
    output: Output,
    inputs: Inputs = None,
    version: Version = None,
    site: SiteFile = None,
    master: Master = None,
    quiet: Quiet = False,
) -> None:
    """Make the stage `clean` of a corpus.

    Reads the inputs, takes the main text out, applies every rule, and marks what is rejected.
    """
    _make(Request(recipe, tuple(inputs or ()), output, version, site, master, "clean", quiet))


def deduplicate(
    recipe: RecipeName,
    output: Output,
    inputs: Inputs = None,
    version: Version = None,
    site: SiteFile = None,
    master: Master = None,
    quiet: Quiet = False,
) -> None:
    """Make the stage `deduplicated` of a corpus.

    From the `clean` of the version that is published, or from --input.
    """
    _make(Request(recipe, tuple(inputs or ()), output, version, site, master, "deduplicated", quiet))


def tokenize(
    recipe: RecipeName,
    output: Output,
    inputs: Inputs = None,
    version: Version = None,
    site: SiteFile = None,
    master: Master = None,
    quiet: Quiet = False,
) -> None:
    """Make the stage `tokens` of a corpus.

    From the `deduplicated` of the version that is published, or from what comes before it.
    """
    _make(Request(recipe, tuple(inputs or ()), output, version, site, master, "tokens", quiet))


def _make(request: Request) -> None:
    from jobs.making import make  # noqa: PLC0415 (Spark and spaCy take 2 s to import, which --help must not pay)

    make(request)
