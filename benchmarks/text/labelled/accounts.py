"""IBANs and card numbers with check digits computed as the standards say."""

import random
import string

# BBAN of ISO 13616's registry: n digits, a letters, c either.
BBANS = {
    "DE": "n18", "FR": "n20c1n2", "GB": "a4n14", "NL": "a4n10", "ES": "n20", "IT": "a1n22", "BE": "n12", "AT": "n16",
    "CH": "n5c12", "PL": "n24", "SE": "n20", "NO": "n11", "MT": "a4n5c18", "IE": "a4n14", "PT": "n21", "SA": "n2c18",
    "TR": "n6c16", "BR": "n23a1c1", "UA": "n6c19", "FI": "n14",
}  # fmt: skip
CARDS = {
    "Visa": ("4", 16), "Visa, 13 digits": ("4", 13), "Mastercard": ("53", 16), "Mastercard 2": ("2321", 16),
    "American Express": ("37", 15), "Discover": ("6011", 16), "JCB": ("3530", 16), "Diners Club": ("36", 14),
    "UnionPay": ("62", 19),
}  # fmt: skip


def digits(chance: random.Random, layout: str) -> str:
    """`layout` with a digit for each #, and one from 2 to 9 for each N."""
    pools = {"#": string.digits, "N": string.digits[2:]}
    return "".join(chance.choice(pools[c]) if c in pools else c for c in layout)


def iban(chance: random.Random) -> tuple[str, str]:
    """With check digits by ISO 7064 mod 97-10; printed in fours, in one piece, or (seldom) in small letters."""
    country = chance.choice(list(BBANS))
    pools = {"n": string.digits, "a": string.ascii_uppercase, "c": string.digits + string.ascii_uppercase}
    parts = BBANS[country].replace("n", " n").replace("a", " a").replace("c", " c").split()
    bban = "".join(chance.choice(pools[part[0]]) for part in parts for _ in range(int(part[1:])))
    number = 0
    for character in bban + country + "00":
        value = string.digits.find(character) if character.isdigit() else ord(character) - ord("A") + 10
        number = number * (100 if value > 9 else 10) + value
    value = f"{country}{98 - number % 97:02d}{bban}"
    form = chance.choices(("one piece", "in fours", "small letters"), (10, 14, 1))[0]
    spellings = {"one piece": value, "in fours": fours(value, " "), "small letters": value.lower()}
    return spellings[form], form


def fours(value: str, separator: str) -> str:
    return separator.join(value[start : start + 4] for start in range(0, len(value), 4))


def luhn_digit(payload: str) -> str:
    """The check digit of ISO/IEC 7812-1, annex B."""
    total = 0
    for place, digit in enumerate(reversed(payload)):
        number = int(digit) * (2 if place % 2 == 0 else 1)
        total += number // 10 + number % 10
    return str(-total % 10)


def card(chance: random.Random) -> tuple[str, str]:
    issuer = chance.choices(list(CARDS), [1 if "13" in name else 8 for name in CARDS])[0]
    prefix, length = CARDS[issuer]
    payload = prefix + digits(chance, "#" * (length - 1 - len(prefix)))
    number = payload + luhn_digit(payload)
    form = chance.choice(("one piece", "spaces", "hyphens"))
    separator = {"one piece": "", "spaces": " ", "hyphens": "-"}[form]
    if issuer in {"American Express", "Diners Club"}:
        number = separator.join((number[:4], number[4:10], number[10:]))
    elif length in (16, 19):
        number = fours(number, separator)
    return number, issuer
