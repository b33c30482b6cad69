"""What each kind takes and what it leaves alone, case by case."""

import pytest

from pipelines.text.personal_data import find
from pipelines.text.personal_data.accounts import is_luhn

GITHUB = "gh" + "p_" + "a1B2" * 9
BODY = "MC4CAQAwBQYDK2VwBCIEIJ+DYvh6SEqVTm50DFtMDoQikTmiCqirVv9mWG9qfSnF"
PEM = f"-----BEGIN {'PRIVATE'} KEY-----\n{BODY}\n-----END {'PRIVATE'} KEY-----"


def found(text, **options):
    return [text[span.start : span.end] for span in find(text, **options)]


# One text a line; what stands in brackets is to be found, and nothing else. ↵ is a newline.
CASES = """
⟦jane.doe+x@b.co.uk⟧
<⟦o'neil@x.org⟧>
问⟦a@b.cn⟧吗
⟦jörg@müller.de⟧
a@b.org@c
''⟦x@y.org⟧'
a..b@x.org
git@github.com:acme/tools.git
⟦git@acme.org⟧
getty@tty1.service
icon@2x.png icon@3x.JPG
torch@1.0.0-beta.rc
⟦jan@163.com⟧
⟦+44 (0)20 7946 0018⟧
⟦0049 30 123456⟧
0049301234567
SKU 005-0619-1891
+999 30 1234567
⟦+1-415-555-0199⟧
+1 192 555 0199
+3.14159265
⟦+7 495 123-45-67⟧
+7 495 123-45
⟦+44 20 7946 0018⟧ (200 300)
⟦(212) 555-0123⟧
(292) 555-0123
212 555 0123
Tel. ⟦030 123 45 67⟧
<b>Phone</b> ⟦044 521 28 13⟧
电话：⟦010-82315678⟧
Fax:⟦0161/4960123⟧
030 123 45 67
hotel 030 123 45 67
Tel 1234 5678 9012 3456
Tel 000 1234567
phone 2024-01-15
⟦93.184.216.34⟧.
v93.184.216.34
§ 93.184.216.34
setuptools ==67.2.0.1
1.2.3.4
IP address is ⟦1.2.3.4⟧
an address.↵↵Socat 1.7.3.0
dns ⟦8.8.8.8⟧
192.168.1.1
to 224.1.0.251 and others
256.1.1.1
[⟦2a00:1450::9⟧]:80
⟦2a00:1450::9⟧: ok
fe80::1
2001:db8::9
12:30:45
std::a1::b
1:2:3:4:5:6:7:8
⟦GB82 WEST 1234 5698 7654 32⟧
⟦DE89370400440532013000⟧ ⟦GB82WEST12345698765432⟧
DE88370400440532013000
⟦4111-1111-1111-1111⟧
⟦3782 822463 10005⟧
4111 1111 1111 1112
9111111111111113
4006381333931
k=⟦{GITHUB}⟧;
x{GITHUB}
{GITHUB}_
AKIAIOSFODNN7EXAMPLE
sk-learn-pipeline-demo-long-name
Bearer ⟦a1B2c3d4a1B2c3d4a1B2⟧
bearer of-good-tidings-and-more
Bearer ⟦eyJhbGciOiJIUzI1.eyJzdWIiOiIxMjM0.dozjgNryP4J3jVmN=⟧
https://⟦{GITHUB}⟧@github.com/x
xbearer a1B2c3d4a1B2c3d4a1B2
aws_secret_access_key = ⟦{BASE64}⟧
see {BASE64}
x↵⟦{PEM}⟧↵y
⟦{CUT}⟧
⟦{CUT}⟧↵internationalisation of words
⟦{PEM}⟧↵of internationalisation
"⟦{ESCAPED}⟧\\n"
"⟦{JOINED}⟧"
{PUBLIC}
{FRAME} and then prose of many words follows it
{FRAME}↵MIIEpAIBAAKCAQEA...
"""
VALUES = {
    "GITHUB": GITHUB,
    "BASE64": BODY[:40],
    "PEM": PEM,
    "CUT": PEM[:80],
    "ESCAPED": PEM.replace("\n", "\\n"),
    "JOINED": PEM.replace("\n", '\\n" +\n    "'),
    "PUBLIC": PEM.replace("PRIVATE", "PUBLIC"),
    "FRAME": PEM.partition("\n")[0],
}


@pytest.mark.parametrize("case", CASES.strip().split("\n"))
def test_what_stands_in_brackets_is_found_and_nothing_else(case):
    text = case.replace("↵", "\n").format_map(VALUES)
    wanted = [piece.split("⟧")[0] for piece in text.split("⟦")[1:]]
    assert found(text.replace("⟦", "").replace("⟧", "")) == wanted


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        *(("a@b.org", "EMAIL"), ("+49 30 123456", "PHONE"), ("93.184.216.34", "IPV4"), ("2a00:1450::9", "IPV6")),
        *(("DE89370400440532013000", "IBAN"), ("4111111111111111", "CARD"), (GITHUB, "API_KEY"), (PEM, "PRIVATE_KEY")),
        *((f"Bearer {GITHUB}", "API_KEY"), ("Bearer a1B2c3d4a1B2c3d4a1B2", "TOKEN"), ("tel 4111111111111111", "CARD")),
    ],
)
def test_each_kind_is_called_by_its_name(text, kind):
    assert [span.kind for span in find(text)] == [kind]


def test_private_addresses_stay_unless_asked_for():
    text = "host 192.168.1.77 and fe80::1:2 and 93.184.216.34 but not 127.0.0.1 or ::1"
    assert found(text) == ["93.184.216.34"]
    assert found(text, public_only=False) == ["192.168.1.77", "fe80::1:2", "93.184.216.34", "127.0.0.1"]


def test_of_two_that_overlap_the_first_then_the_more_certain_then_the_longest_wins():
    assert found("+1 212-555-0123") == ["+1 212-555-0123"]
    assert [span.kind for span in find(f"{GITHUB}@github.com")] == ["API_KEY"]
    assert [span.kind for span in find(f"{PEM[:40]}+4930123456789{PEM[40:]}")] == ["PRIVATE_KEY"]


@pytest.mark.parametrize("position", range(16))
def test_a_wrong_digit_is_never_right(position):
    number = "4111111111111111"
    wrong = number[:position] + str((int(number[position]) + 1) % 10) + number[position + 1 :]
    assert is_luhn(number)
    assert not is_luhn(wrong)
