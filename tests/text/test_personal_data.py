"""Personal data: found among look-alikes, replaced the same way everywhere, in time linear in the text."""

import base64
import itertools
import random
import string
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.errors import RecipeError, SiteError
from pipelines.text.identifiers import find, is_luhn
from pipelines.text.personal_data import KINDS, PersonalDataRules, redact

SECRET = "a secret that only this test knows"
PSEUDONYM = PersonalDataRules(mode="pseudonym")


@pytest.fixture(autouse=True)
def _secret(monkeypatch):
    monkeypatch.setenv("PHLOEM_PSEUDONYM_KEY", SECRET)


# --- a labelled set: spans made by a seeded generator, in sentences, among look-alikes ---


def _number(rng, layout):
    """A layout with # for any digit and ¤ for 2-8."""
    return "".join(rng.choice(string.digits) if c == "#" else rng.choice("2345678") if c == "¤" else c for c in layout)


def _email(rng):
    local = rng.choice(["jane.doe", "j_smith", "info", "o'neil", "a+news", "k.l.m-n", "x9%y", "Anna.B", "kontakt"])
    host = rng.choice(
        ["example.org", "mail.uni-a.ac.uk", "sub.mail.example.co.jp", "xn--bcher-kva.de", "a1.photography"]
    )
    return f"{local}{rng.randrange(1000)}@{host}"


def _phone(rng):
    layouts = [
        "(¤0#) ¤##-####",
        "¤0#-¤##-####",
        "¤1#.¤##.####",
        "+1 ¤0# ¤## ####",
        "1-¤0#-¤##-####",
        "+1 (¤0#) ¤##-####",
    ]
    layouts += ["+49 30 ########", "+49 (0)89 #######", "+44 20 #### ####", "+33 1 ## ## ## ##", "+4917########"]
    layouts += ["0044 20 #### ####", "+81-3-####-####", "+353 1 ### ####", "+86 138 #### ####", "+39 06 #### ####"]
    return _number(rng, rng.choice(layouts))


def _ipv4(rng):
    return (
        f"{rng.choice([81, 93, 134, 203, 51])}.{rng.randrange(1, 255)}.{rng.randrange(1, 255)}.{rng.randrange(1, 255)}"
    )


def _ipv6(rng):
    groups = [f"{rng.randrange(0x1000, 0xFFFF):x}" for _ in range(6)]
    return rng.choice(
        [f"2a00:1450:{':'.join(groups)}", f"2606:4700::{groups[0]}", f"2A02:8108:{groups[1].upper()}::{groups[2]}"]
    )


def _iban(rng):
    country, num_digits = rng.choice([("DE", 18), ("FR", 23), ("ES", 20), ("BE", 12), ("AT", 16), ("PL", 24)])
    body = _number(rng, "#" * num_digits)
    check = 98 - int("".join(str(int(c, 36)) for c in f"{body}{country}00")) % 97
    iban = f"{country}{check:02}{body}"
    return iban if rng.random() < 0.4 else " ".join(iban[i : i + 4] for i in range(0, len(iban), 4))


def _luhn_valid(rng, layout):
    body = _number(rng, layout)
    return next(body + d for d in string.digits if is_luhn(body + d))


def _card(rng):
    card = _luhn_valid(rng, rng.choice(["4##############", "53#############", "34############", "6011###########"]))
    separator = rng.choice(["", " ", "-"])
    sizes = [4, 6, 5] if len(card) == 15 else [4, 4, 4, 4]
    return separator.join(card[sum(sizes[:i]) : sum(sizes[: i + 1])] for i in range(len(sizes)))


