"""Texts without personal data: masked and counted; a column of them is treated as each of them alone."""

import itertools

import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from benchmarks.text.labelled.labels import labelled_set
from pipelines.errors import RecipeError
from pipelines.text.personal_data import KINDS, PersonalDataRules, find, redact, redact_texts
from pipelines.text.personal_data.finders import possible_kinds

PSEUDONYM = PersonalDataRules(mode="pseudonym")


@pytest.fixture(autouse=True, scope="module")
def _secret():
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PHLOEM_PSEUDONYM_KEY", "a secret that only this test knows")
        yield


def test_a_mask_says_the_kind_and_the_counts_say_how_many():
    text, counts = redact("a@b.org, c@d.org and +49 30 1234567; version 1.2.3.4", PersonalDataRules())
    assert text == "<EMAIL>, <EMAIL> and <PHONE>; version 1.2.3.4"
    assert counts == {"EMAIL": 2, "PHONE": 1}


def test_only_the_kinds_asked_for_are_replaced():
    assert redact("a@b.org +49 30 1234567", PersonalDataRules(kinds=("PHONE",))) == ("a@b.org <PHONE>", {"PHONE": 1})
    nothing = redact_texts(pa.array(["a@b.org"]), PersonalDataRules(kinds=()))
    assert nothing[0].to_pylist() == ["a@b.org"]


@pytest.mark.parametrize("wrong", [{"kinds": ("EMAIL", "SHOE_SIZE")}, {"mode": "delete"}])
def test_rules_that_do_not_exist_are_refused(wrong):
    with pytest.raises(RecipeError, match=r"(does|do) not exist"):
        PersonalDataRules(**wrong)


# --- a column: the regular expressions that say which texts can hold what must never be wrong about one that does ---


def assert_column_is_as_its_texts(texts, rules):
    column, counts = redact_texts(pa.array(texts, pa.string()), rules)
    alone = [redact(text, rules) for text in texts]
    assert column.to_pylist() == [text for text, _ in alone]
    assert {kind: array.to_pylist() for kind, array in counts.items()} == {
        kind: [found.get(kind, 0) for _, found in alone] for kind in KINDS
    }


@pytest.mark.parametrize("rules", [PersonalDataRules(), PersonalDataRules(public_only=False), PSEUDONYM])
def test_a_column_is_treated_as_each_of_its_texts_alone(rules):
    documents = labelled_set(seed=9)
    assert_column_is_as_its_texts([document.text for document in documents], rules)
    # The pieces around one label: here a text holds one kind or nothing, so that a wrong "nothing" shows.
    pieces = [d.text[max(0, label.start - 24) : label.end + 9] for d in documents[::3] for label in d.labels]
    assert_column_is_as_its_texts(pieces, rules)


FRAGMENTS = st.sampled_from(
    [
        *(
            "a@b.org",
            "jörg@ö.de",
            "93.184.216.34",
            "2a00:1450::9",
            "4111 1111 1111 1111",
            "+49 30 123456",
            "(212) 555-0123",
        ),
        *(
            "DE89370400440532013000",
            "Tel. ",
            "TEL",
            "MOBİLE: ",
            "mobıl ",
            "ТЕЛ:",
            "ſ",
            "电话：",
            "callus at ",
            "030 123 45 67",
        ),
        *("0301234567", "-", ".", " ", "7", "00", "@", ":", "::", "x", "(", ")", "\u00a0", "\n", "K", "sk-", "é", "́"),
        *("Bearer ", "a1B2" * 6, "eyJ", "gh" + "p_", "secret_key=", "-----BEGIN PRIVATE KEY-----", "EXAMPLE"),
    ]
)


@settings(max_examples=250, deadline=None)
@given(texts=st.lists(st.lists(FRAGMENTS, max_size=9).map("".join) | st.text(max_size=30), max_size=4))
@example(["ſecret_\u212aey=" + "a" * 40, "BEARER " + "a1" * 20, "tel\u017f"])
@example(["MOBİLE: 0532 123 45 67", "mobıl 0532 123 45 67", "ТЕЛЕФОН 030 123 45 67", "Tel.\u00a0030 123 45 67"])
def test_a_text_that_can_hold_nothing_holds_nothing(texts):
    possible = possible_kinds(pa.array(texts, pa.string()))
    for row, text in enumerate(texts):
        assert {span.kind for span in find(text, public_only=False)} <= set(possible.get(row, ()))


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string()])
def test_a_missing_text_stays_missing_and_is_not_counted(kind):
    texts, counts = redact_texts(pa.array(["x", None, "a@b.org", "", None], kind), PersonalDataRules())
    assert texts.to_pylist() == ["x", None, "<EMAIL>", "", None]
    assert texts.type == kind
    assert counts["EMAIL"].to_pylist() == [0, None, 1, 0, None]
    assert redact_texts(pa.array([], kind), PersonalDataRules())[0].to_pylist() == []
    assert redact_texts(pa.array([None], kind), PersonalDataRules())[0].to_pylist() == [None]


def test_a_slice_of_a_column_is_itself():
    texts = pa.array(["a@b.org", "x", None, "c@d.org", "y"])
    assert redact_texts(texts[2:5], PersonalDataRules())[0].to_pylist() == [None, "<EMAIL>", "y"]


@settings(max_examples=100, deadline=None)
@given(text=st.lists(FRAGMENTS, max_size=12).map("".join) | st.text(max_size=40))
def test_spans_are_in_order_and_never_overlap_and_the_rest_is_untouched(text):
    spans = find(text)
    assert all(a.end <= b.start for a, b in itertools.pairwise(spans))
    masked, counts = redact(text, PersonalDataRules())
    assert sum(counts.values()) == len(spans)
    assert len(masked) == len(text) + sum(len(span.kind) + 2 - (span.end - span.start) for span in spans)
