"""Personal data replaced and counted; the secret of pseudonyms is identity, and is never shown."""

import pickle

import pytest
from step_batches import texts_of

from pipelines.catalog.identity import canonical, differences, fingerprint, resolved
from pipelines.errors import SiteError
from pipelines.steps import Redact
from pipelines.text.personal_data import KINDS, PersonalDataRules

SECRET, OTHER_SECRET = "a secret of this test only", "another secret of this test"
PSEUDONYM = PersonalDataRules(mode="pseudonym")


@pytest.fixture(autouse=True)
def secret(monkeypatch):
    monkeypatch.setenv("PHLOEM_PSEUDONYM_KEY", SECRET)


def test_what_is_found_is_masked_and_counted_by_kind():
    rows = Redact()(texts_of("a@b.org, c@d.org and +49 30 1234567", "nothing", None)).to_pylist()
    assert [row["text"] for row in rows] == ["<EMAIL>, <EMAIL> and <PHONE>", "nothing", None]
    assert [row["num_email"] for row in rows] == [2, 0, None]
    assert [row["num_phone"] for row in rows] == [1, 0, None]


def test_every_kind_has_a_column_of_counts_that_the_step_announces():
    batch = Redact()(texts_of("a@b.org", "x"))
    assert [field.name for field in Redact.adds] == [f"num_{kind.lower()}" for kind in KINDS]
    assert {"num_api_key", "num_token", "num_private_key"} <= set(batch.schema.names)
    for field in Redact.adds:
        assert batch.schema.field(field.name).type == field.type
        assert sum(batch.column(field.name).to_pylist()) == (field.name == "num_email")


def test_a_pseudonym_is_the_same_in_every_batch():
    step = Redact(PSEUDONYM)
    one, other = (step(texts_of(text)).column("text")[0].as_py() for text in ("a@b.org", "to a@b.org"))
    assert other == f"to {one}"
    assert one.endswith("@example.com")


def test_another_secret_is_another_fingerprint_and_shows_as_a_difference(monkeypatch):
    before = resolved(Redact(PSEUDONYM))
    assert before == resolved(Redact(PSEUDONYM))
    monkeypatch.setenv("PHLOEM_PSEUDONYM_KEY", OTHER_SECRET)
    after = resolved(Redact(PSEUDONYM))
    assert fingerprint(before) != fingerprint(after)
    (difference,) = differences(before, after)
    assert difference.startswith("key_hash: ")


def test_a_mask_does_not_depend_on_the_secret(monkeypatch):
    before = resolved(Redact())
    monkeypatch.delenv("PHLOEM_PSEUDONYM_KEY")
    assert resolved(Redact()) == before
    assert Redact()(texts_of("a@b.org")).column("text")[0].as_py() == "<EMAIL>"


def test_the_secret_is_nowhere_in_the_step():
    step = Redact(PSEUDONYM)
    assert SECRET not in repr(step) + canonical(resolved(step))
    assert SECRET.encode() not in pickle.dumps(step)


def test_a_worker_with_another_secret_refuses_to_write_other_bytes(monkeypatch):
    shipped = pickle.dumps(Redact(PSEUDONYM))
    assert pickle.loads(shipped) == Redact(PSEUDONYM)  # noqa: S301 (our own bytes)
    monkeypatch.setenv("PHLOEM_PSEUDONYM_KEY", OTHER_SECRET)
    with pytest.raises(SiteError, match=r"PHLOEM_PSEUDONYM_KEY.*another one.*every worker") as caught:
        pickle.loads(shipped)(texts_of("a@b.org"))  # noqa: S301 (the same)
    assert OTHER_SECRET not in str(caught.value)


def test_without_a_secret_pseudonyms_are_refused_when_the_recipe_is_read(monkeypatch):
    monkeypatch.delenv("PHLOEM_PSEUDONYM_KEY")
    with pytest.raises(SiteError, match="PHLOEM_PSEUDONYM_KEY holds 0 characters"):
        Redact(PSEUDONYM)
