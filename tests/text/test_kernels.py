"""The kernels give what their twins and spaCy give, whatever the batch, the order and the memory."""

import os
import random
import subprocess
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from examples import PROSE, REJECTED
from twins.quality import judge_text

from benchmarks.text import fuzz
from benchmarks.text.documents import real_texts
from benchmarks.text.parity import LENIENT
from pipelines.text.minhash import MinHash
from pipelines.text.quality import FINEWEB, judge
from pipelines.text.scan import columns, walk
from pipelines.text.scan.walk import ChunkTable
from pipelines.text.words.classes import PREFIX, SUFFIX, classes, english_tokenizer
from pipelines.text.words.english import English

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def texts():
    real = [text[:3000] for text in real_texts(100)]
    return fuzz.documents(2, real, 250)


def test_generated_chunks_are_cut_as_spacy_does_and_normalised_as_the_twin_does():
    assert fuzz.chunk_differences(fuzz.chunks(1, 8000)) == []


@pytest.mark.parametrize("rules", [FINEWEB, LENIENT], ids=["published", "lenient"])
def test_every_value_reason_and_text_is_the_twins(texts, rules):
    assert fuzz.document_differences(texts, rules) == []


def test_signatures_are_the_twins(texts):
    assert fuzz.signature_differences(texts) == []


def test_every_reason_is_given_twenty_times_and_the_twin_gives_the_same():
    given = Counter()
    for reason, text in REJECTED.items():
        # Letters of no stop word become others, wherever they stand: what repeats goes on repeating.
        variants = [text.replace(letter, other) for letter in "cgjkqxyz" for other in "γžř"]
        judged = judge(variants).column("rejected_by").to_pylist()
        given.update(judged)
        if reason != "gopher_long_doc":  # 100,000 words: the twin takes a second for each
            assert judged == [judge_text(text).rejected_by for text in variants]
    assert {reason: given[reason] for reason in REJECTED if given[reason] < 20} == {}


@pytest.mark.parametrize(("character", "bit"), [("(", PREFIX), (")", SUFFIX), ("€", PREFIX)])
def test_one_wrong_bit_of_a_table_is_found(character, bit, monkeypatch):
    right = classes().affix.copy()
    classes().affix[ord(character)] &= ~np.uint16(bit)
    fresh = English(ChunkTable(1 << 15, 1 << 20))
    monkeypatch.setattr(fuzz, "english", lambda: fresh)
    try:
        assert fuzz.chunk_differences(fuzz.chunks(3, 3000)) != []
    finally:
        classes().affix[:] = right


def test_batches_order_and_a_table_that_is_full_all_the_time_change_nothing(texts, monkeypatch):
    whole, signatures = judge(texts), MinHash().signatures(texts)
    for size in (1, 7):
        parts = [judge(texts[start : start + size]) for start in range(0, 210, size)]
        assert pa.concat_tables(parts).combine_chunks().equals(whole.slice(0, 210).combine_chunks())
    order = random.Random(1).sample(range(len(texts)), len(texts))
    assert judge([texts[row] for row in order]).combine_chunks().equals(whole.take(order).combine_chunks())
    monkeypatch.setattr(columns, "SLICE_BYTES", 2000)
    monkeypatch.setattr(walk.chunk_table(), "max_chunks", 50)
    walk.chunk_table().empty()
    before = walk.chunk_table().generation
    assert judge(texts).combine_chunks().equals(whole.combine_chunks())
    assert (MinHash().signatures(texts) == signatures).all()
    assert walk.chunk_table().generation > before + 50
    monkeypatch.undo()
    walk.chunk_table().empty()


def test_ten_thousand_documents_are_judged_in_one_batch(texts):
    many = (texts * (10_000 // len(texts) + 1))[:10_000]
    expected = judge(texts).column("rejected_by").to_pylist()
    assert judge(many).column("rejected_by").to_pylist() == (expected * (10_000 // len(texts) + 1))[:10_000]


def test_a_chunk_of_a_hundred_kilobytes_is_judged_in_linear_time():
    # spaCy takes quadratic time for these, so a shorter one is compared, and the longer must have as many more words.
    parts = ("a.b(c", "((((", "한국", "....,", "a@b:c", "x-y", ":((")
    short, long = [[PROSE + " " + part * number for part in parts] for number in (200, 20_000)]
    assert fuzz.document_differences(short, FINEWEB) == []
    few, many = (judge(texts).column("num_words").to_pylist() for texts in (short, long))
    base = judge([PROSE]).to_pylist()[0]["num_words"]
    growth = [(m - base) / (f - base) for f, m in zip(few, many, strict=True)]
    assert growth == pytest.approx([1, 100, 1, 100, 100, 100, 100], rel=0.02)


def test_other_stop_words_are_counted():
    rules = fuzz.replace(FINEWEB, stop_words=("The", "mill", "of"))
    assert judge([PROSE], rules).to_pylist()[0]["num_stop_words"] == 3
    assert judge([PROSE]).to_pylist()[0]["num_stop_words"] == judge_text(PROSE).values["num_stop_words"]


def test_the_classes_of_unassigned_characters_are_spacys_too():
    tokenizer, affix = english_tokenizer(), classes().affix
    for point in random.Random(4).sample(range(0x110000), 20_000):
        character = chr(point)
        if not 0xD800 <= point < 0xE000 and not character.isspace():
            assert bool(affix[point] & PREFIX) == (tokenizer.find_prefix(character) == 1 and character != "+")


SMALL = """
import json, sys
sys.path.insert(0, "tests/text")
from examples import PROSE, REJECTED
from pipelines.text.minhash import MinHash
from pipelines.text.quality import judge
from pipelines.text.warm import _TEXT
texts = [_TEXT, PROSE, "", "한국 x‘s€€ [1] 10km ‘s"] + [t for t in REJECTED.values() if 0 < len(t) < 700][:3]
signatures = [MinHash(hash_name=name).signatures(texts[:3]).tolist() for name in ("xxh64", "sha1")]
print(json.dumps([judge(texts).to_pylist(), signatures]))
"""


def test_plain_python_and_checked_indices_give_the_same():
    answers = []
    for switch in ({}, {"NUMBA_DISABLE_JIT": "1"}, {"NUMBA_BOUNDSCHECK": "1"}):
        command = [sys.executable, "-W", "ignore", "-c", SMALL]
        done = subprocess.run(command, cwd=ROOT, env={**os.environ, **switch}, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr.decode()
        answers.append(done.stdout)
    assert answers[0] == answers[1] == answers[2]


WARM = """
import threading
from numba.core import event
from pipelines.text.warm import warm
warm()
assert threading.active_count() == 1
compiled = []
class Listener(event.Listener):
    def on_start(self, event): compiled.append(event)
    def on_end(self, event): pass
event.register("numba:compile", Listener())
from benchmarks.text.documents import hostile_texts, real_texts
from pipelines.text.minhash import MinHash
from pipelines.text.quality import judge
texts = hostile_texts(real_texts(20), 100, 1)
judge(texts)
MinHash().signatures(texts)
assert not compiled
"""


def test_after_warming_nothing_is_compiled_and_no_thread_runs():
    done = subprocess.run([sys.executable, "-c", WARM], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
