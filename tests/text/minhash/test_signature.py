import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from twins.minhash import normalised

from pipelines.errors import RefusedError
from pipelines.text.minhash import MERSENNE_PRIME, NO_SIGNATURE, MinHash, jaccard
from pipelines.text.minhash.shingles import lower, modulo_prime
from pipelines.text.scan.compiled import kernel

FOX = "The quick brown fox jumps over the lazy dog near the river bank today"
FOX_BAND = [
    *(85330943174081874, 5684921751207494, 285742329127442222, 34440879854629237),
    *(824349532772971887, 77381120859862210, 495754016648651698, 204404170303891102),
]
WORDS = st.lists(st.sampled_from([*"abcdefghij", "é", "１２", "3.14", "#", "\u0301"]), max_size=40).map(" ".join)


def test_the_first_band_is_the_references():
    assert MinHash().signatures([FOX])[0, :8].tolist() == FOX_BAND


def test_signatures_are_one_row_per_text_in_order():
    minhash = MinHash()
    both = minhash.signatures(pa.array([FOX, "too short", FOX[4:]], pa.large_string()))
    assert both.shape == (3, 112)
    assert both.dtype == np.uint64
    assert both[2].tolist() == minhash.signatures([FOX[4:]])[0].tolist()
    assert minhash.has_signature(both).tolist() == [True, False, True]
    assert (both[1] == NO_SIGNATURE).all()


def test_no_texts_have_no_signatures():
    assert MinHash().signatures([]).shape == (0, 112)
    assert MinHash().bands(MinHash().signatures([])).shape == (0, 14)


def test_five_words_have_a_signature_and_four_have_none():
    minhash = MinHash()
    assert minhash.has_signature(minhash.signatures(["a b c d e", "a b c d", ""])).tolist() == [True, False, False]


@settings(max_examples=30, deadline=None)
@given(WORDS)
def test_signatures_are_the_minima_of_all_permutations(text):
    minhash = MinHash(num_bands=2, rows_per_band=3, shingle_words=2, seed=9, hash_name="sha1")
    random = np.random.RandomState(9)
    factors = random.randint(1, MERSENNE_PRIME, size=(1, 6), dtype=np.uint64)[0].tolist()
    summands = random.randint(0, MERSENNE_PRIME, size=(1, 6), dtype=np.uint64)[0].tolist()
    hashes = minhash.shingle_hashes(text).tolist()
    expected = [
        min((((h * a + b) % 2**64) % MERSENNE_PRIME for h in hashes), default=2**64 - 1)
        for a, b in zip(factors, summands, strict=True)
    ]
    assert minhash.signatures([text])[0].tolist() == expected


def test_a_long_text_is_permuted_in_blocks_without_a_seam():
    minhash, words = (
        MinHash(num_bands=1, rows_per_band=2),
        [f"w{chr(97 + n % 26)}{chr(97 + n // 26)}" for n in range(600)],
    )
    hashes = minhash.shingle_hashes(" ".join(words))
    assert len(hashes) > 512
    halves = [np.full(2, NO_SIGNATURE), np.full(2, NO_SIGNATURE)]
    lower(hashes[:300], *minhash._permutations, halves[0])
    lower(hashes[300:], *minhash._permutations, halves[1])
    assert np.minimum(*halves).tolist() == minhash.signatures([" ".join(words)])[0].tolist()


@kernel
def remainder(value):
    return modulo_prime(value)


@pytest.mark.parametrize("value", [0, 1, MERSENNE_PRIME - 1, MERSENNE_PRIME, MERSENNE_PRIME + 1, 2**61, 2**64 - 1])
def test_folding_is_the_remainder(value):
    assert int(remainder(np.uint64(value))) == value % MERSENNE_PRIME


def test_bands_meet_exactly_where_their_rows_agree():
    minhash = MinHash()
    signature = minhash.signatures([FOX])
    changed = signature.copy()
    changed[0, 17] ^= np.uint64(1)
    same = minhash.bands(signature)[0] == minhash.bands(changed)[0]
    assert same.tolist() == [band != 17 // 8 for band in range(14)]


def test_equal_rows_in_different_bands_have_different_keys():
    keys = MinHash().bands(np.zeros((1, 112), np.uint64))[0]
    assert len(set(keys.tolist())) == 14


def test_jaccard_is_shared_over_all():
    minhash = MinHash(shingle_words=1)
    left, right = minhash.shingle_hashes("a b c d"), minhash.shingle_hashes("c d e a a")
    assert jaccard(left, right) == 3 / 5
    assert jaccard(left, left) == 1
    assert jaccard(left[:0], right[:0]) == 0


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hello,  WORLD!\n", "hello world"),
        ("In 2024: 3.14 or ١٢٫٥ or 1,000.50", "in 0 0 or 0 or 0 0"),
        ("Crème brûlée", "creme brulee"),
        ("x \u0301 y", "x  y"),
        ("a,\u0301,b", "a  b"),
        ("l’été", "l ete"),
        ("１ 𑽐", "0 0"),
        (" \u0301 ", ""),
        ("\u0301 x", "x"),
        ("one ... two", "one two"),
        ("ΟΔΟΣ", "οδος"),
    ],
)
def test_text_is_normalised_as_the_reference_does(text, expected):
    assert normalised(text) == expected


def test_faulty_parameters_are_refused_all_at_once():
    with pytest.raises(RefusedError) as refused:
        MinHash(num_bands=0, shingle_words=-1, hash_name="md5")
    assert len(refused.value.faults) == 3
    assert "choose one of xxh64, sha1" in str(refused.value)
