"""Where identifiers of people and secrets stand in a text: the patterns, and the checks that keep look-alikes out.

Every pattern is linear in the text: starts are anchored by a lookbehind or a literal, repetitions are bounded or
possessive. Every kind names substrings without one of which it cannot occur, so most texts pay for a few `in` tests.

Deliberately not found: e-mail addresses written "name at host", bare runs of digits as phone numbers, names and postal
addresses (they need a model, not a pattern).
"""

import ipaddress
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

# Only single classes are possessive here: around a group it goes wrong in Python 3.11.2 as Debian 12 came with it
# (cpython 106052), and leaves out the last part of what it matched.

_DIGITS = "0123456789"

# Endings that look like a top-level domain but name a file: logo@2x.png, bundle@1.min.js.
_FILE_ENDINGS = frozenset(["png", "jpg", "jpeg", "gif", "svg", "webp", "css", "js", "map", "html", "php", "py", "json"])
# RFC 5321: local part at most 64 octets; RFC 1035: labels at most 63. Eight labels are more than any mail host has.
_EMAIL = re.compile(
    r"(?<![A-Za-z0-9._%+-])[A-Za-z0-9_%+-][A-Za-z0-9._%+'-]{0,63}+(?<=[A-Za-z0-9_%+-])@"
    r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.){1,8}(?P<top>[A-Za-z]{2,24})(?![A-Za-z0-9@-])"
)
PSEUDONYM_EMAIL = re.compile(r"user-[0-9a-f]{8}@example\.com")
"""What a pseudonym of an e-mail address looks like: it is nobody's, and a second pass leaves it alone."""

# A pattern that begins with a class is searched faster than one that begins with a lookbehind (cards: 168 instead of
# 42 MB/s), so what must not stand before is asked after the first character: `[0-9](?<!\w[0-9])`.
_AFTER = r"(?![\w-]|[.,/][0-9]|:\w)"

# "00" needs a separator after the country code: 0012345678901 is more often an order number than a call.
_PHONE_ABROAD = re.compile(
    r"[+0](?:(?<=\+)(?<![\w+]\+)|(?<=0)(?<![\w.,+-]0)(?<![0-9] 0)0(?=[1-9][0-9]{0,2}[ ./-]))"
    r"(?P<number>[1-9](?:(?:[ ./-]|\) ?| ?\()?[0-9]){6,14})" + _AFTER
)
# One separator throughout; spaces only after a bracketed area code, else any three numbers in a table would match.
_BRACKETED = r"[0-9]{3}\)[ -]?[0-9]{3}[ .-][0-9]{4}"
_PHONE_US = re.compile(
    rf"[(1-9](?<![\w.+$/-].)(?:(?<=\(){_BRACKETED}|(?<=1)[ .-]\({_BRACKETED}"
    r"|(?<=1)(?P<one>[ .-])[0-9]{3}(?P=one)[0-9]{3}(?P=one)[0-9]{4}"
    r"|(?<=[2-9])[0-9]{2}(?P<s>[.-])[0-9]{3}(?P=s)[0-9]{4})" + _AFTER
)
# Country calling codes of ITU-T E.164 (2020): one digit, two digits, and the zones whose codes have three.
_CALLING_CODE = re.compile(
    r"[17]|2(?:0|7|1[1-368]|[2346][0-9]|5[0-8]|9[01789])|3(?:[0-469]|5[0-9]|7[0-9]|8[0-35679])|4(?:[013-9]|2[013])"
    r"|5(?:[1-8]|0[0-9]|9[0-9])|6(?:[0-6]|7[02-9]|8[0-35-9]|9[0-2])|8(?:[1246]|0[08]|5[02356]|7[08]|8[0-36])|9(?:[0-58]|6[0-8]|7[0-79]|9[234568])"
)
# North American numbers: neither area code nor exchange starts with 0 or 1, and no area code has a 9 in the middle.
_AMERICAN = re.compile(r"1?[2-9][0-8][0-9][2-9][0-9]{6}")

