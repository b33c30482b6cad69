"""IBANs and card numbers: their check digits tell them from other long numbers."""

import re
from collections.abc import Iterator

from pipelines.text.personal_data.spans import Finder, Span

_IBAN = re.compile(r"[A-Z](?<![A-Za-z0-9][A-Z])[A-Z][0-9]{2}(?: ?[A-Z0-9]){11,30}")
_IBAN_HINT = r"[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]){11}"
# ISO 13616 registry: length of an IBAN per country.
_COUNTRIES_BY_LENGTH = """15 NO;16 BE;18 DK FI FO GL NL SD;19 MK SI;20 AT BA EE KZ LT LU MN XK;21 CH CR HR LI LV
22 BG BH DE GB GE IE ME RS VA;23 AE GI IL IQ OM SO TL;24 AD CZ ES MD PK RO SA SE SK TN VG;25 LY PT ST;26 IS TR
27 BI DJ FR GR IT MC MR SM;28 AL AZ BY CY DO GT HU LB PL SV;29 BR EG PS QA UA;30 JO KW MU;31 MT SC;32 LC;33 RU"""
_IBAN_LENGTHS = {
    country: int(length)
    for length, *countries in (row.split() for row in re.split("[;\n]", _COUNTRIES_BY_LENGTH))
    for country in countries
}

PSEUDONYM_CHECK = "00"
"""Check digits are 02 to 98 (ISO 13616): an IBAN with these is nobody's."""

# Digits in one run, or in the groups printed on the card, with one separator throughout.
_CARD = re.compile(
    r"[0-9](?<![\w+-][0-9])(?<![0-9][.,][0-9])(?<![A-Z0-9]{2}[0-9]{2}[ -][0-9])(?:[0-9]{13,18}"
    r"|[0-9]{3}(?P<s>[ -])[0-9]{4}(?P=s)[0-9]{4}(?P=s)[0-9]{4}(?:(?P=s)[0-9]{3})?"
    r"|[0-9]{3}(?P<t>[ -])[0-9]{6}(?P=t)[0-9]{4,5})(?![\w]|[.,-][0-9])"
)
_CARD_HINT = r"[0-9]{14}|[0-9]{4}[ -](?:[0-9]{4}[ -][0-9]{4}[ -][0-9]{4}|[0-9]{6}[ -][0-9]{4})"
# Issuer ranges and lengths: Visa (its old 13 digits are German product codes now), Mastercard, American Express,
# Discover, JCB, Diners Club, UnionPay.
_ISSUERS = re.compile(
    r"4(?:[0-9]{15}|[0-9]{18})|3[47][0-9]{13}|3(?:0[0-5]|[68][0-9])[0-9]{11}|62[0-9]{14,17}"
    r"|(?:5[1-5][0-9]{2}|222[1-9]|22[3-9][0-9]|2[3-6][0-9]{2}|27[01][0-9]|2720)[0-9]{12}"
    r"|(?:6011|65[0-9]{2}|64[4-9][0-9])[0-9]{12}|35(?:2[89]|[3-8][0-9])[0-9]{12}"
)


def _ibans(text: str, _public_only: bool) -> Iterator[Span]:
    position = 0
    while found := _IBAN.search(text, position):
        length = _IBAN_LENGTHS.get(found[0][:2], 0)
        # The pattern may have run on into the next word or IBAN: cut at the country's length, which must end a word.
        end, num_characters = found.start(), 0
        while num_characters < length and end < found.end():
            num_characters += text[end] != " "
            end += 1
        value = text[found.start() : end].replace(" ", "")
        position = found.start() + 2  # at most 62 characters were read: linear all the same
        if len(value) != length or not length or text[end : end + 1].isalnum():
            continue
        is_right = int("".join(str(int(c, 36)) for c in value[4:] + value[:4])) % 97 == 1  # ISO 7064
        if value[2:4] == PSEUDONYM_CHECK or (is_right and "02" <= value[2:4] <= "98"):
            yield Span(found.start(), end, "IBAN", "" if value[2:4] == PSEUDONYM_CHECK else value)


def is_luhn(digits: str) -> bool:
    """Whether the last digit is the check digit of ISO/IEC 7812 (Luhn)."""
    doubled = [int(d) * 2 for d in digits[-2::-2]]
    return (sum(map(int, digits[-1::-2])) + sum(d - 9 if d > 9 else d for d in doubled)) % 10 == 0  # noqa: PLR2004


def _cards(text: str, _public_only: bool) -> Iterator[Span]:
    for found in _CARD.finditer(text):
        digits = re.sub(r"[^0-9]", "", found[0])
        if _ISSUERS.fullmatch(digits) and is_luhn(digits):
            yield Span(*found.span(), "CARD", digits)


IBAN = Finder(_IBAN_HINT, _ibans)
CARD = Finder(_CARD_HINT, _cards)
