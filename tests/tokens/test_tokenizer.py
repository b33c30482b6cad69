import json
import multiprocessing
import pickle
import warnings
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
import tokenizers
from blake3 import blake3
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import AddedToken, models, normalizers, pre_tokenizers

from pipelines.errors import TokenizerError
from pipelines.tokens import Tokenizer, open_tokenizer
from pipelines.tokens.agreement import SAMPLE
from pipelines.tokens.encoders import FastEncoder, ReferenceEncoder

ENGINES = ["fastokens", "tokenizers"]


@pytest.fixture(scope="module")
def tokenizer(trained_json):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return Tokenizer.from_json(trained_json, name="trained")


def ids_by_hand(json_text: str, text: str) -> list[int]:
    reference = tokenizers.Tokenizer.from_str(json_text)
    reference.encode_special_tokens = True
    return reference.encode(text, add_special_tokens=False).ids


def word_level(vocabulary: dict[str, int]) -> str:
    plain = tokenizers.Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    plain.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    plain.add_special_tokens(["<|endoftext|>"])
    return str(plain.to_str())


def test_a_trained_tokenizer_encodes_with_the_fast_engine(tokenizer):
    assert tokenizer.engine == "fastokens"
    assert tokenizer.end_of_text_id == 0
    assert tokenizer.vocabulary_size == 4096


def test_the_engines_agree_on_real_text(trained_json, real_texts):
    ids, offsets = FastEncoder(trained_json).encode_flat(real_texts)
    expected_ids, expected_offsets = ReferenceEncoder(trained_json).encode_flat(real_texts)
    np.testing.assert_array_equal(ids, expected_ids)
    np.testing.assert_array_equal(offsets, expected_offsets)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(max_size=60), max_size=8))
def test_any_text_comes_back_and_has_the_references_ids(tokenizer, texts):
    rows = tokenizer.encode(texts).to_pylist()
    assert [tokenizer.decode(row) for row in rows] == texts
    assert rows == [ids_by_hand(tokenizer.json_text, text) for text in texts]


@pytest.mark.parametrize(
    "kind", [pa.string(), pa.large_string(), pa.string_view(), pa.dictionary(pa.int32(), pa.string())], ids=str
)
def test_every_arrow_string_type_encodes_as_python_strings_do(tokenizer, kind):
    texts = list(SAMPLE)
    array = pa.array(texts).cast(kind)
    expected = tokenizer.encode(texts)
    assert tokenizer.encode(array).equals(expected)
    assert tokenizer.encode(array.slice(3, 5)).to_pylist() == expected.to_pylist()[3:8]
    assert tokenizer.encode(pa.chunked_array([array, array.slice(0, 2)])).to_pylist()[-2:] == expected.to_pylist()[:2]


def test_encode_gives_one_list_of_uint32_per_text(tokenizer):
    assert tokenizer.encode(["", "a"]).type == pa.list_(pa.uint32())
    assert len(tokenizer.encode([])) == 0
    assert tokenizer.encode([""]).to_pylist() == [[]]


def test_flat_ids_are_the_same_ids_end_to_end(tokenizer):
    ids, offsets = tokenizer.encode_flat(SAMPLE)
    assert (ids.dtype, offsets.dtype) == (np.uint32, np.int64)
    rows = [ids[a:b].tolist() for a, b in pairwise(offsets)]
    assert rows == tokenizer.encode(SAMPLE).to_pylist()


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        (pa.array(["a", None]), "text 1 is null"),
        (["a", None], "text 1 is None"),
        (["a", 3], "text 1 is 3"),
        (pa.array([b"a"]), "texts are binary"),
        ("abc", "one string"),
    ],
)
def test_what_is_not_text_is_refused_by_position(tokenizer, texts, message):
    with pytest.raises(TokenizerError, match=message):
        tokenizer.encode(texts)


@pytest.mark.parametrize("wrong", [-1, 4096, 2**33])
def test_decoding_an_id_there_is_not_is_refused(tokenizer, wrong):
    with pytest.raises(TokenizerError, match=f"no id {wrong}; ids are 0 to 4095"):
        tokenizer.decode([1, wrong])


def test_decoding_spells_out_special_tokens(tokenizer):
    ids = [*tokenizer.encode(["end"])[0].as_py(), tokenizer.end_of_text_id]
    assert tokenizer.decode(np.array(ids, np.uint16)) == "end<|endoftext|>"


def test_a_missing_end_of_text_names_the_special_tokens_there_are(trained_json):
    with pytest.raises(
        TokenizerError, match=r"tokenizer t: '</s>' is not a special token .* it has: '<\|endoftext\|>'"
    ):
        Tokenizer.from_json(trained_json, name="t", end_of_text="</s>")