_IPV4 = re.compile(r"[0-9](?<![\w.-][0-9])[0-9]{0,2}(?:\.[0-9]{1,3}){3}(?![\w-]|\.\w)")
# Four numbers after one of these words, or after "name/", are a version, a section, a DOI or a software's signature.
_NUMBERED = re.compile(
    r"(?:\b(?:versions?|ver|v|releases?|rev|revision|build|firmware|driver|update|upgrade|sections?|sec|chapter|clause|§|figure|table|oid)"
    r"[.:#=]? ?(?:no\.? ?)?|[A-Za-z0-9)]/)\(?\Z",
    re.IGNORECASE,
)
# Four numbers below 20 are a version or a section far more often than a host, unless one of these words stands before.
_SMALL_OCTET = 20
_HOST_WORD = re.compile(
    r"(?<!<)\b(?:ip(?:v4)?|address|host|server|dns|resolver|ping|gateway|proxy|peer|client)\b", re.IGNORECASE
)
_CONTEXT_CHARACTERS = 24

# Found from its first colon that another follows, then extended to the left.
_IPV6 = re.compile(r":[0-9A-Fa-f]{0,4}+:[0-9A-Fa-f:]{0,36}+(?![\w:])")
_IPV6_HEAD = re.compile(r"(?<![\w:.])[0-9A-Fa-f]{0,4}\Z")

_IBAN = re.compile(r"[A-Z](?<![A-Za-z0-9][A-Z])[A-Z][0-9]{2}(?: ?[A-Z0-9]){11,30}")
# ISO 13616 registry: length of an IBAN per country.
_COUNTRIES_BY_LENGTH = """15 NO;16 BE;18 DK FI FO GL NL SD;19 MK SI;20 AT BA EE KZ LT LU MN XK;21 CH CR HR LI LV
22 BG BH DE GB GE IE ME RS VA;23 AE GI IL IQ OM SO TL;24 AD CZ ES MD PK RO SA SE SK TN VG;25 LY PT ST;26 IS TR
27 BI DJ FR GR IT MC MR SM;28 AL AZ BY CY DO GT HU LB PL SV;29 BR EG PS QA UA;30 JO KW MU;31 MT SC;32 LC;33 RU"""
_IBAN_LENGTHS = {
    country: int(length)
    for length, *countries in (row.split() for row in re.split("[;\n]", _COUNTRIES_BY_LENGTH))
    for country in countries
}

# Digits in one run, or in the groups printed on the card, with one separator throughout.
_CARD = re.compile(
    r"[0-9](?<![\w+-][0-9])(?<![0-9][.,][0-9])(?<![A-Z0-9]{2}[0-9]{2}[ -][0-9])(?:[0-9]{12,18}"
    r"|[0-9]{3}(?P<s>[ -])[0-9]{4}(?P=s)[0-9]{4}(?P=s)[0-9]{4}(?:(?P=s)[0-9]{3})?"
    r"|[0-9]{3}(?P<t>[ -])[0-9]{6}(?P=t)[0-9]{4,5})(?![\w]|[.,-][0-9])"
)
# Issuer ranges and lengths: Visa, Mastercard, American Express, Discover, JCB, Diners Club, UnionPay.
_ISSUERS = re.compile(
    r"4(?:[0-9]{12}|[0-9]{15}|[0-9]{18})|3[47][0-9]{13}|3(?:0[0-5]|[68][0-9])[0-9]{11}|62[0-9]{14,17}"
    r"|(?:5[1-5][0-9]{2}|222[1-9]|22[3-9][0-9]|2[3-6][0-9]{2}|27[01][0-9]|2720)[0-9]{12}"
    r"|(?:6011|65[0-9]{2}|64[4-9][0-9])[0-9]{12}|35(?:2[89]|[3-8][0-9])[0-9]{12}"
)

