"""A recipe refuses what cannot work, all at once, and is plain JSON that knows no site."""

import json
import socket
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

import pytest

from pipelines.errors import RecipeError
from pipelines.recipes import Recipe, load_recipe
from pipelines.stages.duplicates import Duplicates
from pipelines.stages.tokens import Tokens
from pipelines.steps import ContentHash, Redact, Signature
from pipelines.text.minhash import MinHash

GOOD = (ContentHash(), Signature())


@dataclass(frozen=True)
class WrongAdds:
    adds: ClassVar = 5

    def __call__(self, batch):
        return batch


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"corpus": ".."}, "a corpus is named by letters"),
        ({"corpus": "a/b"}, "a corpus is named by letters"),
        ({"steps": (3, *GOOD)}, "step 3 cannot be called"),
        ({"steps": (Redact, *GOOD)}, "step Redact is a class, not a step: write Redact()"),
        ({"steps": (Signature(),)}, "needs the step ContentHash() for the stages after it"),
        ({"steps": (ContentHash(),)}, "needs the step Signature() for the stages after it"),
        ({"steps": (ContentHash(), Signature(MinHash(seed=2)))}, "Signature and Duplicates disagree"),
        ({"steps": (WrongAdds(), *GOOD)}, "WrongAdds.adds is a tuple of schemas.Field, not 5"),
        ({"duplicates": Duplicates(minimum_jaccard=1.5)}, "minimum_jaccard 1.5 is not in (0, 1]"),
        ({"tokens": Tokens(context_length=0)}, "tokens.context_length is 0, must be at least 1"),
        ({"max_quarantined_share": 5}, "max_quarantined_share 5 is not a share, 0 to 1"),
        ({"expectations": {"cleen": []}}, "expectations of 'cleen': there is no such stage"),
    ],
)
def test_a_fault_is_refused_by_name(changed, fault):
    with pytest.raises(RecipeError) as caught:
        Recipe(**({"corpus": "mine", "steps": GOOD} | changed))
    assert len(caught.value.faults) == 1
    assert fault in caught.value.faults[0]


def test_all_faults_are_told_at_once():
    with pytest.raises(RecipeError) as caught:
        Recipe("a b", (1, "two"), tokens=Tokens(num_shards=0, rows_per_batch=-1), max_quarantined_share=-1)
    assert len(caught.value.faults) == 8
    assert str(caught.value).split("\n") == list(caught.value.faults)
    assert all(fault.startswith("recipe 'a b': ") for fault in caught.value.faults)


@pytest.mark.parametrize("name", ["text", "web_en"])
def test_a_resolved_recipe_is_plain_json_by_stage(name):
    resolved = load_recipe(name).resolved()
    assert list(resolved) == ["clean", "deduplicated", "tokens"]
    assert json.loads(json.dumps(resolved, allow_nan=False)) == resolved
    assert load_recipe(name).resolved() == resolved


@pytest.mark.parametrize("name", ["text", "web_en"])
def test_a_resolved_recipe_holds_nothing_of_this_machine(name):
    text = json.dumps(load_recipe(name).resolved())
    for of_this_machine in (str(Path.cwd()), str(Path.home()), socket.gethostname(), "0x", "://"):
        assert of_this_machine not in text


def test_what_decides_no_byte_is_no_identity():
    recipe = load_recipe("web_en")
    lenient = replace(recipe, max_quarantined_share=1.0, expectations={"clean": [{"type": "x", "kwargs": {}}]})
    assert lenient.resolved() == recipe.resolved()


def test_a_knob_is_identity_of_the_stage_it_belongs_to_and_of_no_other():
    recipe = load_recipe("web_en")
    before, after = recipe.resolved(), replace(recipe, duplicates=Duplicates(minimum_jaccard=0.8)).resolved()
    assert [stage for stage in before if before[stage] != after[stage]] == ["deduplicated"]
