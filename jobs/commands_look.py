"""The commands that look at what is there: recipes, datasets, reports. None of them starts Spark."""

import json
from typing import Annotated, TypeAlias

import typer

from jobs.arguments import SiteFile, Version

# What a command needs is imported inside it: --help must not pay for PyArrow, spaCy and Spark (2 s).
# ruff: noqa: PLC0415

_DatasetUri: TypeAlias = Annotated[
    str, typer.Argument(metavar="DATASET_URI", help="A published dataset: OUTPUT/CORPUS/STAGE/VERSION.")
]

_READ_EPILOG = """Examples:

\b
  phloem read corpora/web_en/tokens/v1
  phloem read corpora/web_en/tokens/v1 --seed 7 --rows 10
"""

_RECIPES_EPILOG = """Examples:

\b
  phloem recipes                          which there are
  phloem recipes show web_en              every knob with its value, stage by stage
  phloem recipes show my_recipe.py:RECIPE
"""


def add_to(app: typer.Typer) -> None:
    """Add the commands of this file to the application."""
    app.command(epilog="Example: phloem validate corpora/web_en/tokens/v1\n")(validate)
    app.command(epilog="Example: phloem report corpora web_en --version v1\n")(report)
    app.command(epilog=_READ_EPILOG)(read)
    recipes = typer.Typer(rich_markup_mode=None)
    recipes.callback(invoke_without_command=True, epilog=_RECIPES_EPILOG)(list_recipes)
    recipes.command(name="show")(show_recipe)
    app.add_typer(recipes, name="recipes")


def validate(uri: _DatasetUri, site: SiteFile = None) -> None:
    """Check a dataset against its manifest.

    Reads every file again as `phloem verify` does, adds the counts up, and says what the gate found.
    Exit code 1, with every file that is missing or altered, when the dataset is not what its manifest says.
    """
    from jobs.site import load_site
    from pipelines.catalog import open_dataset
    from pipelines.errors import ReconciliationError

    dataset = open_dataset(uri, load_site(site).stores())
    dataset.verify()
    manifest = dataset.manifest
    if unaccounted := manifest.unaccounted():
        raise ReconciliationError(f"{dataset.uri}: the counts of its manifest miss {unaccounted:,} documents")
    totals = manifest.totals
    print(
        f"{dataset.uri}: {totals['shards']:,} shards, {totals['rows']:,} rows, {totals['bytes']:,} bytes: as published"
    )
    gate = manifest.validation
    print(
        f"suite {gate['suite']}: {'passed' if gate['success'] else 'FAILED'} {gate['evaluated']} checks when published"
    )
    print(f"counts reconcile: {manifest.accounting['in']:,} in, {manifest.accounting['kept']:,} kept")


def report(
    output: Annotated[str, typer.Argument(metavar="OUTPUT", help="The --output of the run.")],
    corpus: Annotated[str, typer.Argument(metavar="CORPUS", help="Name of the corpus, e.g. web_en.")],
    version: Version = None,
    site: SiteFile = None,
) -> None:
    """Write the report of a run again.

    From its published datasets; without --version, those of the newest.
    """
    from jobs.reporting import write_report
    from jobs.site import load_site
    from pipelines.catalog.layout import STAGES, Place
    from pipelines.catalog.versions import newest

    stores = load_site(site).stores()
    place = Place(output, corpus, STAGES[-1], version or newest(stores, output, corpus))
    print(write_report(stores, place))


def read(
    uri: _DatasetUri,
    seed: Annotated[int, typer.Option(help="Of the training order.", min=0)] = 0,
    rows: Annotated[int, typer.Option(help="Rows to decode.", min=0)] = 3,
    site: SiteFile = None,
) -> None:
    """Look at a token dataset as training does.

    Its sizes, its first rows in training order decoded, and tokens per second of one reader.
    """
    from jobs.reading import show
    from jobs.site import load_site

    show(uri, load_site(site).stores(), seed=seed, num_rows=rows)


def list_recipes(context: typer.Context) -> None:
    """List the recipes, or show one.

    A line for each recipe that ships with Phloem; `show` prints one with every value.
    """
    from pipelines.recipes.load import known_recipes

    if context.invoked_subcommand is None:
        recipes = known_recipes()
        width = max(map(len, recipes))
        for name, says in recipes.items():
            print(f"{name:<{width}}  {says}")


def show_recipe(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A recipe by name, or your own as file.py:NAME.")],
) -> None:
    """Print a recipe with every value, as JSON.

    The fingerprint of a stage is made of what stands under its name.
    """
    from pipelines.recipes import load_recipe

    recipe = load_recipe(name)
    print(json.dumps({"corpus": recipe.corpus, **recipe.resolved()}, indent=2, ensure_ascii=False))
