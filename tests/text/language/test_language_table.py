"""The table of languages: all that the model knows, read strictly, its faults told together."""

import pytest

from pipelines.errors import RecipeError
from pipelines.text.language.model import load_model
from pipelines.text.language.table import known_codes, read_languages

HEADER = "code,name,minimum_score,stop_words\n"


@pytest.fixture
def table(tmp_path):
    def written(content):
        path = tmp_path / "mine.csv"
        path.write_text(content, encoding="utf-8")
        return path

    return written


def test_the_built_in_table_has_a_row_for_each_language_of_the_model():
    rows = read_languages()
    assert known_codes() == load_model()[1] == tuple(rows)
    assert all(row.name and row.minimum_score == 0.65 for row in rows.values())
    assert len({row.name for row in rows.values()}) == len(rows) == 176


def test_stop_words_are_there_for_the_large_languages_and_gophers_for_english():
    rows = read_languages()
    assert set(rows["en"].stop_words) == {"the", "be", "to", "of", "and", "that", "have", "with"}
    for code in ("de", "fr", "es", "it", "pt", "nl", "ru", "pl", "ar", "hi", "tr", "id", "vi"):
        assert len(set(rows[code].stop_words)) >= 8
    assert all(len(set(row.stop_words)) == len(row.stop_words) for row in rows.values())


def test_a_table_of_ones_own_may_have_a_few_rows_comments_and_blank_lines(table):
    rows = read_languages(table("# mine\n\n" + HEADER + 'de,"German, high",0.5,der die\nfr,French,1,\n'))
    assert {code: (row.name, row.minimum_score, row.stop_words) for code, row in rows.items()} == {
        "de": ("German, high", 0.5, ("der", "die")),
        "fr": ("French", 1.0, ()),
    }


def test_all_faults_are_told_at_once_each_with_its_line(table):
    lines = [
        "xx,Nowhere,0.5,a",
        "de,German,high,der",
        "de,German,nan,",
        "fr,French,2,le",
        "en,English,0.6,the",
        "en,E,1,",
        "it",
    ]
    with pytest.raises(RecipeError) as refused:
        read_languages(table(HEADER + "\n".join(lines)))
    faults = refused.value.faults
    assert [fault.split(": ")[0].rsplit(" ", 1)[1] for fault in faults] == ["2", "3", "4", "5", "7", "8"]
    for said, fault in zip(
        ["'xx' is no language", "'high'", "'nan'", "'2'", "en stands twice", "1 cells"], faults, strict=True
    ):
        assert said in fault
    assert "af, als, am" in faults[0]


@pytest.mark.parametrize("content", ["", "de,German,0.5,der\n", "code;name\n", "# nothing\n"])
def test_a_table_without_its_first_line_is_refused(table, content):
    with pytest.raises(
        RecipeError, match="the first line of a table of languages is code,name,minimum_score,stop_words"
    ):
        read_languages(table(content))


def test_a_table_that_cannot_be_read_is_refused(tmp_path):
    (tmp_path / "latin.csv").write_bytes(HEADER.encode() + b"de,\xe4,0.5,\n")
    for path in (tmp_path / "none.csv", tmp_path, tmp_path / "latin.csv"):
        with pytest.raises(RecipeError, match="cannot be read"):
            read_languages(path)