def test_an_added_token_that_is_not_special_cannot_end_texts(changed_json):
    json_text = changed_json(lambda tokenizer: tokenizer.add_tokens(["<end>"]))
    with pytest.raises(TokenizerError, match="'<end>' is not a special token"):
        Tokenizer.from_json(json_text, end_of_text="<end>")


@pytest.mark.parametrize(
    ("json_text", "message"),
    [
        ("nope", "not JSON"),
        ("[]", "without a model"),
        ("{}", "without a model"),
        ('{"model": {}}', "tokenizers cannot read"),
        ('{"model": {"type": "Other"}}', "tokenizers cannot read"),
    ],
)
def test_what_is_no_tokenizer_json_is_refused(json_text, message):
    with pytest.raises(TokenizerError, match=message):
        Tokenizer.from_json(json_text, name="bad")


def test_a_tokenizer_that_panics_in_rust_is_refused(edited_json):
    json_text = edited_json(lambda parsed: parsed["model"].update(continuing_subword_prefix="##"))
    with pytest.raises(TokenizerError, match="tokenizers cannot read"):
        Tokenizer.from_json(json_text)


def test_random_merges_are_refused(edited_json):
    json_text = edited_json(lambda parsed: parsed["model"].update(dropout=0.1))
    with pytest.raises(TokenizerError, match=r"dropout is 0\.1"):
        Tokenizer.from_json(json_text)


def test_a_tokenizer_that_spells_its_end_of_text_out_of_ordinary_text_is_refused():
    with pytest.warns(UserWarning, match="cannot read"), pytest.raises(TokenizerError, match="could forge"):
        Tokenizer.from_json(word_level({"<|endoftext|>": 0, "<unk>": 1, "a": 2}))


def test_a_byte_level_tokenizer_without_all_bytes_is_refused(edited_json):
    def without_first_byte_of_three(parsed):
        parsed["model"]["vocab"] = {k: v for k, v in parsed["model"]["vocab"].items() if "ä" not in k}
        parsed["model"]["merges"] = [pair for pair in parsed["model"]["merges"] if "ä" not in "".join(pair)]

    with (
        pytest.warns(UserWarning, match="cannot read"),
        pytest.raises(TokenizerError, match="does not come back from its ids"),
    ):
        Tokenizer.from_json(edited_json(without_first_byte_of_three))


def test_the_reference_encodes_where_the_fast_engine_differs(changed_json):
    """A plain added token that begins where a special token's text ends: only the reference finds it there."""
    json_text = changed_json(lambda tokenizer: tokenizer.add_tokens(["|>a"]))
    with pytest.warns(UserWarning, match=r"encode 'x<\|endoftext\|>a y' differently"):
        tokenizer = Tokenizer.from_json(json_text)
    assert tokenizer.engine == "tokenizers"
    text = "123<|endoftext|>a"
    assert tokenizer.encode([text]).to_pylist() == [ids_by_hand(json_text, text)]
    assert FastEncoder(json_text).encode_flat([text])[0].tolist() != ids_by_hand(json_text, text)
    assert tokenizer.decode(tokenizer.encode_flat([text])[0]) == text


@pytest.mark.parametrize("edit", [normalizers.NFKC(), normalizers.Strip()], ids=repr)
def test_the_reference_encodes_what_the_fast_engine_does_not_read(changed_json, edit):
    json_text = changed_json(lambda tokenizer: setattr(tokenizer, "normalizer", edit))
    with pytest.warns(UserWarning, match="fastokens cannot read this tokenizer.json: .* encoding with tokenizers"):
        tokenizer = Tokenizer.from_json(json_text)
    assert tokenizer.encode([" ﬁne "]).to_pylist() == [ids_by_hand(json_text, " ﬁne ")]


def test_truncation_and_padding_in_the_json_do_not_touch_documents(tokenizer, changed_json):
    def cut_and_pad(plain):
        plain.enable_truncation(2)
        plain.enable_padding(length=8)

    expected = tokenizer.encode(SAMPLE)
    assert Tokenizer.from_json(changed_json(cut_and_pad)).encode(SAMPLE).equals(expected)
    json_text = changed_json(lambda plain: (cut_and_pad(plain), plain.add_tokens(["|>a"])))
    with pytest.warns(UserWarning, match="differently"):
        assert Tokenizer.from_json(json_text).encode(SAMPLE).equals(expected)