def _key(rng):
    def token(size, alphabet=string.ascii_letters + string.digits):
        return "aB3" + "".join(rng.choice(alphabet) for _ in range(size - 3))

    def part(text):
        return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()

    return rng.choice(
        [
            "AK" + "IA" + "".join(rng.choice(string.ascii_uppercase + "234567") for _ in range(16)),
            "gh" + "p_" + token(36),
            "github" + "_pat_" + token(60),
            "xo" + "xb-" + _number(rng, "############-") + token(24),
            "sk" + "_live_" + token(24),
            "sk" + "-proj-" + token(48),
            "AI" + "za" + token(35),
            ".".join([part('{"alg":"HS256"}'), part(f'{{"sub":"{rng.randrange(10**9)}"}}'), token(43)]),
            f"-----BEGIN {'PRIVATE'} KEY-----\n{token(64)}\n{token(40)}\n-----END {'PRIVATE'} KEY-----",
        ]
    )


def _look_alike(rng):
    """Numbers and names that are none of the kinds."""
    layouts = [
        "version 1.#.#.#",
        "v#.#.1#.#",
        "section 4.1.#.1#",
        "release 20.#.1##.#",
        "Chrome/9#.0.44##.1##",
        "#.#.#.#",
    ]
    layouts += [
        "ISBN 978-0-####-####-#",
        "ISBN 0-###-#####-#",
        "20##-1#-2# 1#:##:##",
        "1#/0#/20##",
        "between 1###-1### and 2###-2###",
    ]
    layouts += [
        "order 7#########",
        "order no. 00############",
        "#.################",
        "#,###,###,###",
        "0x########",
        "$#,###.##",
    ]
    layouts += [
        "192.168.1.1##",
        "10.0.#.1##",
        "127.0.0.1",
        "part 200 300 4###",
        "a1:b2:c3:d4:e5:f#",
        "1#:##:##:##",
        "+####",
    ]
    layouts += [
        "12:34::x",
        "std::vector<int>",
        "icon@2x.png",
        "@decorator",
        "me@localhost",
        "package@1.2.#",
        "sk-learn-pipeline-demo-long-name",
    ]
    layouts += [
        "DE12 3456 7890 1234 5678 #1",
        "fe80::1",
        "::1",
        "UTC+0200",
        "2 + 3######",
        "page ###-###-####-##",
        "3.14159265358979##",
    ]
    layouts += [
        "4.111111111111111",
        "999.999.999.999",
        "tracking 9400 1000 0000 0000 0000 00",
        "doi 10.1000/1##.#.1#.1##",
    ]
    hashes = [f"{rng.getrandbits(160):040x}", f"{rng.getrandbits(128):032x}", f"sha256:{rng.getrandbits(256):064x}"]
    return rng.choice(hashes) if rng.random() < 0.1 else _number(rng, rng.choice(layouts))


MAKERS = {
    "EMAIL": _email, "PHONE": _phone, "IPV4": _ipv4, "IPV6": _ipv6, "IBAN": _iban, "CARD": _card, "KEY": _key,
}  # fmt: skip
FRAMES = [
    "Write to {} today.",
    "({})",
    "was {}, then",
    "{}",
    "Contact: {}\n",
    "'{}';",
    "see {}!",
    "x = {}",
    "„{}“",
    "|{}|",
    "von {} 的",
]


def _labelled(seed, num_spans):
    """(text, [(start, end, kind)]): one span or two look-alikes at a time."""
    rng = random.Random(seed)
    text, spans = "", []
    for _ in range(num_spans):
        for make in (rng.choice(list(MAKERS)), None, None):
            value = MAKERS[make](rng) if make else _look_alike(rng)
            before, after = rng.choice(FRAMES).split("{}")
            if make:
                spans.append((len(text) + len(before), len(text) + len(before) + len(value), make))
            text += f"{before}{value}{after} "
    return text, spans


