"""Which inputs are databases: each with the recipe's table, the site's credentials and the driver's jar."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from jobs.arguments import is_database
from jobs.jars import driver_jar
from jobs.site import Site
from pipelines.errors import RefusedError
from pipelines.recipes import Recipe
from pipelines.stages.tables import Database, TableInput
from pipelines.stages.tables.database import url_fault


class Inputs(NamedTuple):
    """The inputs of a run, by what they are."""

    files: tuple[str, ...]
    tables: tuple[TableInput, ...]


def inputs_of(values: Sequence[str], recipe: Recipe, site: Site) -> Inputs:
    """Files and tables apart; RefusedError with the faults of all that are databases, before any is asked."""
    tables: list[TableInput] = []
    faults: list[str] = []
    for value in values:
        if is_database(value):
            try:
                tables.append(_table_input(value, recipe, site))
            except RefusedError as error:
                faults += error.faults
    names = [asked.name for asked in tables]
    faults += [f"input {name} is given twice: a database has a name of its own" for name in _repeated(names)]
    if faults:
        raise RefusedError(*faults)
    return Inputs(tuple(value for value in values if not is_database(value)), tuple(tables))


def database(subject: str, url: str, credentials: Callable[[], dict[str, str]]) -> Database:
    """A database by URL; RefusedError with every fault, each beginning with `subject`."""
    if fault := url_fault(url):
        raise RefusedError(f"{subject}: {fault}")
    faults: list[str] = []
    jar, known = "", {}
    try:
        jar = driver_jar(url.split(":")[1])
    except RefusedError as error:
        faults += error.faults
    try:
        known = credentials()
    except RefusedError as error:
        faults += error.faults
    if faults:
        raise RefusedError(*(f"{subject}: {fault}" for fault in faults))
    return Database(url, jar, known.get("user", ""), known.get("password", ""))


def _table_input(value: str, recipe: Recipe, site: Site) -> TableInput:
    if value.startswith("jdbc:"):
        raise RefusedError("an input that is a database has a name, which the recipe's table has too: NAME=jdbc:…")
    name, _, url = value.partition("=")
    if name not in recipe.tables:
        known = f"it knows {', '.join(recipe.tables)}" if recipe.tables else "it knows none"
        raise RefusedError(f"input {name}: the recipe says not which table to read (tables[{name!r}]); {known}")
    where = database(f"input {name}", url, lambda: site.database(name))
    return TableInput(name, recipe.tables[name], where)


def _repeated(names: Sequence[str]) -> list[str]:
    return sorted({name for name in names if names.count(name) > 1})
