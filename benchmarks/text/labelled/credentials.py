"""Keys, tokens and private keys in their issuers' published shapes; all of them random, none of them anybody's.

Prefixes are written in two pieces so that scanners of repositories leave this file alone.
"""

import base64
import hashlib
import hmac
import json
import random
import string
import textwrap

_ALNUM = string.ascii_letters + string.digits
_URL = _ALNUM + "-_"
_HEX = string.digits + "abcdef"

API_KEYS = {
    "AWS access key": ("AK" + "IA", string.ascii_uppercase + "234567", 16),
    "AWS temporary key": ("AS" + "IA", string.ascii_uppercase + "234567", 16),
    "GitHub, classic": ("gh" + "p_", _ALNUM, 36),
    "GitHub, app": ("gh" + "s_", _ALNUM, 36),
    "GitHub, fine-grained": ("github" + "_pat_", _ALNUM + "_", 82),
    "GitLab": ("glp" + "at-", _URL, 20),
    "Slack, bot": ("xo" + "xb-", _ALNUM, 0),
    "Stripe": ("sk_" + "live_", _ALNUM, 24),
    "Stripe, restricted": ("rk_" + "test_", _ALNUM, 24),
    "OpenAI, project": ("sk-" + "proj-", _URL, 74),
    "Anthropic": ("sk-" + "ant-api03-", _URL, 93),
    "Google": ("AI" + "za", _URL, 35),
    "npm": ("np" + "m_", _ALNUM, 36),
    "PyPI": ("py" + "pi-AgEIcHlwaS5vcmc", _URL, 150),
    "Hugging Face": ("h" + "f_", string.ascii_letters, 34),
    "SendGrid": ("S" + "G.", _URL, 0),
    "DigitalOcean": ("do" + "p_v1_", _HEX, 64),
    "Shopify": ("shp" + "at_", _HEX, 32),
    "AWS secret key": ("", _ALNUM + "+/", 40),
    "Twilio": ("S" + "K", _HEX, 32),
    "Mailgun": ("ke" + "y-", _HEX, 32),
}
"""Issuer -> (prefix, alphabet, characters behind it). The last two have no shape of their own: they are hashes."""


def random_text(chance: random.Random, alphabet: str, length: int) -> str:
    return "".join(chance.choices(alphabet, k=length))


def api_key(chance: random.Random) -> tuple[str, str]:
    issuer = chance.choice(list(API_KEYS))
    prefix, alphabet, length = API_KEYS[issuer]
    if issuer == "Slack, bot":
        numbers = f"{random_text(chance, string.digits, 12)}-{random_text(chance, string.digits, 13)}"
        return f"{prefix}{numbers}-{random_text(chance, alphabet, 24)}", issuer
    if issuer == "SendGrid":
        return f"{prefix}{random_text(chance, alphabet, 22)}.{random_text(chance, alphabet, 43)}", issuer
    return prefix + random_text(chance, alphabet, length), issuer


def url_base64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def token(chance: random.Random) -> tuple[str, str]:
    """A JSON web token (RFC 7519), signed; or an opaque one, which only the word before it announces."""
    if chance.random() < 0.35:
        return random_text(chance, _ALNUM + "-._~", chance.choice((32, 40, 64))) + chance.choice(("", "=")), "bearer"
    header = {"alg": "HS256", "typ": "JWT"} if chance.random() < 0.7 else {"typ": "JWT", "kid": "7", "alg": "HS256"}
    claims = {"sub": str(chance.randrange(10**10)), "iat": 1_516_239_022, "name": chance.choice(("Li Wei", "Jane Doe"))}
    signed = ".".join(url_base64(json.dumps(part).encode()) for part in (header, claims))
    signature = hmac.new(chance.randbytes(16), signed.encode(), hashlib.sha256).digest()
    return f"{signed}.{url_base64(signature)}", "web token"


def private_key(chance: random.Random) -> tuple[str, str]:
    """Random bytes in the frames of RFC 7468, OpenSSH and RFC 4880."""
    form = chance.choice(("RSA", "", "EC", "OPENSSH", "PGP", "encrypted", "on one line", "cut off"))
    name = {"PGP": "PGP PRIVATE KEY BLOCK", "RSA": "RSA PRIVATE KEY", "EC": "EC PRIVATE KEY"}.get(form)
    name = name or {"OPENSSH": "OPENSSH PRIVATE KEY", "encrypted": "RSA PRIVATE KEY"}.get(form, "PRIVATE KEY")
    size = chance.choice((48, 121, 610, 1192))
    body = textwrap.fill(base64.b64encode(chance.randbytes(size)).decode(), 70 if form == "OPENSSH" else 64)
    if form == "PGP":
        checksum = base64.b64encode(chance.randbytes(3)).decode()
        body = f"Version: GnuPG v2\n\n{body}\n={checksum}"
    if form == "encrypted":
        body = f"Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,{random_text(chance, _HEX, 32).upper()}\n\n{body}"
    whole = f"-----BEGIN {name}-----\n{body}"
    if form != "cut off":
        whole += f"\n-----END {name}-----"
    return whole.replace("\n", "\\n") if form == "on one line" else whole, form or "PKCS 8"
