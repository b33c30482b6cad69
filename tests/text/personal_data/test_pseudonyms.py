"""A pseudonym has the layout of its kind, belongs to nobody, and is the same for the same value everywhere."""

import ipaddress
import random
import re
import subprocess
import sys

import pytest

from benchmarks.text.labelled.labels import labelled_set
from benchmarks.text.labelled.values import MAKERS
from pipelines.errors import SiteError
from pipelines.text.personal_data import KINDS, PersonalDataRules, find, redact

SECRET = "a secret that only this test knows"
PSEUDONYM = PersonalDataRules(mode="pseudonym")
BODY = "MC4CAQAwBQYDK2VwBCIEIJ+DYvh6SEqVTm50DFtMDoQikTmiCqirVv9mWG9qfSnF"
PEM = f"-----BEGIN {'PRIVATE'} KEY-----\n{BODY}\n-----END {'PRIVATE'} KEY-----"
GITHUB = "gh" + "p_" + "a1B2" * 9


@pytest.fixture(autouse=True)
def _secret(monkeypatch):
    monkeypatch.setenv("PHLOEM_PSEUDONYM_KEY", SECRET)


def pseudonym(text):
    return redact(text, PSEUDONYM)[0]


def layout(text):
    """Every letter and digit by its class, the rest as it is."""
    return re.sub("[a-z]", "a", re.sub("[A-Z]", "A", re.sub("[0-9]", "0", text)))


@pytest.mark.parametrize(
    ("spelling", "wanted"),
    [
        ("Jane.Doe@uni-x.de", r"user-[0-9a-f]{12}@example\.com"),
        ("+49 (0)30 1234567", r"\+99 \(0\)9\d \d{7}"),
        ("0049 30 1234567", r"0099 9\d \d{7}"),
        ("(212) 555-0123", r"\([2-9]9\d\) \d{3}-\d{4}"),
        ("+1 212 555 0123", r"\+1 [2-9]9\d \d{3} \d{4}"),
        ("Tel. 030/1234567", r"Tel\. 000/\d{7}"),
        ("93.184.216.34", r"2[45]\d\.\d{1,3}\.\d{1,3}\.\d{1,3}"),
        ("2a00:1450::9", r"2001:db8:[0-9a-f:]+"),
        ("DE89 3704 0044 0532 0130 00", r"DE00 \d{4} \d{4} \d{4} \d{4} \d\d"),
        ("GB82WEST12345698765432", r"GB00[A-Z]{4}\d{14}"),
        ("4111-1111-1111-1111", r"0[1-9]\d\d-\d{4}-\d{4}-\d{4}"),
        (GITHUB, r"ghp_(?:[a-z]\d[A-Z]\d){7}[a-z]EXAMPLE"),
        ("Bearer a1B2c3d4a1B2c3d4a1B2=", r"Bearer (?:[a-z]\d[A-Z]\d[a-z]\d[a-z]\d){1}[a-z]\d[A-Z]\d[a-z]EXAMPLE="),
        ("eyJhbGciOiJIUzI1.eyJzdWIiOiIxMjM0.dozjgNryP4J3jVmN", r"eyJ\w{13}\.eyJ\w{13}\.\w{9}EXAMPLE"),
    ],
)
def test_a_pseudonym_has_the_layout_of_its_spelling(spelling, wanted):
    assert re.fullmatch(wanted, pseudonym(spelling)), pseudonym(spelling)


def test_a_private_key_keeps_its_frame_and_its_lines():
    replaced = pseudonym(PEM).split("\n")
    assert replaced[0] == "-----BEGIN PRIVATE KEY-----"
    assert replaced[2] == "-----END PRIVATE KEY-----"
    assert len(replaced[1]) == len(BODY)
    assert layout(replaced[1][:-7]) == layout(BODY[:-7])
    assert replaced[1].endswith("EXAMPLE")
    assert not set(zip(*[iter(BODY[:-7])] * 8, strict=False)) & set(zip(*[iter(replaced[1][:-7])] * 8, strict=False))


@pytest.mark.parametrize("kind", ["PHONE", "IBAN", "CARD", "API_KEY", "TOKEN", "PRIVATE_KEY"])
def test_every_spelling_of_the_labelled_set_keeps_its_length_and_what_is_no_letter_or_digit(kind):
    chance = random.Random(4)
    for value, _ in (MAKERS[kind][0](chance) for _ in range(150)):
        before = {"PHONE": "Tel. ", "TOKEN": "Bearer "}.get(kind, "")
        replaced = pseudonym(before + value)
        assert [c for c in replaced if not c.isalnum()] == [c for c in before + value if not c.isalnum()]
        assert len(replaced) == len(before + value)


