"""Identifiers of people and secrets out of the text: masked, or replaced by a keyed pseudonym.

A pseudonym is a function of (key, value) alone, so one address becomes the same pseudonym in every document, partition
and run, and nothing depends on the order of documents. Each pseudonym is something that cannot belong to anybody: a
domain, address block, calling code or check digit that is reserved or invalid. A second pass does not find it again.
"""

import ipaddress
import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from blake3 import blake3

from pipelines.errors import RecipeError, SiteError
from pipelines.text.identifiers import FINDERS, Span, find

KINDS = tuple(FINDERS)

_KEY_CONTEXT = "phloem 2026-11 pseudonyms of personal data"
"""BLAKE3's key derivation context: the same secret used elsewhere gives unrelated hashes."""

MIN_KEY_CHARACTERS = 16
"""A shorter secret can be searched: whoever guesses it can test any address against the corpus."""


@dataclass(frozen=True)
class PersonalDataRules:
    """What is replaced, and by what."""

    kinds: tuple[str, ...] = KINDS
    """Any of KINDS."""
    mode: Literal["mask", "pseudonym"] = "mask"
    """"mask": `<EMAIL>`; "pseudonym": `user-3f9a01bc@example.com`, the same for the same value."""
    key_variable: str = "PHLOEM_PSEUDONYM_KEY"
    """Environment variable that holds the secret of the pseudonyms; the secret itself is never in a recipe."""
    public_only: bool = True
    """Leave private, loopback and documentation addresses alone."""

    def __post_init__(self) -> None:
        """Refuse kinds and modes that do not exist."""
        unknown = [kind for kind in self.kinds if kind not in FINDERS]
        if unknown:
            raise RecipeError(f"personal data kinds {unknown} do not exist; choose from {', '.join(KINDS)}")
        if self.mode not in ("mask", "pseudonym"):
            raise RecipeError(f"personal data mode {self.mode!r} does not exist; choose mask or pseudonym")


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


def _fill(layout: str, digits: str) -> str:
    """`layout` with its letters and digits replaced by `digits`, blanks and punctuation as they are."""
    source = iter(digits)
    return "".join(next(source) if character.isalnum() else character for character in layout)


def _digits(digest: bytes, num_digits: int) -> str:
    """Decimal digits of a digest (64 bits hold 19, an IBAN has up to 34: hence 128 bits)."""
    return str(int.from_bytes(digest[:16], "big")).zfill(39)[-num_digits:] if num_digits > 0 else ""


def _phone(spelling: str, value: str, digest: bytes) -> str:
    """+999 is a reserved country code; in North America no area code has a 9 in its middle."""
    num_digits = sum(character.isdigit() for character in spelling)
    if value.startswith("+1"):
        area, rest = str(2 + digest[16] % 8) + "9", _digits(digest, 8)
        return _fill(spelling, ("001" + area + rest)[-num_digits:])
    # "00" stays, and so does the "(0)" that is not dialled from abroad: it takes a digit of its own.
    prefix = "00" if spelling.startswith("00") else ""
    return _fill(spelling, prefix + "999" + _digits(digest, num_digits - 3 - len(prefix)))


def _ipv6(digest: bytes) -> str:
    """In 2001:db8::/32, the block for documentation (RFC 3849)."""
    return str(ipaddress.IPv6Address(bytes.fromhex("20010db8") + digest[:12]))


_MAKERS: dict[str, Callable[[str, str, bytes], str]] = {
    "EMAIL": lambda _spelling, _value, digest: f"user-{digest[:4].hex()}@example.com",
    "PHONE": _phone,
    "IPV4": lambda _spelling, _value, digest: f"10.{digest[0]}.{digest[1]}.{digest[2]}",
    "IPV6": lambda _spelling, _value, digest: _ipv6(digest),
    # Check digits are 02 to 98 (ISO 13616): 00 is nobody's.
    "IBAN": lambda spelling, value, digest: _fill(spelling, value[:2] + "00" + _digits(digest, len(value) - 4)),
    # No issuer's range starts with 0 (and "00" would begin a telephone number).
    "CARD": lambda spelling, value, digest: _fill(spelling, f"0{1 + digest[16] % 9}" + _digits(digest, len(value) - 2)),
    "KEY": lambda _spelling, _value, digest: f"KEY-{digest[:8].hex()}",
}
"""Kind -> (spelling in the text, value, digest) -> pseudonym."""


def pseudonym(span: Span, spelling: str, key: bytes) -> str:
    """What stands for a value everywhere: BLAKE3(key, kind and value) in the layout of its kind."""
    digest = blake3(f"{span.kind}:{span.value}".encode(), key=key).digest()
    return _MAKERS[span.kind](spelling, span.value, digest)


def redact(text: str, rules: PersonalDataRules) -> tuple[str, dict[str, int]]:
    """The text without personal data, and how many spans of each kind were replaced.

    Args:
        text: any text; whatever is not a span comes back unchanged.
        rules: which kinds, and how they are replaced.

    Returns:
        (text, {kind: count}) with the kinds that occurred, in the order of KINDS.

    Raises:
        SiteError: pseudonyms are wanted and the secret is missing.
    """
    key = pseudonym_key(rules.key_variable) if rules.mode == "pseudonym" else b""
    spans = find(text, rules.kinds, public_only=rules.public_only)
    pieces: list[str] = []
    position = 0
    for span in spans:
        spelling = text[span.start : span.end]
        replacement = pseudonym(span, spelling, key) if key else f"<{span.kind}>"
        pieces += (text[position : span.start], replacement)
        position = span.end
    pieces.append(text[position:])
    found = [span.kind for span in spans]
    return "".join(pieces), {kind: found.count(kind) for kind in KINDS if kind in found}