# Formats published by the issuers. A private key cut off before its END line is still a secret.
_KEY = re.compile(
    r"-----BEGIN (?P<label>[A-Z0-9 ]{0,30}?PRIVATE KEY(?: BLOCK)?)-----"
    r"(?:[^-]|-(?!----)){0,20000}(?:-----END (?P=label)-----)?"  # nothing behind it can fail: it never goes back
    r"|(?<![A-Za-z0-9_-])(?:"
    r"A(?:KIA|SIA)[A-Z2-7]{16}"  # AWS access key ids
    r"|gh[pousr]_[A-Za-z0-9]{36,255}+|github_pat_[A-Za-z0-9_]{22,255}+"
    r"|xox[abeoprs]-[A-Za-z0-9-]{10,250}+"  # Slack
    r"|[rs]k_(?:live|test)_[A-Za-z0-9]{16,250}+"  # Stripe
    r"|sk-(?P<model>[A-Za-z0-9_-]{20,250}+)"  # OpenAI and those who copied its form
    r"|AIza[A-Za-z0-9_-]{35}"  # Google
    r"|eyJ[A-Za-z0-9_-]{10,4000}+\.eyJ[A-Za-z0-9_-]{10,4000}+\.[A-Za-z0-9_-]{10,4000}+"  # JSON web token
    r")(?![A-Za-z0-9_-])"
)


@dataclass(frozen=True, slots=True)
class Span:
    """`text[start:end]` is an identifier of this kind; `value` is the same for every spelling of one identifier."""

    start: int
    end: int
    kind: str
    value: str


def _emails(text: str, *, public_only: bool) -> Iterator[Span]:  # noqa: ARG001  finders share one signature
    for found in _EMAIL.finditer(text):
        is_file = found["top"].lower() in _FILE_ENDINGS
        if not is_file and ".." not in found[0].partition("@")[0] and not PSEUDONYM_EMAIL.fullmatch(found[0]):
            yield Span(*found.span(), "EMAIL", found[0].lower())


def _phones(text: str, *, public_only: bool) -> Iterator[Span]:  # noqa: ARG001
    for found in _PHONE_ABROAD.finditer(text):
        # "(0)" is dialled only inside the country: +44 (0)20 … and +44 20 … are one number.
        digits = re.sub(r"[^0-9]", "", found["number"].replace("(0)", ""))
        if _CALLING_CODE.match(digits) and (digits[0] != "1" or _AMERICAN.fullmatch(digits)):
            yield Span(*found.span(), "PHONE", "+" + digits)
    for found in _PHONE_US.finditer(text):
        digits = re.sub(r"[^0-9]", "", found[0])[-10:]
        if _AMERICAN.fullmatch(digits):
            yield Span(*found.span(), "PHONE", "+1" + digits)


def _ipv4(text: str, *, public_only: bool) -> Iterator[Span]:
    for found in _IPV4.finditer(text):
        try:
            address = ipaddress.IPv4Address(found[0])
        except ValueError:  # a part above 255 or with a leading zero
            continue
        context = text[max(0, found.start() - _CONTEXT_CHARACTERS) : found.start()]
        is_version = _NUMBERED.search(context) is not None
        is_host = max(address.packed) >= _SMALL_OCTET or _HOST_WORD.search(context) is not None
        if is_host and not is_version and (address.is_global or not public_only):
            yield Span(*found.span(), "IPV4", str(address))


def _ipv6(text: str, *, public_only: bool) -> Iterator[Span]:
    for found in _IPV6.finditer(text):
        head = _IPV6_HEAD.search(text[max(0, found.start() - 5) : found.start()])
        # A sentence's colon is not part of the address; "::" and words such as "dead::beef" are code.
        tail = found[0] if found[0].endswith("::") else found[0].rstrip(":")
        if head is None or not any(digit in head[0] + tail for digit in _DIGITS):
            continue
        try:
            address = ipaddress.IPv6Address(head[0] + tail)
        except ValueError:
            continue
        # Only 2000::/3 is assigned to hosts of the public network (RFC 4291).
        is_public = address.is_global and address.packed[0] >> 5 == 1
        if is_public or not (public_only or address.is_unspecified or address.is_loopback):
            yield Span(found.start() - len(head[0]), found.start() + len(tail), "IPV6", str(address))


