"""What stands for a value everywhere: a function of (secret, kind, value) in the layout of the spelling.

One address becomes the same pseudonym in every document, partition and run, and nothing depends on the order of
documents. Each pseudonym is something that cannot belong to anybody: a domain, address block, calling code, check digit
or ending of a key that is reserved or invalid. A second pass does not find it again.
"""

import ipaddress
import os
import re
import string
from collections.abc import Callable

from blake3 import blake3

from pipelines.errors import SiteError
from pipelines.text.personal_data.accounts import PSEUDONYM_CHECK
from pipelines.text.personal_data.addresses import PSEUDONYMS_IPV4, PSEUDONYMS_IPV6
from pipelines.text.personal_data.credentials import EXAMPLE
from pipelines.text.personal_data.spans import Span

_KEY_CONTEXT = "phloem 2026-11 pseudonyms of personal data"
"""BLAKE3's key derivation context: the same secret used elsewhere gives unrelated hashes."""

MIN_KEY_CHARACTERS = 16
"""A shorter secret can be searched: whoever guesses it can test any address against the corpus."""


def pseudonym_key(variable: str) -> bytes:
    """32 bytes derived from the secret in an environment variable.

    Raises:
        SiteError: the variable is missing or its value is too short to be a secret.
    """
    secret = os.environ.get(variable, "")
    if len(secret) < MIN_KEY_CHARACTERS:
        raise SiteError(
            f"environment variable {variable} holds {len(secret)} characters, pseudonyms need a secret of at least "
            f"{MIN_KEY_CHARACTERS}; set it on every worker, or choose mode='mask'"
        )
    return blake3(secret.encode(), derive_key_context=_KEY_CONTEXT).digest()


def pseudonym(span: Span, spelling: str, key: bytes) -> str:
    """What replaces `spelling`, which is how the text writes `span.value`."""
    hashed = blake3(f"{span.kind}:{span.value}".encode(), key=key)
    return _MAKERS[span.kind](span, spelling, hashed.digest(length=_NUM_HEAD + len(spelling)))


_NUM_HEAD = 16
"""Bytes of a digest in front of those that fill a layout, one for each of its characters."""


def _fill(layout: str, start: str, digest: bytes) -> str:
    """`layout` with its first letters and digits replaced by `start`, the others each by one of its class.

    The n-th letter or digit depends on n and its class alone, so blanks and punctuation may differ.
    """
    filled, sources = [], iter([*start, *digest[_NUM_HEAD:]])
    for character in layout:
        source = next(sources) if character.isalnum() else character
        filled.append(source if isinstance(source, str) else _of_class(character, source))
    return "".join(filled)


def _of_class(character: str, number: int) -> str:
    if character.isdigit():
        return string.digits[number % 10]
    letters = string.ascii_uppercase if character.isupper() else string.ascii_lowercase
    return letters[number % 26]


def _phone(span: Span, spelling: str, digest: bytes) -> str:
    """+999 is a reserved country code, no number begins with 000, no American area code has a 9 in its middle."""
    # The "(0)" that is not dialled from abroad is no part of the number.
    layout = spelling.replace("(0)", "(\0)")
    if span.value.startswith("+1"):
        num_before = sum(map(str.isdigit, layout)) - 10
        start = ["", "1", "01", "001"][num_before] + str(2 + digest[0] % 8) + "9"
    elif span.value.startswith("+"):
        start = "00999" if layout.startswith("00") else "999"
    else:
        start = "000"
    return _fill(layout, start, digest).replace("\0", "0")


def _card(_span: Span, spelling: str, digest: bytes) -> str:
    """No issuer's range starts with 0 (and "00" would begin a telephone number)."""
    return _fill(spelling, f"0{1 + digest[0] % 9}", digest)


def _credential(span: Span, spelling: str, digest: bytes) -> str:
    """The prefix stays, the end says that it is an example."""
    fixed, secret = spelling[: span.num_fixed], spelling[span.num_fixed :]
    filled = fixed + _as_example(_fill(secret, "", digest))
    # A web token's second part is an object too.
    return re.sub(r"\.\w{3}", ".eyJ", filled, count=1) if fixed == "eyJ" else filled


def _as_example(secret: str) -> str:
    """`secret` with its last letters and digits replaced by EXAMPLE."""
    ending = iter(reversed(EXAMPLE))
    return "".join(next(ending, c) if c.isalnum() else c for c in reversed(secret))[::-1]


def _private_key(_span: Span, spelling: str, digest: bytes) -> str:
    r"""The frame, the headers and breaks written as \n stay."""
    pieces = re.split(r"(-----[A-Z0-9 ]+-----|\\[nr]|[A-Z][A-Za-z-]{2,20}: [^\n\\]{0,200})", spelling)
    bodies = "\0".join(pieces[::2])
    filled = _as_example(_fill(bodies, "", digest)).split("\0")
    return "".join(body + frame for body, frame in zip(filled, [*pieces[1::2], ""], strict=True))


def _address(network: ipaddress.IPv4Network | ipaddress.IPv6Network, digest: bytes) -> str:
    """An address of the network. Addresses have one spelling here, so that those of one become the same text."""
    host = int.from_bytes(digest[:_NUM_HEAD], "big") & int(network.hostmask)
    return str(network.network_address + host)


_MAKERS: dict[str, Callable[[Span, str, bytes], str]] = {
    "EMAIL": lambda _span, _spelling, digest: f"user-{digest[:6].hex()}@example.com",
    "PHONE": _phone,
    "IPV4": lambda _span, _spelling, digest: _address(PSEUDONYMS_IPV4, digest),
    "IPV6": lambda _span, _spelling, digest: _address(PSEUDONYMS_IPV6, digest),
    "IBAN": lambda span, spelling, digest: _fill(spelling, span.value[:2] + PSEUDONYM_CHECK, digest),
    "CARD": _card,
    "API_KEY": _credential,
    "TOKEN": _credential,
    "PRIVATE_KEY": _private_key,
}
"""Kind -> (span, spelling in the text, digest) -> pseudonym."""
