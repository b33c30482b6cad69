"""What looks like personal data and is none, each class in the sentences where it stands in real texts."""

import base64
import random
import string
import uuid
from collections.abc import Callable

from benchmarks.text.labelled.accounts import BBANS, CARDS, digits, fours, luhn_digit

# # is a digit, N one from 2 to 9.
LAYOUTS = {
    "version": (
        "version 1.#.#.#",
        "v#.#.1#.#",
        "release 20.#.1##.#",
        "Chrome/9#.0.44##.1##",
        "firmware 2.41.##.1##",
        "pip install torch==2.#.#",
        "Update 17.4.1##.2##",
        "libfoo.so.1.2.#",
        "(build 10.0.190##.###)",
    ),
    "address in a version": ("Firefox version 93.184.21.34", "driver 142.250.1#.1#", "Mozilla/5.0 Safari/212.58.##.1#"),
    "section": (
        "section 4.1.#.1#",
        "see §25.##.3#.4#",
        "Figure 3.1#.2.1",
        "doi 10.1000/1##.#.1#.1##",
        "OID 1.3.6.1.4.1.311.#",
    ),
    "private address": ("192.168.1.1##", "10.0.#.1##", "127.0.0.1", "172.16.##.#", "fe80::1%eth0", "::1", "fd00::1##"),
    "documentation address": ("192.0.2.1##", "198.51.100.##", "203.0.113.#", "2001:db8::1##"),
    "ISBN": ("ISBN 978-0-####-####-#", "ISBN 0-###-#####-#", "ISBN-13: 978-3-16-148410-#", "ISBN 3-499-#####-X"),
    "date and time": (
        "20##-1#-2# 1#:##:##",
        "1#/0#/20##",
        "1#:##:##:##",
        "20##-0#-1#T0#:0#:00Z",
        "12.0#.20##",
        "1#:##:##.###",
    ),
    "years": ("between 1###-1### and 2###-2###", "1914-1918, 1939-1945", "pp. 1##-1##"),
    "order number": (
        "order 7#########",
        "order no. 00############",
        "invoice 20##-00####",
        "tracking 9400 1000 0000 0000 0000 00",
        "ticket #1#######",
        "case 4##-##-#####",
        "SKU 0##-####-###",
        "UPC 0 36000 #### #",
        "EAN 400638133393#",
    ),
    "decimal": (
        "#.################",
        "0.1234567890####",
        "#,###,###,###",
        "6.022e23",
        "-12.##########",
        "3,14159265358979##",
    ),
    "price": ("$#,###.##", "€ ##.###,##", "1 299 00# kr", "USD 2 500 000", "£###.## per month"),
    "coordinates": (
        "48.8584##, 2.2945##",
        "52°31'12\"N 13°24'17\"E",
        "-33.856###, 151.215###",
        "N 51 30.### W 000 07.###",
    ),
    "postal code": ("Boston, MA 021##-####", "1012 AB Amsterdam", "〒100-000#", "10##9 Berlin", "SW1A 1AA"),
    "table": ("200 300 4### 5###", "12 34 56 78 90 12", "1.5 2.5 3.5 4.5", "100 200 300 400 500 600"),
    "scope of C++": (
        "std::vector<int>",
        "a::b::c2",
        "boost::asio::ip::tcp",
        "dead::beef",
        "Foo::Bar1::baz()",
        "x::y2::",
    ),
    "CSS": (
        "a:hover::before",
        "margin:0 1px 2px 3px",
        "#ff00ff",
        ".col-4:nth-child(2)::after",
        "@media (min-width:600px)",
    ),
    "MAC address": ("00:1b:44:11:3a:b#", "a1:b2:c3:d4:e5:f#", "01-23-45-67-89-a#", "00:00:5e:00:53:##:aa:bb"),
    "at sign": (
        "@decorator",
        "@jane_doe",
        "icon@2x.png",
        "me@localhost",
        "lodash@4.17.2#",
        "@angular/core@1#.2.#",
        "torch@1.0.0-beta.rc",
        "getty@tty1.service",
        "git@github.com:acme/tools.git",
        "x @ y.T",
        "W@x.transpose(0, 1)",
        "3 apples @ $1.##",
        "bundle@1.min.js",
        "user@1000.service",
        "react@next",
        "f@tmp.#",
    ),
    "chess": ("1.e4 e5 2.Nf3 Nc6 3.Bb5 a6", "1-0 0-1 1/2-1/2", "Elo 2###-2###"),
    "name of a package": (
        "sk-learn-pipeline-demo-long-name",
        "sk-fading-circle-spinner-dots",
        "hf_transfer",
        "npm_config_registry",
        "sk_test_helper",
        "ghp_import",
        "xoxb-token",
        "AIzaNotAKey",
        "pypi-publish",
        "eyJust",
    ),
    "page and part": (
        "page ###-###-####-##",
        "part 200 300 4###",
        "model 555-1212-X",
        "DIN EN 10204-3.1",
        "ISO 8601:2004",
    ),
    "named key": (
        "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE\n-----END PUBLIC KEY-----",
        "a file that starts with -----BEGIN PRIVATE KEY----- and holds lines of base64",
        "Authorization: Bearer <your token here>",
        "bearer of good news and interest",
        "AKIAIOSFODNN7EXAMPLE",
    ),
    "units": ("+5 °C to +35 °C", "+1234", "UTC+0200", "2 + 3######", "+100 000 000 rows", "x+12345678901"),
}


def _hash(chance: random.Random) -> str:
    size = chance.choice((128, 160, 256, 512))
    name = {128: "md5 ", 160: "commit ", 256: "sha256:", 512: "integrity sha512-"}[size]
    return name + (
        base64.b64encode(chance.randbytes(64)).decode() if size == 512 else f"{chance.getrandbits(size):0{size // 4}x}"
    )


def _uuid(chance: random.Random) -> str:
    return str(uuid.UUID(int=chance.getrandbits(128), version=4))


def _base64(chance: random.Random) -> str:
    return "data:image/png;base64," + base64.b64encode(chance.randbytes(chance.choice((30, 90, 300)))).decode()


def _wrong_card(chance: random.Random) -> str:
    """A card's prefix and length, another last digit than Luhn's."""
    prefix, length = CARDS[chance.choice(["Visa", "Mastercard", "Discover", "JCB"])]
    payload = prefix + digits(chance, "#" * (length - 1 - len(prefix)))
    number = payload + str((int(luhn_digit(payload)) + chance.randrange(1, 10)) % 10)
    return chance.choice((number, fours(number, " "), fours(number, "-")))


def _wrong_iban(chance: random.Random) -> str:
    """A country's length, check digits that are one off or impossible."""
    country = chance.choice(
        [name for name, structure in BBANS.items() if structure.startswith("n") and "c" not in structure]
    )
    length = sum(map(int, BBANS[country].replace("a", "n").split("n")[1:]))
    check = chance.choice(("00", "01", "99"))
    value = country + check + "".join(chance.choice(string.digits) for _ in range(length))
    return chance.choice((value, fours(value, " ")))


MADE: dict[str, Callable[[random.Random], str]] = {
    "hash": _hash,
    "UUID": _uuid,
    "base64": _base64,
    "card number, wrong digit": _wrong_card,
    "IBAN, wrong digits": _wrong_iban,
}


def lookalike(chance: random.Random) -> tuple[str, str]:
    """(text, class)."""
    name = chance.choice([*LAYOUTS, *MADE])
    if name in MADE:
        return MADE[name](chance), name
    return digits(chance, chance.choice(LAYOUTS[name])), name
