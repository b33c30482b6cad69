"""Language, quality, content hash and signature: what each one measures and rejects."""

import numpy as np
import pyarrow as pa
import pytest
from blake3 import blake3
from step_batches import GERMAN, GOOD, batch_of, texts_of

from pipelines.steps import CleanLines, ContentHash, Language, Quality, Signature
from pipelines.steps import language as language_step
from pipelines.text.minhash import MinHash


def test_a_language_that_is_not_kept_is_rejected_with_what_was_measured():
    english, german = Language()(texts_of(GOOD, GERMAN)).to_pylist()
    assert (english["language"], english["rejected_by"]) == ("en", None)
    assert (german["language"], german["rejected_by"]) == ("de", "language")
    assert german["language_score"] > 0.9


def test_a_score_must_be_greater_than_the_minimum():
    (row,) = Language(keep=())(texts_of(GOOD)).to_pylist()
    score = row["language_score"]
    reasons = [
        Language(minimum_score=minimum)(texts_of(GOOD)).column("rejected_by").to_pylist()
        for minimum in (np.nextafter(score, 0.0), score)
    ]
    assert reasons == [[None], ["language"]]


def test_every_language_is_kept_when_none_is_named():
    assert Language(keep=())(texts_of(GOOD, GERMAN)).column("rejected_by").null_count == 2
    assert Language(keep=("de", "en"))(texts_of(GOOD, GERMAN)).column("rejected_by").null_count == 2


@pytest.mark.parametrize("keep", [(), ("en",)])
def test_a_text_in_which_the_model_knows_nothing_is_rejected(monkeypatch, keep):
    def knows_nothing(texts):
        return pa.table(
            {"language": pa.nulls(len(texts), pa.string()), "language_score": pa.nulls(len(texts), pa.float64())}
        )

    # No text is known for which lid.176 answers so, but fastText may, and the kernel promises a null then.
    monkeypatch.setattr(language_step, "identify", knows_nothing)
    batch = batch_of({"text": "?"}, {"quarantined_by": "truncated"})
    assert Language(keep=keep)(batch).column("rejected_by").to_pylist() == ["language", None]


def test_quality_measures_every_text_and_names_the_first_rule_that_fails():
    good, short, before = Quality()(
        batch_of({"text": GOOD}, {"text": GOOD.split("\n")[0]}, {"text": GOOD, "rejected_by": "language"})
    ).to_pylist()
    assert (good["rejected_by"], good["text"]) == (None, GOOD)
    assert (short["rejected_by"], short["num_words"]) == ("gopher_short_doc", 44)
    assert (before["rejected_by"], before["num_words"]) == ("language", good["num_words"])


def test_quality_leaves_the_text_as_the_rules_leave_it():
    (row,) = Quality()(texts_of(GOOD + "\nPlease enable javascript.")).to_pylist()
    assert (row["text"], row["num_dropped_lines"]) == (GOOD, 1)


def test_lines_that_say_nothing_go_and_a_text_of_too_many_is_rejected_whole():
    good, poor = CleanLines()(texts_of(GOOD + "\n12 likes", "Some words here\nMENU HERE")).to_pylist()
    assert (good["text"], good["num_counter_lines"], good["rejected_by"]) == (GOOD, 1, None)
    assert (poor["text"], poor["rejected_by"]) == ("Some words here\nMENU HERE", "too_many_words_removed")


def test_equal_texts_and_only_those_have_one_content_hash():
    hashes = ContentHash()(texts_of("a", "b", "a", None, "")).column("content_hash").to_pylist()
    assert hashes[0] == hashes[2] == blake3(b"a").digest()[:16]
    assert len(set(hashes)) == 4
    assert hashes[3] is None


def test_a_signature_is_that_of_the_kernel_and_short_texts_have_none():
    signatures = Signature()(texts_of(GOOD, "four words are few", None)).column("signature").to_pylist()
    assert signatures[1:] == [None, None]
    expected = MinHash().signatures([GOOD])[0]
    assert np.array_equal(np.frombuffer(signatures[0], "<u8"), expected)