SPELLINGS = [
    ("Jane@B.org", "jane@b.ORG"),
    ("212-555-0123", "(212) 555.0123", "1-212-555-0123", "+1 212 555 0123", "001 212 555 0123"),
    ("+49 30 1234567", "+49 (0)30 123 45 67", "0049 30 1234567", "+49-30-1234567"),
    ("Tel. 030 1234567", "Fax: (030) 123 45 67"),
    ("4111111111111111", "4111 1111 1111 1111", "4111-1111-1111-1111"),
    ("2a00:1450:0::9", "2A00:1450::0009", "2a00:1450:0:0:0:0:0:9"),
    ("GB82WEST12345698765432", "GB82 WEST 1234 5698 7654 32"),
    (PEM, PEM.replace("\n", "\\n"), PEM.replace("\n", "\r\n"), PEM.replace("SEqV", "SEqV\n")),
]


@pytest.mark.parametrize("spellings", SPELLINGS)
def test_spellings_of_one_value_get_one_pseudonym(spellings):
    values = {tuple(span.value for span in find(spelling)) for spelling in spellings}
    assert len(values) == 1
    # Prefixes and layout may differ, the last seven characters of the number or key may not.
    plain = {re.sub(r"\\[nr]|[^A-Za-z0-9]|END PRIVATE KEY", "", pseudonym(spelling))[-8:] for spelling in spellings}
    assert len(plain) == 1, plain


@pytest.mark.parametrize("spellings", SPELLINGS)
def test_another_value_gets_another_pseudonym(spellings):
    changed = spellings[0].replace("J", "K").replace("0123", "0124").replace("4567", "4568").replace("::9", "::8")
    changed = changed.replace("GB82WEST12345698765432", "GB29NWBK60161331926819").replace("MC4C", "MC4D")
    changed = changed.replace("4111111111111111", "4012888888881881")
    assert changed != spellings[0]
    assert pseudonym(changed) != pseudonym(spellings[0])


def test_addresses_become_reserved_ones():
    chance = random.Random(8)
    for _ in range(200):
        address = ".".join(str(chance.randrange(20, 120)) for _ in range(4))
        if ipaddress.ip_address(address).is_global:
            assert ipaddress.ip_address(pseudonym(address)) in ipaddress.ip_network("240.0.0.0/4")
    assert ipaddress.ip_address(pseudonym("2a00:1450::9")) in ipaddress.ip_network("2001:db8::/32")


@pytest.mark.parametrize("mode", ["mask", "pseudonym"])
@pytest.mark.parametrize("public_only", [True, False])
def test_a_second_pass_changes_nothing(mode, public_only):
    rules = PersonalDataRules(mode=mode, public_only=public_only)
    for document in labelled_set(seed=3):
        once, _ = redact(document.text, rules)
        assert redact(once, rules) == (once, {})


@pytest.mark.parametrize("kind", KINDS)
def test_no_pseudonym_is_found_whatever_the_secret(kind, monkeypatch):
    chance = random.Random(5)
    for number in range(120):
        monkeypatch.setenv("PHLOEM_PSEUDONYM_KEY", f"{SECRET} {number}")
        before = {"PHONE": "Tel. ", "TOKEN": "Bearer "}.get(kind, "")
        replaced = pseudonym(before + MAKERS[kind][0](chance)[0])
        assert find(replaced, public_only=False) == [] or find(replaced) == find(before + replaced)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "Tel. 93.184.216.34",
            "+49 555-123-4567",
            "Tel. +49 30 1234567",
            "call 030 123-456-7890",
            "fax 4111111111111111",
        ),
        *("IBAN DE89 3704 0044 0532 0130 00", "2a00:1450::9", "dns 8.8.8.8", "Bearer eyJhbGciOiJI4111111111111111"),
    ],
)
def test_no_other_kind_is_found_in_a_pseudonym_once_its_own_is_not(text, monkeypatch):
    for number in range(40):
        monkeypatch.setenv("PHLOEM_PSEUDONYM_KEY", f"{SECRET} {number}")
        assert find(pseudonym(text), public_only=False) == []


def test_pseudonyms_do_not_depend_on_other_documents_nor_on_the_process():
    values = ["a@b.org", "c@d.org", "93.184.216.34", "+49 30 1234567"]
    alone = [pseudonym(value) for value in values]
    assert pseudonym(" ; ".join(reversed(values))) == " ; ".join(reversed(alone))
    program = "from pipelines.text.personal_data import *\n"
    program += f"print(redact({values[0]!r}, PersonalDataRules(mode='pseudonym'))[0])"
    environment = {"PHLOEM_PSEUDONYM_KEY": SECRET, "PYTHONHASHSEED": "77"}
    output = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True
    )
    assert output.stdout.strip() == alone[0]


def test_another_secret_gives_other_pseudonyms(monkeypatch):
    first = pseudonym("a@b.org")
    monkeypatch.setenv("PHLOEM_PSEUDONYM_KEY", SECRET + "!")
    assert pseudonym("a@b.org") != first


def test_a_missing_secret_is_refused_with_the_variable_and_the_way_out_and_never_printed(monkeypatch):
    monkeypatch.setenv("PHLOEM_PSEUDONYM_KEY", "short")
    with pytest.raises(SiteError, match=r"PHLOEM_PSEUDONYM_KEY holds 5 characters.*mode='mask'") as caught:
        pseudonym("a@b.org")
    assert "short" not in str(caught.value)
