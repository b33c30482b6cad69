"""E-mail addresses and telephone numbers.

Every pattern of this package is linear in the text: starts are anchored by a lookbehind or a literal, repetitions are
bounded or possessive. Only single classes are possessive: around a group it goes wrong in Python 3.11.2 as Debian 12
came with it (cpython 106052), and leaves out the last part of what it matched.
"""

import re
from collections.abc import Iterator

from pipelines.text.personal_data.spans import Finder, Span

_LETTER = "A-Za-zÀ-ÖØ-öø-ɏ"
"""Latin letters with their accents (jörg@müller.de); no others, because Chinese around an address needs no space."""

# RFC 5321: local part at most 64 octets; RFC 1035: labels at most 63. Eight labels are more than any mail host has.
# Found from the "@", which is rare, then extended to the left (71 → 626 MB/s).
_HOST = re.compile(
    rf"@(?<=[{_LETTER}0-9_%+-]@)(?P<host>(?:[{_LETTER}0-9](?:[{_LETTER}0-9-]{{0,61}}[{_LETTER}0-9])?\.){{1,8}}"
    rf"(?P<top>xn--[a-z0-9-]{{2,59}}|[{_LETTER}]{{2,24}}))(?![{_LETTER}0-9@-])"
)
_LOCAL = re.compile(rf"(?<![{_LETTER}0-9._%+-])[{_LETTER}0-9_%+-][{_LETTER}0-9._%+'-]{{0,63}}+\Z")
_MAX_LOCAL = 64
_EMAIL_HINT = rf"[{_LETTER}0-9_%+-]@[{_LETTER}0-9][{_LETTER}0-9-]*\.[{_LETTER}0-9]"
# What looks like a top-level domain but ends a file (logo@2x.png), a unit of systemd, a call in a language with `@`.
_NO_DOMAINS = re.compile(
    r"png|jpe?g|gif|svg|webp|css|m?js|ts|map|html|php|py|json|md|txt|toml|ya?ml|tar|t?gz|zip|jar|service|socket|timer"
    r"|target|mount|slice|scope|path|device|transpose|setter|getter",
    re.IGNORECASE,
)
_VERSION_HOST = re.compile(r"v?[0-9]{1,9}\.[0-9]{1,9}[.-]")
PSEUDONYM_EMAIL = re.compile(r"user-[0-9a-f]{12}@example\.com")
"""What a pseudonym of an e-mail address looks like: it is nobody's, and a second pass leaves it alone."""

# A pattern that begins with a class is searched faster than one that begins with a lookbehind (cards: 168 instead of
# 42 MB/s), so what must not stand before is asked after the first character: `[0-9](?<!\w[0-9])`.
_AFTER = r"(?![\w-]|[.,/][0-9]|:\w)"
# A bracket opens in front of an area code only, not of what follows the number.
_GAP = r"(?:[ ./-]|\) ?| ?\((?=[0-9]{1,5}\)))?"

# "00" needs a separator after the country code: 0012345678901 is more often an order number than a call.
_ABROAD = re.compile(
    r"[+0](?:(?<=\+)(?<![\w+]\+)|(?<=0)(?<![\w.,+-]0)(?<![0-9] 0)0(?=[1-9][0-9]{0,2}[ ./-]))"
    rf"(?P<number>[1-9](?:{_GAP}[0-9]){{6,14}})" + _AFTER
)
_DECIMAL = re.compile(r"\+[0-9]{1,15}\.[0-9]{1,15}")
# One separator throughout; spaces only after a bracketed area code, else any three numbers in a table would match.
_BRACKETED = r"[0-9]{3}\)[ -]?[0-9]{3}[ .-][0-9]{4}"
_AMERICAN_LAYOUT = re.compile(
    rf"[(1-9](?<![\w.+$/-].)(?:(?<=\(){_BRACKETED}|(?<=1)[ .-]\({_BRACKETED}"
    r"|(?<=1)(?P<one>[ .-])[0-9]{3}(?P=one)[0-9]{3}(?P=one)[0-9]{4}"
    r"|(?<=[2-9])[0-9]{2}(?P<s>[.-])[0-9]{3}(?P=s)[0-9]{4})" + _AFTER
)
# Neither area code nor exchange starts with 0 or 1, and no area code has a 9 in the middle: those are pseudonyms.
_AMERICAN = re.compile(r"1(?:[2-9][0-8][0-9][2-9]|[2-9]9[0-9]{2})[0-9]{6}")
_RUSSIAN_LENGTH = 11
_NO_AREA = re.compile(r"1[2-9]9")
# Country calling codes of ITU-T E.164 (2020): one digit, two digits, and the zones whose codes have three.
_CALLING_CODE = re.compile(
    r"[17]|2(?:0|7|1[1-368]|[2346][0-9]|5[0-8]|9[01789])|3(?:[0-469]|5[0-9]|7[0-9]|8[0-35679])|4(?:[013-9]|2[013])"
    r"|5(?:[1-8]|0[0-9]|9[0-9])|6(?:[0-6]|7[02-9]|8[0-35-9]|9[0-2])|8(?:[1246]|0[08]|5[02356]|7[08]|8[0-36])"
    r"|9(?:[0-58]|6[0-8]|7[0-79]|9[234568])"
)
# Written so that `re` and RE2 agree on upper case: only Python takes the Turkish İ and ı for an i.
_WORDS = (
    r"(?:tele?(?:ph|f)on[eo]?|téléphone|teléfono|t[eé]l|phone|fon|(?:tele)?fax|mob[iİı]l(?:e|telefon)?|m[oó]v[iİı]l"
    r"|cell|handy|whatsapp|hotline|call(?: us| me)?|тел|телефон|факс)"
)
_WORDS_BETWEEN_LETTERS = "(?:电话|電話|手机|传真|携帯)"
_BETWEEN = r"(?:</[a-z]{1,8}>)?(?:[ .]{0,2}(?:numbers?|no|nr|num|[iİı]s|at|on))?" "[ \t\n\u00a0.:=：)–-]{0,4}"
_GAP_AT_HOME = r"(?: ?[./–-] ?|\) ?| ?\(| )?"
# As it is dialled inside a country, after a word that announces it. At most 12 digits: no card number has so few.
_NATIONAL = re.compile(rf"(?:\([0-9]|[0-9](?<![\w+.,/(-][0-9]))(?:{_GAP_AT_HOME}[0-9]){{6,11}}(?! ?[0-9])" + _AFTER)
_ANNOUNCED = re.compile(rf"(?:(?<!\w){_WORDS}|{_WORDS_BETWEEN_LETTERS}){_BETWEEN}\Z", re.IGNORECASE)
_CONTEXT_CHARACTERS = 32
_DATE = re.compile(
    r"(?:19|20)[0-9]{2}[./-][01]?[0-9][./-][0-3]?[0-9]\b|[0-3]?[0-9][./-][0-3]?[0-9][./-](?:19|20)[0-9]{2}\b"
)