def test_a_token_that_swallows_whitespace_is_accepted_as_lossy(changed_json):
    json_text = changed_json(lambda plain: plain.add_tokens([AddedToken("[MASK]", lstrip=True)]))
    tokenizer = Tokenizer.from_json(json_text)
    assert tokenizer.decode(tokenizer.encode_flat(["a [MASK]"])[0]) == "a[MASK]"


@pytest.mark.parametrize(("num_tokens", "dtype"), [(65536, "uint16"), (65537, "uint32")])
def test_ids_are_stored_in_two_bytes_up_to_65536_of_them(edited_json, num_tokens, dtype):
    fillers = [f"<filler {i}>" for i in range(4096, num_tokens - 1)]
    ids = range(4096, num_tokens - 1)
    json_text = edited_json(lambda parsed: parsed["model"]["vocab"].update(zip(fillers, ids, strict=True)))
    plain = tokenizers.Tokenizer.from_str(json_text)
    plain.add_tokens(["<last>"])
    tokenizer = Tokenizer.from_json(plain.to_str())
    assert (tokenizer.engine, tokenizer.vocabulary_size, tokenizer.dtype) == ("fastokens", num_tokens, dtype)
    assert tokenizer.encode(["<last>"]).to_pylist() == [[num_tokens - 1]]


def test_the_largest_id_sizes_the_vocabulary_when_ids_have_gaps(edited_json):
    json_text = edited_json(lambda parsed: parsed["model"]["vocab"].update({"<far>": 70_000}))
    with pytest.warns(UserWarning, match="fastokens cannot read"):
        tokenizer = Tokenizer.from_json(json_text)
    assert (tokenizer.vocabulary_size, tokenizer.dtype) == (70_001, "uint32")


def test_open_reads_a_file_and_names_it_by_its_folder(tmp_path: Path, trained_json):
    path = tmp_path / "little" / "tokenizer.json"
    path.parent.mkdir()
    path.write_bytes(trained_json.encode())
    opened = open_tokenizer(str(path))
    assert opened.name == "little"
    assert opened.hash == blake3(path.read_bytes()).hexdigest()
    other = path.rename(tmp_path / "own.json")
    assert open_tokenizer(other.as_uri()).name == "own"


def test_bytes_that_are_no_text_are_refused(tmp_path: Path):
    path = tmp_path / "tokenizer.json"
    path.write_bytes(b"{\xff")
    with pytest.raises(TokenizerError, match=r"tokenizer\.json: byte 1 is not UTF-8"):
        open_tokenizer(str(path))


def test_a_tokenizer_pickles_as_its_json_and_stays_equal(tokenizer):
    again = pickle.loads(pickle.dumps(tokenizer))  # noqa: S301 - our own bytes
    assert again == tokenizer
    assert again.encode(SAMPLE).equals(tokenizer.encode(SAMPLE))
    assert json.loads(again.json_text)["model"]["type"] == "BPE"


@pytest.mark.parametrize("engine", ENGINES)
def test_a_forked_worker_encodes_after_its_parent_did(tokenizer, engine, capfd, monkeypatch):
    """Thread pools do not survive a fork: a worker that hung here would hang in every Spark executor."""
    monkeypatch.delenv("TOKENIZERS_PARALLELISM", raising=False)
    forked = replace(tokenizer, engine=engine)
    texts = ["some words " * 500] * 64
    expected = forked.encode(texts).to_pylist()
    with multiprocessing.get_context("fork").Pool(1) as pool:
        assert pool.apply_async(forked.encode, (texts,)).get(timeout=60).to_pylist() == expected
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("engine", ENGINES)
def test_a_process_whose_engine_gives_other_ids_refuses_to_encode(tokenizer, engine):
    elsewhere = replace(tokenizer, engine=engine, hash=f"opened by another {engine}", sample_hash="0" * 64)
    with pytest.raises(TokenizerError, match=f"{engine} gives other ids in this process .* same version of {engine}"):
        elsewhere.encode(["a"])


def test_the_engines_must_agree_on_the_corpus_too(changed_json, monkeypatch):
    """With no hard texts at all, the given sample alone finds that the fast engine differs."""
    monkeypatch.setattr("pipelines.tokens.tokenizer.sample_for", lambda _: [])
    json_text = changed_json(lambda tokenizer: tokenizer.add_tokens(["|>a"]))
    assert Tokenizer.from_json(json_text).engine == "fastokens"
    with pytest.warns(UserWarning, match=r"encode 'x<\|endoftext\|>a y' differently"):
        assert Tokenizer.from_json(json_text, sample=["same", "x<|endoftext|>a y"]).engine == "tokenizers"
