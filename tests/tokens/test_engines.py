"""Tokenizers of the families that models use, small and trained here: which engine takes which, and what it gives."""

import json
import warnings

import pytest
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

from pipelines.errors import TokenizerError
from pipelines.tokens import Tokenizer as Opened
from pipelines.tokens.agreement import SAMPLE

LLAMA3 = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*"
    r"|\s*[\r\n]+|\s+(?!\S)|\s+"
)
SPECIALS = ["<|endoftext|>", "<|im_start|>", "<unk>"]
BYTE_LEVEL = pre_tokenizers.ByteLevel(add_prefix_space=False)
BYTES_ONLY = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
THREE_DIGITS = pre_tokenizers.Split(Regex(r"\p{N}{1,3}"), "isolated")
CJK = pre_tokenizers.Split(Regex("[一-龥぀-ゟ゠-ヿ]+"), "isolated")
SPLIT = pre_tokenizers.Split(Regex(LLAMA3), "isolated")
FALLBACK = [f"<0x{byte:02X}>" for byte in range(256)]


def byte_level(splitter, normalizer=None, **model):
    made = Tokenizer(models.BPE(**model))
    made.pre_tokenizer, made.decoder = splitter, decoders.ByteLevel()
    if normalizer:
        made.normalizer = normalizer
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    return trained(made, trainers.BpeTrainer(initial_alphabet=alphabet, **training(600)))


def metaspace(model, trainer, normalizer=None):
    made = Tokenizer(model)
    made.pre_tokenizer, made.decoder = pre_tokenizers.Metaspace(), decoders.Metaspace()
    if normalizer:
        made.normalizer = normalizer
    return trained(made, trainer)


def word_piece():
    made = Tokenizer(models.WordPiece(unk_token="<unk>"))
    made.normalizer, made.pre_tokenizer = normalizers.BertNormalizer(), pre_tokenizers.BertPreTokenizer()
    made.decoder = decoders.WordPiece()
    return trained(made, trainers.WordPieceTrainer(**training(700)))


def training(vocabulary_size, specials=SPECIALS):
    return {"vocab_size": vocabulary_size, "special_tokens": list(specials), "show_progress": False}


def trained(made, trainer):
    made.train_from_iterator(list(SAMPLE[:25]) * 3, trainer)
    return made.to_str()


def unigram(end_of_text):
    trainer = trainers.UnigramTrainer(unk_token="<unk>", **training(400, ["<unk>", end_of_text]))
    return metaspace(models.Unigram(), trainer, normalizers.NFKC())


FAMILIES = {
    "GPT-2": (lambda: byte_level(BYTE_LEVEL), "fastokens", True),
    "GPT-2 with a space put before": (lambda: byte_level(pre_tokenizers.ByteLevel()), "fastokens", False),
    "Llama 3": (
        lambda: byte_level(pre_tokenizers.Sequence([SPLIT, BYTES_ONLY]), ignore_merges=True),
        "fastokens",
        True,
    ),
    "single digits": (
        lambda: byte_level(pre_tokenizers.Sequence([pre_tokenizers.Digits(individual_digits=True), BYTE_LEVEL])),
        "fastokens",
        True,
    ),
    "DeepSeek": (
        lambda: byte_level(pre_tokenizers.Sequence([THREE_DIGITS, CJK, BYTES_ONLY]), normalizers.Sequence([])),
        "fastokens",
        True,
    ),
    "NFC": (lambda: byte_level(BYTE_LEVEL, normalizers.NFC()), "fastokens", False),
    "NFKC": (lambda: byte_level(BYTE_LEVEL, normalizers.NFKC()), "tokenizers", False),
    "SentencePiece BPE": (
        lambda: metaspace(
            models.BPE(unk_token="<unk>", byte_fallback=True, fuse_unk=True),
            trainers.BpeTrainer(**training(900, [*SPECIALS, *FALLBACK])),
        ),
        "tokenizers",
        False,
    ),
    "WordPiece": (word_piece, "tokenizers", False),
}


@pytest.mark.parametrize("family", FAMILIES)
def test_a_family_is_encoded_as_the_reference_does_and_says_when_it_is_slow_or_changes_text(family, real_texts):
    make, engine, lossless = FAMILIES[family]
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        opened = Opened.from_json(make())
    assert (opened.engine, opened.lossless) == (engine, lossless)
    messages = [str(warning.message) for warning in said]
    assert [("cannot read" in text, "does not come back" in text) for text in messages] == [
        *[(True, False)] * (engine == "tokenizers"),
        *[(False, True)] * (not lossless),
    ]
    reference = Tokenizer.from_str(opened.json_text)
    reference.encode_special_tokens = True
    texts = [*SAMPLE, *real_texts[:6]]
    expected = [reference.encode(text, add_special_tokens=False).ids for text in texts]
    assert opened.encode(texts).to_pylist() == expected


def test_a_unigram_model_that_holds_the_end_of_text_as_a_word_is_refused():
    """Its pieces are words, special tokens among them, so text spells those: as T5's does with </s>."""
    with pytest.warns(UserWarning, match="cannot read"), pytest.raises(TokenizerError, match="could forge '</s>'"):
        Opened.from_json(unigram("</s>"), end_of_text="</s>")


def test_a_sequence_of_no_normalizers_is_none(trained_json):
    """DeepSeek's: its text has to come back, and an alphabet with a hole is refused."""
    parsed = json.loads(trained_json)
    parsed["normalizer"] = {"type": "Sequence", "normalizers": []}
    assert Opened.from_json(json.dumps(parsed)).lossless
    parsed["model"]["vocab"] = {k: v for k, v in parsed["model"]["vocab"].items() if "ä" not in k}
    parsed["model"]["merges"] = [pair for pair in parsed["model"]["merges"] if "ä" not in "".join(pair)]
    with (
        pytest.warns(UserWarning, match="cannot read"),
        pytest.raises(TokenizerError, match="does not come back from its ids"),
    ):
        Opened.from_json(json.dumps(parsed))