def _ibans(text: str, *, public_only: bool) -> Iterator[Span]:  # noqa: ARG001
    for found in _IBAN.finditer(text):
        length = _IBAN_LENGTHS.get(found[0][:2], 0)
        # The pattern may have run on into the next word: cut at the country's length, which must end a word.
        end, num_characters = found.start(), 0
        while num_characters < length and end < found.end():
            num_characters += text[end] != " "
            end += 1
        value = text[found.start() : end].replace(" ", "")
        is_whole = len(value) == length > 0 and not text[end : end + 1].isalnum() and "02" <= value[2:4] <= "98"
        if is_whole and int("".join(str(int(c, 36)) for c in value[4:] + value[:4])) % 97 == 1:  # ISO 7064
            yield Span(found.start(), end, "IBAN", value)


def is_luhn(digits: str) -> bool:
    """Whether the last digit is the check digit of ISO/IEC 7812 (Luhn)."""
    doubled = [int(d) * 2 for d in digits[-2::-2]]
    return (sum(map(int, digits[-1::-2])) + sum(d - 9 if d > 9 else d for d in doubled)) % 10 == 0  # noqa: PLR2004


def _cards(text: str, *, public_only: bool) -> Iterator[Span]:  # noqa: ARG001
    for found in _CARD.finditer(text):
        digits = re.sub(r"[^0-9]", "", found[0])
        if _ISSUERS.fullmatch(digits) and is_luhn(digits):
            yield Span(*found.span(), "CARD", digits)


def _keys(text: str, *, public_only: bool) -> Iterator[Span]:  # noqa: ARG001
    for found in _KEY.finditer(text):
        token = found["model"]
        # "sk-" also starts names of packages and style classes; a token mixes cases and digits.
        if token is None or (re.search("[a-z]", token) and re.search("[A-Z]", token) and re.search("[0-9]", token)):
            yield Span(*found.span(), "KEY", found[0])


_GITHUB_STARTS = ("ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_")
_SECRET_STARTS = ("-----BEGIN ", "AKIA", "ASIA", *_GITHUB_STARTS, "xox", "k_live_", "k_test_", "sk-", "AIza", "eyJ")

Finder = Callable[..., Iterator[Span]]
FINDERS: dict[str, tuple[tuple[str, ...], Finder]] = {
    "KEY": (_SECRET_STARTS, _keys),
    "EMAIL": (("@",), _emails),
    "IBAN": (tuple(_DIGITS), _ibans),
    "CARD": (tuple(_DIGITS), _cards),
    "IPV6": ((":",), _ipv6),
    "IPV4": ((".",), _ipv4),
    "PHONE": (("+", "00", "-", ".", "("), _phones),
}
"""Kind -> (substrings of which one must occur, finder), in the order in which kinds win an equal span."""


def find(text: str, kinds: tuple[str, ...], *, public_only: bool = True) -> list[Span]:
    """All identifiers, in the order of the text, never overlapping.

    Of two that overlap the one that starts first wins; then the longest; then the kind that comes first in FINDERS.

    Args:
        text: any text.
        kinds: keys of FINDERS.
        public_only: leave private, loopback, link-local and documentation addresses alone: they identify nobody.
    """
    ranked = [
        (span.start, -span.end, rank, span)
        for rank, (kind, (needed, finder)) in enumerate(FINDERS.items())
        if kind in kinds and any(substring in text for substring in needed)
        for span in finder(text, public_only=public_only)
    ]
    spans: list[Span] = []
    for _, _, _, span in sorted(ranked, key=lambda entry: entry[:3]):
        if not spans or span.start >= spans[-1].end:
            spans.append(span)
    return spans
