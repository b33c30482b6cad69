"""A corpus as a readable list of steps: `web_en`, `text`, or your own file.

`recipe`  what a recipe is
`load`    finding one by name or file
others    one corpus each
"""

from pipelines.recipes.load import known_recipes, load_recipe
from pipelines.recipes.recipe import Recipe

__all__ = ["Recipe", "known_recipes", "load_recipe"]
