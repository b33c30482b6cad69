"""Finding a recipe: one of ours by name, or a user's own as `file.py:NAME`."""

import pkgutil
import sys
import traceback
from importlib import import_module
from pathlib import Path
from types import ModuleType

from blake3 import blake3

from pipelines.errors import PhloemError, RecipeError
from pipelines.recipes.recipe import Recipe

USER_MODULE = "phloem_recipe_"
"""Prefix of the modules that users' files are loaded as; workers get these by value, for they cannot import them."""

_NOT_RECIPES = {"load", "recipe"}


def known_recipes() -> dict[str, str]:
    """Name → first line of the docstring of every recipe that ships with Phloem."""
    package = import_module("pipelines.recipes")
    names = sorted(module.name for module in pkgutil.iter_modules(package.__path__) if module.name not in _NOT_RECIPES)
    return {name: (import_module(f"pipelines.recipes.{name}").__doc__ or "").partition("\n")[0] for name in names}


def load_recipe(name: str) -> Recipe:
    """`web_en`, or `folder/file.py:NAME`; RecipeError names what is there instead."""
    file, colon, variable = name.rpartition(":")
    if colon and file.endswith(".py"):
        return _recipe_in(_module_of(Path(file)), variable, name)
    if name not in known_recipes():
        raise RecipeError(
            f"there is no recipe {name!r}: known are {', '.join(known_recipes())}; your own is given as file.py:NAME"
        )
    return _recipe_in(import_module(f"pipelines.recipes.{name}"), "RECIPE", name)


def _module_of(file: Path) -> ModuleType:
    if not file.is_file():
        raise RecipeError(f"{file} is not there: a recipe of your own is given as path/to/file.py:NAME")
    path = str(file.resolve())
    # Files of one name in two folders are two modules: a step's identity is looked up through its module.
    module = ModuleType(f"{USER_MODULE}{file.stem}_{blake3(path.encode()).hexdigest(4)}")
    module.__file__ = path
    sys.modules[module.__name__] = module  # dataclasses and pickle look their module up here
    try:
        # Not imported: Python's bytecode cache takes two edits of one length in one second for the same file.
        exec(compile(file.read_bytes(), path, "exec", dont_inherit=True), vars(module))  # noqa: S102 (that is what it is for)
    except Exception as error:
        del sys.modules[module.__name__]
        if isinstance(error, PhloemError):
            raise
        line = _line_of(error, path)
        raise RecipeError(f"{file}{line}: {type(error).__name__}: {error}") from error
    return module


def _line_of(error: Exception, file: str) -> str:
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == file]
    return f":{frames[-1].lineno}" if frames else ""


def _recipe_in(module: ModuleType, variable: str, name: str) -> Recipe:
    found = getattr(module, variable, None)
    if isinstance(found, Recipe):
        return found
    recipes = [key for key, value in vars(module).items() if isinstance(value, Recipe)]
    raise RecipeError(f"{name}: {variable!r} is not a Recipe; recipes there: {', '.join(recipes) or 'none'}")
