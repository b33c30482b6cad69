"""A recipe is found by name or in a user's file; what is wrong is said with what is there."""

import pickle
import sys

import pytest

from pipelines.errors import RecipeError
from pipelines.recipes import known_recipes, load_recipe
from pipelines.recipes.load import USER_MODULE

MINE = """
from pipelines.recipes import Recipe
from pipelines.steps import ContentHash, Signature
MINE = Recipe(corpus="mine", steps=(ContentHash(), Signature()))
OTHER = Recipe(corpus="other", steps=(ContentHash(), Signature()))
NUMBER = 3
"""


@pytest.fixture
def file(tmp_path):
    (tmp_path / "my recipe.py").write_text(MINE)
    return tmp_path / "my recipe.py"


def test_ours_are_known_with_a_line_about_each():
    known = known_recipes()
    assert list(known) == ["text", "web_en"]
    assert known["web_en"].startswith("English web text")


@pytest.mark.parametrize("name", ["text", "web_en"])
def test_ours_load_by_name(name):
    assert load_recipe(name).corpus == name


def test_ones_own_loads_from_its_file(file):
    assert load_recipe(f"{file}:MINE").corpus == "mine"
    assert load_recipe(f"{file}:OTHER").corpus == "other"


def test_a_relative_path_will_do(file, monkeypatch):
    monkeypatch.chdir(file.parent)
    assert load_recipe("my recipe.py:MINE").corpus == "mine"


def test_an_edit_counts_at_once_even_of_the_same_length_in_the_same_second(file, monkeypatch):
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    load_recipe(f"{file}:MINE")
    file.write_text(MINE.replace('"mine"', '"mind"'))
    assert load_recipe(f"{file}:MINE").corpus == "mind"
    assert [path.name for path in file.parent.iterdir()] == ["my recipe.py"]


def test_a_recipe_pickles_while_its_module_is_there(tmp_path):
    code = MINE.replace("MINE =", "class Own(Signature): pass\nMINE =").replace("steps=(", "steps=(Own(), ", 1)
    (tmp_path / "stepped.py").write_text(code)
    recipe = load_recipe(f"{tmp_path / 'stepped.py'}:MINE")
    assert pickle.loads(pickle.dumps(recipe)) == recipe  # noqa: S301 (our own bytes)
    assert type(recipe.steps[0]).__module__.startswith(USER_MODULE)


@pytest.mark.parametrize("name", ["web_de", "", "load", "recipe", "pipelines.recipes.web_en", "file.py"])
def test_an_unknown_name_is_refused_with_those_that_are_known(name):
    with pytest.raises(
        RecipeError, match=rf"no recipe '{name}': known are text, web_en; your own is given as file\.py:"
    ):
        load_recipe(name)


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(RecipeError, match=r"nowhere\.py is not there: .* path/to/file\.py:NAME"):
        load_recipe(f"{tmp_path}/nowhere.py:MINE")


@pytest.mark.parametrize("variable", ["NUMBER", "ABSENT", "", "Recipe"])
def test_what_is_not_a_recipe_is_refused_with_those_that_are(file, variable):
    with pytest.raises(RecipeError, match=f"'{variable}' is not a Recipe; recipes there: MINE, OTHER"):
        load_recipe(f"{file}:{variable}")


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("x = 1\ny = x / 0\n", r"broken\.py:2: ZeroDivisionError: division by zero"),
        ("import nothing_of_this_name\n", r"broken\.py:1: ModuleNotFoundError"),
        ("def f(:\n", r"broken\.py: SyntaxError: .*line 1"),
        (
            "\nfrom pipelines.steps import Language\nLanguage(minimal_score=1)\n",
            r"broken\.py:3: TypeError: .*minimal_score",
        ),
    ],
)
def test_an_error_in_a_file_is_refused_with_file_and_line_and_leaves_no_module(tmp_path, code, message):
    (tmp_path / "broken.py").write_text(code)
    with pytest.raises(RecipeError, match=message):
        load_recipe(f"{tmp_path / 'broken.py'}:MINE")
    assert not [name for name in sys.modules if name.startswith(USER_MODULE + "broken")]


def test_a_wrong_value_in_a_file_says_its_own_reason(tmp_path):
    (tmp_path / "wrong.py").write_text("from pipelines.recipes import Recipe\nMINE = Recipe(corpus='', steps=())\n")
    with pytest.raises(RecipeError, match=r"^recipe '': a corpus is named by letters"):
        load_recipe(f"{tmp_path / 'wrong.py'}:MINE")
