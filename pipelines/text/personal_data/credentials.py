"""Secrets: API keys by the prefix that their issuer published, tokens by their form, private keys by their frame."""

import re
from collections.abc import Iterator

from pipelines.text.personal_data.spans import Finder, Span

EXAMPLE = "EXAMPLE"
"""How Amazon's manuals end keys that are nobody's (AKIAIOSFODNN7EXAMPLE), and how our pseudonyms do."""

# Prefix and rest as the issuers document them.
_ISSUED = (
    (r"A(?:KIA|SIA)", r"[A-Z0-9]{16}"),  # AWS access key ids
    (r"gh[pousr]_", r"[A-Za-z0-9]{36,255}"),
    (r"github_pat_", r"[A-Za-z0-9_]{22,255}"),
    (r"glpat-", r"[A-Za-z0-9_-]{20,250}"),
    (r"xox[abeoprs]-|xapp-", r"[A-Za-z0-9-]{10,250}"),  # Slack
    (r"[rs]k_(?:live|test)_|whsec_", r"[A-Za-z0-9]{16,250}"),  # Stripe
    (r"AIza", r"[A-Za-z0-9_-]{35}"),  # Google
    (r"GOCSPX-", r"[A-Za-z0-9_-]{28}"),  # Google's OAuth clients
    (r"npm_", r"[A-Za-z0-9]{36}"),
    (r"pypi-AgE", r"[A-Za-z0-9_-]{50,250}"),
    (r"hf_", r"[A-Za-z]{34}"),  # Hugging Face
    (r"SG\.", r"[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}"),  # SendGrid
    (r"do[opr]_v1_", r"[0-9a-f]{64}"),  # DigitalOcean
    (r"shp(?:at|ca|pa|ss)_", r"[0-9a-fA-F]{32}"),  # Shopify
    (r"SK|key-", r"[0-9a-f]{32}"),  # Twilio, Mailgun
)
# OpenAI's form, which others copied; "sk-" also starts names of packages and style classes, so it must mix cases.
_MIXED = (r"sk-", r"[A-Za-z0-9_-]{20,250}")
_ALTERNATIVES = "|".join(f"(?:{prefix}){rest}" for prefix, rest in (*_ISSUED, _MIXED))
_PREFIX = re.compile("|".join(prefix for prefix, _ in (*_ISSUED, _MIXED)))
_API_KEY = re.compile(rf"(?<![A-Za-z0-9_-])(?:{_ALTERNATIVES})(?![A-Za-z0-9_-])")
# Amazon's secrets have no prefix: 40 characters, known by the name that is given to them.
_AMAZON_BEFORE = r"(?i:secret_?(?:access_?)?key)[\"']?[ \t]{0,4}[:=][ \t]{0,4}[\"']?"
_AMAZON_SECRET = re.compile(_AMAZON_BEFORE + "(?P<secret>[A-Za-z0-9/+]{40})(?![A-Za-z0-9/+=])")

_WEB_TOKEN = re.compile(
    r"e(?<![A-Za-z0-9_-]e)yJ[A-Za-z0-9_-]{10,4000}+\.eyJ[A-Za-z0-9_-]{10,4000}+\.[A-Za-z0-9_-]{10,4000}+"
)
_BEARER_BEFORE = r"(?i:bearer|authorization:[ \t]{0,4}token)[ \t]{1,4}"
_BEARER = re.compile(rf"(?<!\w){_BEARER_BEFORE}(?P<secret>[A-Za-z0-9._~+/-]{{20,4000}}+={{0,2}})")

