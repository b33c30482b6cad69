"""What becomes of special tokens that a text spells: characters, unless the recipe names them; never an end of text."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.errors import TokenizerError
from pipelines.tokens import Tokenizer, open_tokenizer

ENGINES = ["fastokens", "tokenizers"]
END, START, STOP, PLAIN = "<|endoftext|>", "<|im_start|>", "<|im_end|>", "<plain>"
PIECES = st.sampled_from([END, START, STOP, PLAIN, "<|", "endof", "text", "im_", "start", "|>", " ", "\n", "a", "é"])


@pytest.fixture(scope="module")
def chat_json(trained_json):
    from tokenizers import Tokenizer as Plain

    chat = Plain.from_str(trained_json)
    chat.add_special_tokens([START, STOP])
    chat.add_tokens([PLAIN])
    return str(chat.to_str())


@pytest.fixture(scope="module", params=ENGINES)
def engine(request):
    return request.param


@pytest.fixture(scope="module")
def strict(chat_json, engine):
    return replace(Tokenizer.from_json(chat_json), engine=engine)


@pytest.fixture(scope="module")
def recognizing(chat_json, engine):
    return replace(Tokenizer.from_json(chat_json, recognized_tokens=(START,)), engine=engine)


def id_of(tokenizer, content):
    return next(i for i in range(tokenizer.vocabulary_size) if tokenizer.decode([i]) == content)


@settings(max_examples=60, deadline=None)
@given(st.lists(PIECES, max_size=12).map("".join))
def test_no_text_forges_an_end_of_text_or_a_token_that_was_not_named(strict, recognizing, text):
    specials = {strict.end_of_text_id, 4096, 4097}
    ids = strict.encode_flat([text])[0]
    assert not specials & set(ids.tolist())
    assert strict.decode(ids) == text
    ids = recognizing.encode_flat([text])[0]
    assert specials & set(ids.tolist()) == ({4096} if START in text else set())
    assert recognizing.decode(ids) == text


def test_a_named_token_is_one_id_where_a_text_spells_it(strict, recognizing):
    start = id_of(strict, START)
    text = f"{START}user\nhi{STOP}{END}{START}"
    assert strict.encode_flat([text])[0].tolist().count(start) == 0
    ids = recognizing.encode_flat([text])[0].tolist()
    assert (ids[0], ids[-1], ids.count(start)) == (start, start, 2)
    between = recognizing.encode_flat([f"user\nhi{STOP}{END}"])[0].tolist()
    assert ids[1:-1] == between == strict.encode_flat([f"user\nhi{STOP}{END}"])[0].tolist()


def test_plain_added_tokens_are_always_one_id(strict, recognizing):
    assert strict.encode([PLAIN]).to_pylist() == recognizing.encode([PLAIN]).to_pylist() == [[4098]]


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ((END,), r"'<\|endoftext\|>', the end of text: any document could forge one"),
        ((PLAIN,), r"'<plain>', which is not a special token .* it has: '<\|endoftext\|>', '<\|im_start\|>'"),
        ((START, "<none>"), "'<none>', which is not a special token"),
    ],
)
def test_what_cannot_be_recognized_is_refused_by_name(chat_json, tmp_path, names, message):
    path = tmp_path / "tokenizer.json"
    path.write_text(chat_json)
    with pytest.raises(TokenizerError, match=message):
        open_tokenizer(str(path), recognized_tokens=names)


def test_two_policies_of_one_tokenizer_live_in_one_process(chat_json):
    tokenizers = [Tokenizer.from_json(chat_json, recognized_tokens=names) for names in ((), (START,), ())]
    assert [len(tokenizer.encode_flat([START])[0]) == 1 for tokenizer in tokenizers] == [False, True, False]
