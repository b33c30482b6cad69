"""What decides the bytes: hashed, compared, and refused where it cannot be known."""

import dataclasses
import functools
import json
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.catalog.identity import canonical, differences, fingerprint, resolved, software
from pipelines.errors import RecipeError
from pipelines.recipes import load_recipe
from pipelines.steps import Language, Quality

# Few and easily confused values, so that two trees are often equal, and often almost.
LEAVES = st.sampled_from([None, False, True, 0, 1, -1, 0.0, 1.0, 0.65, "", "0", "null", "é", "absent"])
TREES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=300, deadline=None)
@given(old=TREES, new=TREES)
def test_nothing_differs_exactly_when_the_fingerprints_are_equal(old, new):
    assert (list(differences(old, new)) == []) == (fingerprint(old) == fingerprint(new))


@settings(max_examples=100, deadline=None)
@given(value=TREES)
def test_a_value_read_back_from_its_json_has_its_fingerprint(value):
    assert fingerprint(json.loads(canonical(value))) == fingerprint(value)
    assert resolved(value) == value


def test_the_order_of_keys_does_not_count_and_the_order_of_lists_does():
    assert fingerprint({"a": 1, "b": 2}) == fingerprint({"b": 2, "a": 1})
    assert fingerprint([1, 2]) != fingerprint([2, 1])
    assert resolved({"b", "a", "c"}) == ["a", "b", "c"]
    assert resolved(frozenset({(2,), (1,)})) == [[1], [2]]


def test_every_knob_of_a_step_stands_with_its_value():
    assert resolved((Language(keep=("en", "de")),)) == [
        {"type": "Language", "keep": ["en", "de"], "minimum_score": 0.65}
    ]


def test_a_field_that_decides_no_byte_is_no_knob():
    @dataclasses.dataclass(frozen=True)
    class Placed:
        what: str
        where: str = dataclasses.field(default="here", metadata={"decides_bytes": False})

    assert list(resolved(Placed("it", "there"))) == ["type", "code", "what"]
    assert resolved(Placed("it")) == resolved(Placed("it", "there"))


def test_a_changed_threshold_shows_with_its_path_and_both_values():
    rules = dataclasses.replace(Quality().rules, max_top_2_gram=0.25)
    old = resolved({"steps": (Language(), Quality())})
    new = resolved({"steps": (Language(minimum_score=0.5), Quality(rules))})
    assert list(differences(old, new)) == [
        "steps[0].minimum_score: 0.65 → 0.5",
        "steps[1].rules.max_top_2_gram: 0.2 → 0.25",
    ]
    assert fingerprint(old) != fingerprint(new)


def test_a_step_put_in_shows_as_that_step_alone():
    old, new = [{"type": "A"}, {"type": "C"}], [{"type": "A"}, {"type": "B"}, {"type": "C"}]
    assert list(differences(old, new, "steps")) == ['steps[1]: absent → {"type":"B"}']
    assert list(differences(new, old, "steps")) == ['steps[1]: {"type":"B"} → absent']


def test_a_long_value_is_shown_short():
    (shown,) = differences("a" * 500, "b", "knob")
    assert shown == 'knob: "' + "a" * 116 + '... → "b"'


STEP = """
from dataclasses import dataclass

@dataclass(frozen=True)
class Mine:
    limit: int = 3

    def __call__(self, batch):
        return batch  # {comment}

def function(batch):
    return batch

from pipelines.recipes import Recipe
from pipelines.steps import ContentHash, Signature
RECIPE = Recipe(corpus="mine", steps=(Mine(), function, ContentHash(), Signature()))
"""


def test_the_code_of_a_users_step_is_part_of_its_identity(tmp_path):
    file = tmp_path / "mine.py"
    found = []
    for comment in ("old", "new", "old"):
        file.write_text(STEP.format(comment=comment))
        found.append(load_recipe(f"{file}:RECIPE").resolved()["clean"])
    old, new, again = found
    assert old["steps"][0]["limit"] == 3
    assert [line.partition(":")[0] for line in differences(old, new)] == ["steps[0].code", "steps[1].code"]
    assert fingerprint(again) == fingerprint(old)
    assert "code" not in old["steps"][2]


def test_two_files_of_one_name_keep_their_own_code(tmp_path):
    recipes = []
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "mine.py").write_text(STEP.format(comment=folder))
        recipes.append(load_recipe(f"{tmp_path / folder / 'mine.py'}:RECIPE"))
    first, second = (recipe.resolved()["clean"]["steps"][0]["code"] for recipe in recipes)
    assert first != second


class NotAValue:
    def __call__(self, batch):
        return batch


@pytest.mark.parametrize("value", [NotAValue(), functools.partial(max, 1), object(), b"bytes", 1j])
def test_what_has_no_known_identity_is_refused(value):
    with pytest.raises(RecipeError, match=r"cannot be part of a recipe.*frozen dataclasses"):
        resolved({"steps": [value]})


def test_code_that_is_in_no_file_is_refused():
    made = eval("lambda batch: batch", {"__name__": "nowhere"})  # noqa: S307
    with pytest.raises(RecipeError, match="define it in a file"):
        resolved(made)


def test_the_versions_of_the_deciding_packages_are_known():
    assert {"pyarrow", "resiliparse", "tokenizers"} < software().keys()


def test_a_fingerprint_is_the_same_in_every_process():
    program = "from pipelines.catalog.identity import *; print(fingerprint(resolved(set('abcdefgh'))))"
    command = [sys.executable, "-c", program]
    outputs = {subprocess.check_output(command, env={"PYTHONHASHSEED": seed}) for seed in ("1", "2")}
    assert outputs == {f"{fingerprint(list('abcdefgh'))}\n".encode()}