@pytest.mark.parametrize("seed", [11, 300, 301])
def test_precision_and_recall_on_a_labelled_set_with_hard_look_alikes(seed):
    # Over the seeds 300 to 311, looked at only when the patterns were done (8,400 spans, 16,800 look-alikes): precision
    # 0.9989, recall 0.9992; wrong are page numbers 00x-xxx-xxxx-xx, missed are cards right after other digits.
    text, labelled = _labelled(seed, num_spans=700)
    found = {(span.start, span.end, span.kind) for span in find(text, KINDS)}
    right = found & set(labelled)
    precision, recall = len(right) / len(found), len(right) / len(labelled)
    missed = [text[start:end] for start, end, _ in sorted(set(labelled) - right)]
    wrong = [text[start:end] for start, end, _ in sorted(found - right)]
    # Shown by pytest -s and when the test fails: the figures are the result.
    print(f"{len(labelled)} spans: {precision=:.4f} {recall=:.4f} {wrong=} {missed=}")  # noqa: T201
    assert precision >= 0.98
    assert recall >= 0.97


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_is_found_among_the_others(kind):
    text, labelled = _labelled(seed=7, num_spans=400)
    wanted = {span for span in labelled if span[2] == kind}
    found = {(span.start, span.end, span.kind) for span in find(text, (kind,))}
    assert len(found & wanted) >= 0.95 * len(wanted)
    assert len(found & wanted) >= 0.95 * len(found)


# --- replacing ---


def test_a_mask_says_the_kind_and_the_counts_say_how_many():
    text, counts = redact("a@b.org, c@d.org and +49 30 1234567; version 1.2.3.4", PersonalDataRules())
    assert text == "<EMAIL>, <EMAIL> and <PHONE>; version 1.2.3.4"
    assert counts == {"EMAIL": 2, "PHONE": 1}


def test_only_the_kinds_asked_for_are_replaced():
    assert redact("a@b.org +49 30 1234567", PersonalDataRules(kinds=("PHONE",))) == ("a@b.org <PHONE>", {"PHONE": 1})


def test_a_card_number_has_an_issuer_and_a_right_check_digit():
    text = "4111 1111 1111 1111, 4111 1111 1111 1112, 9111 1111 1111 1113"
    assert redact(text, PersonalDataRules())[0] == "<CARD>, 4111 1111 1111 1112, 9111 1111 1111 1113"


def test_private_addresses_stay_unless_asked_for():
    text = "host 192.168.1.77 and fe80::1:2 and 93.184.216.34"
    assert redact(text, PersonalDataRules())[0] == "host 192.168.1.77 and fe80::1:2 and <IPV4>"
    assert redact(text, PersonalDataRules(public_only=False))[0] == "host <IPV4> and <IPV6> and <IPV4>"


def test_four_small_numbers_are_an_address_only_after_a_word_for_a_host():
    assert redact("use 8.8.8.8 or DNS 8.8.4.4", PersonalDataRules())[0] == "use 8.8.8.8 or DNS <IPV4>"


def test_pseudonyms_have_the_layout_of_their_kind_and_belong_to_nobody():
    text = "x@y.org 93.184.216.34 2a00:1450::9 "
    text += "+49 (0)30 1234567 (212) 555-0123 DE89 3704 0044 0532 0130 00 4111-1111-1111-1111"
    result, _ = redact(text, PSEUDONYM)
    email, ipv4, ipv6, phone = result.split(" ")[0], result.split(" ")[1], result.split(" ")[2], result.split(" ")[3]
    assert email.startswith("user-")
    assert email.endswith("@example.com")
    assert ipv4.startswith("10.")
    assert ipv6.startswith("2001:db8:")
    assert phone == "+99"
    assert " DE00 " in result
    shapes = ["".join("#" if c.isdigit() else c for c in t.split(" ", 3)[3]) for t in (text, result)]
    assert shapes[0] == shapes[1]


@pytest.mark.parametrize(
    ("one", "other"),
    [("Jane@B.org", "jane@b.ORG"), ("212-555-0123", "212.555.0123"), ("4111111111111111", "4111 1111 1111 1111"),
     ("2a00:1450:0::9", "2A00:1450::0009")],
)  # fmt: skip
def test_spellings_of_one_value_get_one_pseudonym(one, other):
    plain = [redact(text, PSEUDONYM)[0].replace("-", "").replace(".", "").replace(" ", "") for text in (one, other)]
    assert plain[0] == plain[1]


