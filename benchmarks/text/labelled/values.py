"""Values to be found, made by the rules of those who issue them and never by the patterns that look for them.

Each maker takes a source of chance and returns (value, form); the form says how it is written.
"""

import random
from collections.abc import Callable

from benchmarks.text.labelled.accounts import card, digits, iban
from benchmarks.text.labelled.credentials import API_KEYS, api_key, private_key, token

Value = tuple[str, str]

GIVEN = ("jane", "Anna", "li.wei", "o'neil", "mueller", "j.r.smith", "k_tanaka", "maria-jose", "info", "sales", "x9")
FAMILY = ("", ".doe", "_brown", "+news", "-weber", "1987", ".van.dijk", "+list-help")
HOSTS = (
    *(
        "acme-tools.com",
        "uni-leipzig.de",
        "bbc.co.uk",
        "mail.ru",
        "163.com",
        "gmail.com",
        "kernel.org",
        "sub.dept.mit.edu",
    ),
    *("correios.com.br", "city.kyoto.jp", "studio.photography", "natural.museum", "startup.io", "x.org", "epfl.ch"),
    *(
        "zürich-reisen.ch",
        "xn--mller-kva.de",
        "firma.xn--p1ai",
        "lists.sourceforge.net",
        "IETF.ORG",
        "4chan-archive.net",
    ),
)

# How each country writes its numbers: ITU-T E.123 and the national conventions. # is a digit, N one from 2 to 9.
ABROAD = (
    *(
        "+1 212 N55 ####",
        "+1-415-N55-01##",
        "+1 (312) N55-####",
        "+1.604.N55.####",
        "+44 20 7946 0###",
        "+44 (0)20 7946 0###",
    ),
    *("+44 7700 900###", "+49 30 23125 ###", "+49 (0)89 ######", "+49-171-N######", "+4930########", "0049 40 ######"),
    *("+33 1 99 00 ## ##", "+33 (0)6 39 98 ## ##", "+34 91 ### ## ##", "+39 06 #### ####", "+39 347 ### ####"),
    *(
        "+31 20 ### ####",
        "+32 2 ### ## ##",
        "+41 44 ### ## ##",
        "+43 1 N####-0",
        "+48 22 ### ## ##",
        "+420 224 ### ###",
    ),
    *(
        "+46 8 ### ### ##",
        "+45 33 ## ## ##",
        "+47 22 ## ## ##",
        "+358 9 ### ####",
        "+353 1 ### ####",
        "+351 21 ### ####",
    ),
    *(
        "+81 3-####-####",
        "+81-90-####-####",
        "+86 10 #### ####",
        "+86 138 #### ####",
        "+91 98### #####",
        "+91-22-N### ####",
    ),
    *(
        "+55 11 9####-####",
        "+7 495 ###-##-##",
        "+7 (812) ###-##-##",
        "+61 2 9### ####",
        "+64 9 ### ####",
        "+27 11 ### ####",
    ),
    *(
        "+972-2-N##-####",
        "+90 212 ### ## ##",
        "+52 55 #### ####",
        "+82 2-####-####",
        "+65 6### ####",
        "+380 44 ### ## ##",
    ),
)
AMERICAN = ("(212) N55-####", "415-N55-####", "312.N55.####", "1-800-N55-####", "(604) N55 ####")
NATIONAL = (
    *(
        "020 7946 0###",
        "07700 900###",
        "0161 496 0###",
        "(01632) 960###",
        "030/########",
        "(089) #######",
        "0171 #######",
    ),
    *(
        "030 / ### ## ##",
        "01 42 ## ## ##",
        "01.42.##.##.##",
        "06 12 ## ## ##",
        "912 ### ###",
        "06 ########",
        "020-#######",
    ),
    *(
        "044 ### ## ##",
        "01 / N## ## ##",
        "22 ### ## ##",
        "08-### ### ##",
        "33 ## ## ##",
        "03-####-####",
        "090-####-####",
    ),
    *(
        "010-6#######",
        "138 #### ####",
        "98### #####",
        "(11) 9####-####",
        "8 (495) ###-##-##",
        "(02) 9### ####",
        "0412 ### ###",
    ),
    *("0212 ### ## ##", "011 ### ####", "2125550###", "08001234###"),
)


def email(chance: random.Random) -> Value:
    local, host = chance.choice(GIVEN) + chance.choice(FAMILY), chance.choice(HOSTS)
    kind = chance.randrange(25)
    if kind == 0:
        return f"{local} at {host.replace('.', ' dot ')}", "name at host"
    if kind == 1:
        return f"{local}[at]{host}", "name at host"
    if kind == 2:
        return f'"{local} jr"@{host}', "quoted name"
    return f"{local}@{host}", "accents" if "ü" in host else "plain"


def phone(chance: random.Random) -> Value:
    form = chance.choices(("abroad", "American", "national"), (5, 2, 3))[0]
    layouts = {"abroad": ABROAD, "American": AMERICAN, "national": NATIONAL}[form]
    return digits(chance, chance.choice(layouts)), form


def ipv4(chance: random.Random) -> Value:
    """From blocks of well-known networks; some of them with four small numbers."""
    if chance.random() < 0.04:
        return chance.choice(("8.8.8.8", "1.1.1.1", "9.9.9.9", "4.2.2.2", "8.8.4.4")), "four small numbers"
    blocks = (
        "93.184",
        "142.250",
        "151.101",
        "198.41",
        "185.199",
        "5.9",
        "62.75",
        "81.169",
        "203.208",
        "17.253",
        "212.58",
    )
    address = f"{chance.choice(blocks)}.{chance.randrange(256)}.{chance.randrange(1, 255)}"
    return address, "public" if max(map(int, address.split("."))) >= 20 else "four small numbers"


def ipv6(chance: random.Random) -> Value:
    """Full, shortened as RFC 5952 says, or in capitals."""
    groups = [f"{chance.randrange(0x10000):x}" for _ in range(6)]
    prefix = chance.choice(("2a00:1450", "2606:4700", "2001:41d0", "2400:cb00", "2a02:8108", "2620:fe"))
    tail, form = chance.choice(
        ((":" + ":".join(groups), "full"), (f"::{groups[0]}", "short"), (f":{groups[1]}::1", "short"))
    )
    address = prefix + tail
    return (address.upper(), "capitals") if chance.random() < 0.1 else (address, form)


MAKERS: dict[str, tuple[Callable[[random.Random], Value], int]] = {
    "EMAIL": (email, 420),
    "PHONE": (phone, 520),
    "IPV4": (ipv4, 300),
    "IPV6": (ipv6, 200),
    "IBAN": (iban, 260),
    "CARD": (card, 260),
    "API_KEY": (api_key, 10 * len(API_KEYS)),
    "TOKEN": (token, 120),
    "PRIVATE_KEY": (private_key, 80),
}
"""Kind -> (maker, how many of them the set holds)."""