# A private key cut off before its END line is still a secret; a frame around nothing is not.
_BEGIN = re.compile(r"-----BEGIN ([A-Z0-9 ]{0,30}?PRIVATE KEY(?: BLOCK)?)-----")
# Line breaks are also written \n, quoted and joined in source code, indented or quoted in mail.
_BREAKS = re.compile(r"(?:\\[nr]|[\"']\s{0,40}\+\s{0,40}[\"']|[\s\"',|>#;]){0,200}")
_HEADER = re.compile(r"[A-Z][A-Za-z-]{2,20}: [^\n\\]{0,200}")
_LINE = re.compile(r"=?[A-Za-z0-9+/]{1,8000}+={0,2}")
_TAIL = re.compile(r"-----END|=[A-Za-z0-9+/]{4}(?![A-Za-z0-9+/=])")
_MOST_HEADERS, _SHORTEST_LINE, _SHORTEST_BODY = 8, 24, 40


def _is_mixed(token: str) -> bool:
    return all(re.search(kind, token) for kind in ("[a-z]", "[A-Z]", "[0-9]"))


def _is_example(secret: str) -> bool:
    return re.sub("[^A-Za-z0-9]", "", secret).endswith(EXAMPLE)


def _span(kind: str, start: int, secret: str, num_fixed: int = 0) -> Span:
    """A secret, or the example of one."""
    return Span(start, start + len(secret), kind, "" if _is_example(secret) else secret, num_fixed)


def _api_keys(text: str, _public_only: bool) -> Iterator[Span]:
    for found in _API_KEY.finditer(text):
        prefix = _PREFIX.match(found[0])
        assert prefix is not None  # noqa: S101  the same prefixes
        if prefix[0] != _MIXED[0] or _is_mixed(found[0]):
            yield _span("API_KEY", found.start(), found[0], prefix.end())
    for found in _AMAZON_SECRET.finditer(text):
        yield _span("API_KEY", found.start("secret"), found["secret"])


def _tokens(text: str, _public_only: bool) -> Iterator[Span]:
    for found in _WEB_TOKEN.finditer(text):
        yield _span("TOKEN", found.start(), found[0], len("eyJ"))
    for found in _BEARER.finditer(text):
        if re.search("[0-9]", found["secret"]) and re.search("[A-Za-z]", found["secret"]):
            yield _span("TOKEN", found.start("secret"), found["secret"])


def _private_keys(text: str, _public_only: bool) -> Iterator[Span]:
    for begin in _BEGIN.finditer(text):
        end, body = _body(text, begin.end())
        if len(body) < _SHORTEST_BODY:
            continue
        closing = f"-----END {begin[1]}-----"
        last = _after_breaks(text, end)
        end = last + len(closing) if text.startswith(closing, last) else end
        value = "" if _is_example(body) else f"{begin[1]}:{body}"
        yield Span(begin.start(), end, "PRIVATE_KEY", value)


def _body(text: str, start: int) -> tuple[int, str]:
    """Where the lines of base64 that begin at `start` end, and these lines without what stands between them."""
    position = _after_breaks(text, start)
    for _ in range(_MOST_HEADERS):
        header = _HEADER.match(text, position)
        if header is None:
            break
        position = _after_breaks(text, header.end())
    end, lines = start, []
    while line := _LINE.match(text, position):
        position = _after_breaks(text, line.end())
        # The last line is short; one that neither the end nor a checksum follows is a word of the text behind.
        if len(line[0]) < _SHORTEST_LINE and not _TAIL.match(text, position):
            break
        lines.append(line[0])
        end = line.end()
    return end, "".join(lines)


def _after_breaks(text: str, position: int) -> int:
    found = _BREAKS.match(text, position)
    return found.end() if found else position


_BEGINNINGS = "|".join(f"(?:{prefix}){rest.partition('{')[0]}{{10}}" for prefix, rest in (*_ISSUED, _MIXED))

API_KEY = Finder(f"{_BEGINNINGS}|{_AMAZON_BEFORE}", _api_keys)
TOKEN = Finder(rf"eyJ[A-Za-z0-9_-]{{10}}|{_BEARER_BEFORE}", _tokens)
PRIVATE_KEY = Finder(r"-----BEGIN [A-Z0-9 ]{0,30}PRIVATE KEY", _private_keys)
