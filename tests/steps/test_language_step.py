"""Languages kept by one threshold or by a table's, and what of that enters the fingerprint."""

import pickle
from dataclasses import replace

import pytest
from step_batches import GERMAN, GOOD, texts_of

from pipelines.catalog.identity import fingerprint, resolved
from pipelines.errors import RecipeError
from pipelines.steps import Language

HEADER = "code,name,minimum_score,stop_words\n"


@pytest.fixture
def table(tmp_path):
    def written(content, name="mine.csv"):
        path = tmp_path / name
        path.write_text(HEADER + content, encoding="utf-8")
        return path

    return written


def reasons(step):
    return step(texts_of(GOOD, GERMAN, "zq 0 !? xx")).column("rejected_by").to_pylist()


def test_each_language_has_the_tables_threshold(table):
    both = table("en,English,1,\nde,German,0.9,\n")
    assert reasons(Language(keep=("en", "de"), thresholds=both)) == ["language", None, "language"]
    assert reasons(Language(keep=("de",), thresholds=both)) == ["language", None, "language"]
    low = table("en,English,0.1,\nde,German,1,\n")
    assert reasons(Language(keep=("en", "de"), thresholds=str(low))) == [None, "language", None]
    assert reasons(Language(keep=("en",), thresholds=low)) == [None, "language", None]
    assert reasons(Language(keep=(), thresholds="built-in")) == reasons(Language(keep=())) == [None, None, "language"]


def test_the_tables_scores_are_identity_and_its_place_is_not(table):
    one = Language(keep=("en", "de"), thresholds=table("en,English,0.5,\nde,German,0.6,der\n", "one.csv"))
    same = Language(keep=("en", "de"), thresholds=table("de,Deutsch,0.60,die\nfr,French,0.1,\nen,E,.5,\n", "two.csv"))
    other = Language(keep=("en", "de"), thresholds=table("en,English,0.5,\nde,German,0.61,der\n", "one.csv"))
    assert resolved(one) == {"type": "Language", "keep": ["en", "de"], "minimum_score": [["de", 0.6], ["en", 0.5]]}
    assert one == same
    assert fingerprint(resolved(one)) == fingerprint(resolved(same)) != fingerprint(resolved(other))
    assert pickle.loads(pickle.dumps(one)) == one  # noqa: S301 (our own bytes, as Spark sends them)
    assert replace(one, keep=("de",)).minimum_score == one.minimum_score


def test_without_a_table_the_identity_is_as_it_was():
    assert resolved(Language()) == {"type": "Language", "keep": ["en"], "minimum_score": 0.65}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"keep": ("en", "xx", "yy")}, "'xx' is no language of lid.176, which knows af, als(.|\n)*'yy' is no language"),
        ({"keep": "en"}, "'e' is no language"),
        ({"minimum_score": 65}, "minimum_score is 65: it is a number from 0 to 1"),
        ({"minimum_score": float("nan")}, "minimum_score is nan"),
        ({"minimum_score": "0.65"}, "minimum_score is '0.65'"),
        ({"minimum_score": (("en", 2.0), ("xx", 0.5))}, "'xx' is no language(.|\n)*minimum_score is 2.0"),
        ({"keep": ("en", "de"), "minimum_score": (("en", 0.5),)}, "none for de, which are kept"),
        (
            {"minimum_score": 0.5, "thresholds": "built-in"},
            "minimum_score is 0.5 and thresholds is 'built-in': give one",
        ),
        ({"thresholds": "nowhere.csv"}, "nowhere.csv cannot be read"),
    ],
)
def test_what_cannot_be_kept_is_refused(arguments, message):
    with pytest.raises(RecipeError, match=message):
        Language(**arguments)


def test_a_table_without_a_language_that_is_kept_is_refused(table):
    rows = table("de,German,0.5,\n")
    for keep, said in ((("en",), "none for en"), (("de", "fr"), "none for fr"), ((), "none for en, ru, fr")):
        with pytest.raises(RecipeError, match=said):
            Language(keep=keep, thresholds=rows)
