import os
import random
import string
import subprocess
import sys
import warnings

import pytest
from blake3 import blake3
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.errors import TokenizerError
from pipelines.tokens import Tokenizer
from pipelines.tokens.train import TokenizerTraining, train

SMALL = TokenizerTraining(vocabulary_size=400)

# words of two letters only: nearly every count is a tie, which is where an order could show
TIES = """
import hashlib, random, sys
from pipelines.tokens.train import TokenizerTraining, train
drawn = random.Random(7)
texts = [" ".join("".join(drawn.choices("ab", k=drawn.randint(1, 12))) for _ in range(60)) for _ in range(200)]
random.Random(int(sys.argv[1])).shuffle(texts)
training = TokenizerTraining(vocabulary_size=2000, min_frequency=1, sample_bytes=40_000)
print(hashlib.sha256(train(texts, training).encode()).hexdigest())
"""


def test_order_threads_and_hash_seed_do_not_change_a_byte():
    """In processes of their own: thread pools and hash seeds are fixed at start."""
    hashes = set()
    for seed in ("1", "2", "3"):
        environment = os.environ | {
            "PYTHONHASHSEED": seed,
            "RAYON_NUM_THREADS": "1" if seed == "1" else "2",
            "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        }
        program = [sys.executable, "-c", TIES, seed]
        hashes.add(subprocess.run(program, env=environment, capture_output=True, text=True, check=True).stdout)
    assert len(hashes) == 1


@settings(max_examples=30, deadline=None)
@given(st.lists(st.text(alphabet="ab é中", max_size=30), min_size=1, max_size=20), st.randoms(), st.integers(1, 200))
def test_any_order_of_texts_trains_the_same_tokenizer(texts, drawn, sample_bytes):
    shuffled = texts[:]
    drawn.shuffle(shuffled)
    training = TokenizerTraining(vocabulary_size=300, sample_bytes=sample_bytes)
    if any(texts):
        assert train(texts, training) == train(shuffled, training)


def test_the_sample_is_the_fewest_documents_of_smallest_hash_that_fill_it():
    """Each document is one word of 16 letters, which becomes one token if it was trained on."""
    words = ["".join(random.Random(i).choices(string.ascii_lowercase, k=16)) for i in range(100)]
    by_hash = sorted(words, key=lambda word: blake3(word.encode()).digest())

    def used(sample_bytes):
        tokenizer = Tokenizer.from_json(train(words, TokenizerTraining(5000, 1, sample_bytes=sample_bytes)))
        return {word for word, ids in zip(words, tokenizer.encode(words).to_pylist(), strict=True) if len(ids) == 1}

    assert used(1) == set(by_hash[:1])
    assert used(16 * 10) == set(by_hash[:10])
    assert used(16 * 10 + 1) == set(by_hash[:11])
    assert used(10**6) == set(words)


def test_what_is_trained_opens_without_a_warning_and_has_every_byte():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        tokenizer = Tokenizer.from_json(train(["the cat sat on the mat"] * 3, SMALL))
    text = "Ω≈ç√∫ \x00 🤗"
    assert tokenizer.decode(tokenizer.encode_flat([text])[0]) == text
    assert tokenizer.end_of_text_id == 0


def test_little_text_gives_a_smaller_vocabulary():
    assert Tokenizer.from_json(train(["abab"], SMALL)).vocabulary_size == 257 + 1
    assert Tokenizer.from_json(train(["a"], SMALL)).vocabulary_size == 257


def test_much_text_fills_the_vocabulary(real_texts):
    assert Tokenizer.from_json(train(real_texts[:10], SMALL)).vocabulary_size == 400


@pytest.mark.parametrize("texts", [[], [""], iter(["", ""])])
def test_no_text_is_refused(texts):
    with pytest.raises(TokenizerError, match="no text to train"):
        train(texts, SMALL)


@pytest.mark.parametrize("wrong", ["\ud800", None])
def test_a_text_that_is_no_unicode_is_refused_by_position(wrong):
    with pytest.raises(TokenizerError, match="text 1 is"):
        train(["good", wrong], SMALL)


def test_all_wrong_values_are_refused_at_once():
    with pytest.raises(TokenizerError) as refused:
        TokenizerTraining(vocabulary_size=256, min_frequency=0, end_of_text="stop", sample_bytes=0)
    assert [fault.split(" is ")[0] for fault in refused.value.faults] == [
        "vocabulary_size",
        "min_frequency",
        "sample_bytes",
        "end_of_text",
    ]


def test_another_end_of_text_is_the_only_special_token():
    tokenizer = Tokenizer.from_json(
        train(["</s> </s>" * 9], TokenizerTraining(300, end_of_text="</s>")), end_of_text="</s>"
    )
    assert tokenizer.end_of_text_id == 0
    assert 0 not in tokenizer.encode_flat(["</s> </s>"])[0]


def test_training_texts_are_read_once_as_they_come():
    drawn = random.Random(3)
    texts = [" ".join(drawn.choices(["one", "two", "three"], k=9)) for _ in range(20)]
    assert train(iter(texts), SMALL) == train(texts, SMALL)
