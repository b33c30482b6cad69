"""Which version a run works on, and what it may not."""

import pytest
from published_datasets import STORES, place_in, published

from pipelines.catalog.versions import Identity, check_recipe, choose_version, claim, newest, siblings, versions
from pipelines.errors import DatasetError, IdentityError

RECIPE = {"steps": [{"type": "Language", "minimum_score": 0.65}]}
OTHER = {"steps": [{"type": "Language", "minimum_score": 0.5}]}


def choose(folder, inputs_hash="inputs", wanted=None, recipe=RECIPE):
    return choose_version(STORES, str(folder), "tiny", wanted, Identity({"clean": recipe}, inputs_hash))


def begun(folder, version="v1", recipe=RECIPE):
    place = place_in(folder, version=version)
    claim(STORES, place, recipe)
    return place


def test_the_first_version_is_v1(tmp_path):
    assert choose(tmp_path) == "v1"
    assert versions(STORES, str(tmp_path), "tiny") == []


def test_an_unpublished_version_goes_on_whatever_the_inputs(tmp_path):
    begun(tmp_path, "v1")
    begun(tmp_path, "v2")
    assert choose(tmp_path, "one") == choose(tmp_path, "other") == "v2"


def test_the_same_inputs_go_on_with_the_published_version(tmp_path):
    published(begun(tmp_path), inputs_hash="same")
    assert choose(tmp_path, "same") == "v1"
    assert choose(tmp_path, "same", wanted="v1") == "v1"


def test_new_inputs_make_the_next_version(tmp_path):
    published(begun(tmp_path, "v9"))
    assert choose(tmp_path, "new") == "v10"


def test_a_version_asked_for_is_not_made_of_other_inputs(tmp_path):
    place = begun(tmp_path)
    published(place, inputs_hash="0123456789abcdefg")
    with pytest.raises(IdentityError, match="give another --version, or none for the next number") as caught:
        choose(tmp_path, "new", wanted="v1")
    assert place.uri in str(caught.value)
    assert "their hash is 0123456789abcdef, now new" in str(caught.value)
    assert choose(tmp_path, "new", wanted="v7") == "v7"


@pytest.mark.parametrize("wanted", [None, "v3"])
def test_another_recipe_is_refused_with_the_difference_and_the_way_out(tmp_path, wanted):
    begun(tmp_path, "v3")
    with pytest.raises(IdentityError) as caught:
        choose(tmp_path, recipe=OTHER, wanted=wanted)
    assert "clean: steps[0].minimum_score: 0.65 → 0.5" in caught.value.faults
    assert "version v3 of tiny" in caught.value.faults[0]
    assert "--version v4" in caught.value.faults[-1]
    assert choose(tmp_path, recipe=OTHER, wanted="v4") == "v4"


def test_every_stage_that_was_begun_is_compared_and_no_other(tmp_path):
    place = begun(tmp_path)
    claim(STORES, place.of_stage("tokens"), {"seed": 1})
    check_recipe(STORES, place, {"clean": RECIPE, "deduplicated": {"any": 1}, "tokens": {"seed": 1}})
    with pytest.raises(IdentityError) as caught:
        check_recipe(STORES, place, {"clean": OTHER, "deduplicated": {"any": 1}, "tokens": {"seed": 2}})
    assert caught.value.faults[1:-1] == ("clean: steps[0].minimum_score: 0.65 → 0.5", "tokens: seed: 1 → 2")


def test_a_named_version_is_told_another_name(tmp_path):
    begun(tmp_path, "spring")
    with pytest.raises(IdentityError, match=r"\(--version spring-2\)"):
        choose(tmp_path, recipe=OTHER, wanted="spring")


@pytest.mark.parametrize("name", ["a/b", "..", "", " ", ".hidden", "v1/../v2", "-v"])
def test_a_version_that_is_no_folder_name_is_refused(tmp_path, name):
    with pytest.raises(IdentityError, match="a version is a folder named by letters"):
        check_recipe(STORES, place_in(tmp_path, version=name), {"clean": RECIPE})


def test_numbered_versions_are_ordered_by_number_behind_the_named_ones(tmp_path):
    for version in ("v10", "v2", "spring", "v1", "v02"):
        begun(tmp_path, version)
    assert versions(STORES, str(tmp_path), "tiny") == ["spring", "v02", "v1", "v2", "v10"]
    assert newest(STORES, str(tmp_path), "tiny") == "v10"


def test_a_claim_is_written_once(tmp_path):
    place = begun(tmp_path)
    claim(STORES, place, dict(RECIPE))
    with pytest.raises(DatasetError, match=r"clean\.json is there with other bytes"):
        claim(STORES, place, OTHER)


def test_siblings_were_begun_by_the_same_recipe(tmp_path):
    first, second, _ = begun(tmp_path, "v1"), begun(tmp_path, "v2"), begun(tmp_path, "v3", OTHER)
    mine = place_in(tmp_path, version="v4")
    assert siblings(STORES, mine, RECIPE) == (first.uri, second.uri)
    assert siblings(STORES, second, RECIPE) == (first.uri,)
    assert siblings(STORES, mine.of_stage("tokens"), RECIPE) == ()