_PHONE_HINT = (
    r"(?:\+|00)[1-9](?:(?:[ ./-]|\) ?| ?\()?[0-9]){6}"
    r"|[0-9]{3}[) .-]{1,2}[0-9]{3}[ .-][0-9]{4}"
    rf"|(?i:(?:{_WORDS}|{_WORDS_BETWEEN_LETTERS}){_BETWEEN})\(?[0-9](?:{_GAP_AT_HOME}[0-9]){{6}}"
)


def _emails(text: str, _public_only: bool) -> Iterator[Span]:
    for host in _HOST.finditer(text):
        cut = max(0, host.start() - _MAX_LOCAL - 1)
        local = _LOCAL.search(text[cut : host.start()])
        if local is None or ".." in local[0] or len(local[0]) > _MAX_LOCAL:
            continue
        is_remote = local[0] == "git" and text[host.end() : host.end() + 1] in {":", "/"}  # git@host:owner/repository
        is_other = _NO_DOMAINS.fullmatch(host["top"]) or _VERSION_HOST.match(host["host"])
        if not (is_remote or is_other):
            spelling = local[0] + host[0]
            is_pseudonym = PSEUDONYM_EMAIL.fullmatch(spelling) is not None
            yield Span(cut + local.start(), host.end(), "EMAIL", "" if is_pseudonym else spelling.lower())


def _digits(spelling: str) -> str:
    return re.sub(r"[^0-9]", "", spelling)


def _is_assigned(found: re.Match[str], digits: str) -> bool:
    """Whether the number has a country, and the length that the plans of the zones 1 and 7 give it."""
    code = _CALLING_CODE.match(digits)
    if code is None or _DECIMAL.fullmatch(found[0]):
        return False
    if found[0].startswith("00") and not re.match(rf"{code[0]}[^0-9]", found["number"]):
        return False
    return {"1": _AMERICAN.fullmatch(digits) is not None, "7": len(digits) == _RUSSIAN_LENGTH}.get(digits[0], True)


def _phones(text: str, _public_only: bool) -> Iterator[Span]:
    for found in _ABROAD.finditer(text):
        # "(0)" is dialled only inside the country: +44 (0)20 … and +44 20 … are one number.
        digits = _digits(found["number"].replace("(0)", ""))
        if digits.startswith("999"):
            yield Span(*found.span(), "PHONE", "")
        elif _is_assigned(found, digits):
            yield Span(*found.span(), "PHONE", "" if _NO_AREA.match(digits) else "+" + digits)
    for found in _AMERICAN_LAYOUT.finditer(text):
        digits = "1" + _digits(found[0])[-10:]
        if _AMERICAN.fullmatch(digits):
            yield Span(*found.span(), "PHONE", "" if _NO_AREA.match(digits) else "+" + digits)
    for found in _NATIONAL.finditer(text):
        before = text[max(0, found.start() - _CONTEXT_CHARACTERS) : found.start()]
        if _ANNOUNCED.search(before) and not (_AMERICAN_LAYOUT.fullmatch(found[0]) or _DATE.match(found[0])):
            digits = _digits(found[0])
            is_pseudonym, is_abroad = digits.startswith("000"), digits.startswith("00")
            if is_pseudonym or not is_abroad:
                yield Span(*found.span(), "PHONE", "" if is_pseudonym else digits)


EMAIL = Finder(_EMAIL_HINT, _emails)
PHONE = Finder(_PHONE_HINT, _phones)
