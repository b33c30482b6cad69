import pyarrow as pa
import pytest

from pipelines.errors import RefusedError
from pipelines.text.language import identify


def test_languages_of_plain_sentences():
    texts = ["The mill stands by the river.", "Die Mühle steht am Fluss.", "Le moulin est près de la rivière."]
    table = identify(texts)
    assert table["language"].to_pylist() == ["en", "de", "fr"]
    assert all(score > 0.9 for score in table["language_score"].to_pylist())
    assert table.schema.types == [pa.string(), pa.float64()]


def test_a_newline_is_a_space_and_does_not_end_the_text():
    assert identify(["The mill\nstands by\nthe river."]).equals(identify(["The mill stands by the river."]))


def test_every_text_has_an_answer_and_no_text_has_none():
    assert identify(["", " \x00", "#"])["language"].null_count == 0
    assert identify([]).num_rows == 0


def test_a_null_is_refused():
    with pytest.raises(RefusedError, match="is null"):
        identify(pa.array(["a", None]))