def test_pseudonyms_do_not_depend_on_other_documents_nor_on_the_process():
    values = ["a@b.org", "c@d.org", "93.184.216.34", "+49 30 1234567"]
    alone = [redact(value, PSEUDONYM)[0] for value in values]
    assert redact(" ; ".join(reversed(values)), PSEUDONYM)[0] == " ; ".join(reversed(alone))
    program = "from pipelines.text.personal_data import *\n"
    program += f"print(redact({values[0]!r}, PersonalDataRules(mode='pseudonym'))[0])"
    environment = {"PHLOEM_PSEUDONYM_KEY": SECRET, "PYTHONHASHSEED": "77"}
    output = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True
    )
    assert output.stdout.strip() == alone[0]


def test_another_secret_gives_other_pseudonyms(monkeypatch):
    first = redact("a@b.org", PSEUDONYM)
    monkeypatch.setenv("PHLOEM_PSEUDONYM_KEY", SECRET + "!")
    assert redact("a@b.org", PSEUDONYM) != first


def test_a_missing_secret_is_refused_with_the_variable_and_the_way_out_and_never_printed(monkeypatch):
    monkeypatch.setenv("PHLOEM_PSEUDONYM_KEY", "short")
    with pytest.raises(SiteError, match=r"PHLOEM_PSEUDONYM_KEY holds 5 characters.*mode='mask'") as caught:
        redact("a@b.org", PSEUDONYM)
    assert "short" not in str(caught.value)


@pytest.mark.parametrize("wrong", [{"kinds": ("EMAIL", "SHOE_SIZE")}, {"mode": "delete"}])
def test_rules_that_do_not_exist_are_refused(wrong):
    with pytest.raises(RecipeError, match=r"(does|do) not exist"):
        PersonalDataRules(**wrong)


@pytest.mark.parametrize("rules", [PersonalDataRules(), PSEUDONYM])
def test_a_second_pass_changes_nothing(rules):
    once, _ = redact(_labelled(seed=3, num_spans=300)[0], rules)
    assert redact(once, rules) == (once, {})


FRAGMENTS = st.sampled_from(
    [
        "a@b.org",
        "93.184.216.34",
        "4111 1111 1111 1111",
        "+49 30 123456",
        "DE89370400440532013000",
        "-",
        ".",
        " ",
        "7",
        "@",
        ":",
        "x",
    ]
)


@settings(max_examples=150, deadline=None)
@given(text=st.lists(FRAGMENTS, max_size=12).map("".join) | st.text(max_size=40))
def test_spans_are_in_order_and_never_overlap_and_the_rest_is_untouched(text):
    spans = find(text, KINDS)
    assert all(a.end <= b.start for a, b in itertools.pairwise(spans))
    masked, counts = redact(text, PersonalDataRules())
    assert sum(counts.values()) == len(spans)
    assert len(masked) == len(text) + sum(len(span.kind) + 2 - (span.end - span.start) for span in spans)


HOSTILE = [
    "a",
    "1",
    "a.",
    "1 ",
    "1.",
    "a@",
    "a@a.",
    "+1",
    "(",
    "00",
    "0",
    ":",
    "1:",
    "::",
    "A",
    "DE1",
    "DE12 ",
    "4111 ",
    "-",
    "eyJ",
    "eyJaaaaaaaaaa.",
]
HOSTILE += [
    "-----BEGIN PRIVATE KEY-----",
    "-----BEGIN ",
    "sk-",
    "gh",
    "A" * 63 + "@",
    "1-",
    "12.34.",
    "\u0661",
    "@a-",
    "a'",
    "1.1.1.1-",
]


@pytest.mark.parametrize("piece", HOSTILE)
def test_a_megabyte_of_hostile_input_costs_linear_time(piece):
    # One quadratic pattern would need hours here: the test would be stopped, not be slow.
    for text in ((piece * (1_000_000 // len(piece))) + "@", piece * 1000 + "x" * 1_000_000):
        spans = find(text, KINDS)
        assert all(left.end <= right.start for left, right in itertools.pairwise(spans))
        assert all(0 <= span.start < span.end <= len(text) for span in spans)
