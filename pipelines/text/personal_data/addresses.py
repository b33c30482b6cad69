"""IPv4 and IPv6 addresses; version and section numbers, times and scopes of C++ look like them."""

import ipaddress
import re
from collections.abc import Iterator

from pipelines.text.personal_data.spans import Finder, Span

_IPV4 = re.compile(r"[0-9](?<![\w.-][0-9])[0-9]{0,2}(?:\.[0-9]{1,3}){3}(?![\w-]|\.\w)")
_IPV4_HINT = r"[0-9]\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]"
# Four numbers after one of these words, or after "name/", are a version, a section, a DOI or a software's signature.
_NUMBERED = re.compile(
    r"(?:(?:\b(?:versions?|ver|v|releases?|rev|revision|build|firmware|driver|update|upgrade|sections?|sec|chapter|clause"
    r"|figure|table|oid)|§)[.:#=]? ?(?:no\.? ?)?|[=<>~!]=|[A-Za-z0-9)]/)\(?\Z",
    re.IGNORECASE,
)
# Four numbers below 20 are a version or a section far more often than a host, unless one of these words stands before.
_SMALL_OCTET = 20
# Nothing that is replaced stands between: what is found must not depend on what was masked before.
_HOST_WORD = re.compile(
    r"\b(?:ip(?:v4)?|address|host|server|dns|resolver|ping|gateway|proxy|peer|client)\b[^0-9@<>_.\n]{0,16}\Z",
    re.IGNORECASE,
)
_CONTEXT_CHARACTERS = 24

# Found from its first colon that another follows, then extended to the left.
_IPV6 = re.compile(r":[0-9A-Fa-f]{0,4}+:[0-9A-Fa-f:]{0,36}+(?![\w:])")
_IPV6_HEAD = re.compile(r"(?<![\w:.])[0-9A-Fa-f]{0,4}\Z")
# Eight groups, or two colons side by side; a digit somewhere, else it is code.
_IPV6_HINT = r"(?:[0-9A-Fa-f]{1,4}:){7}[0-9A-Fa-f]|::[0-9A-Fa-f:]*[0-9]|[0-9][0-9A-Fa-f:]*::"

PSEUDONYMS_IPV4 = ipaddress.IPv4Network("240.0.0.0/4")
"""Reserved since RFC 1112, never assigned: nobody's, not even in private."""
PSEUDONYMS_IPV6 = ipaddress.IPv6Network("2001:db8::/32")
"""For documentation (RFC 3849)."""


def _ipv4(text: str, public_only: bool) -> Iterator[Span]:
    for found in _IPV4.finditer(text):
        try:
            address = ipaddress.IPv4Address(found[0])
        except ValueError:  # a part above 255 or with a leading zero
            continue
        if address in PSEUDONYMS_IPV4:
            yield Span(*found.span(), "IPV4", "")
        elif not public_only or (address.is_global and not address.is_multicast):
            context = text[max(0, found.start() - _CONTEXT_CHARACTERS) : found.start()]
            is_host = max(address.packed) >= _SMALL_OCTET or _HOST_WORD.search(context) is not None
            if is_host and not _NUMBERED.search(context):
                yield Span(*found.span(), "IPV4", str(address))


def _ipv6(text: str, public_only: bool) -> Iterator[Span]:
    for found in _IPV6.finditer(text):
        head = _IPV6_HEAD.search(text[max(0, found.start() - 5) : found.start()])
        # A sentence's colon is not part of the address; "::" and words such as "dead::beef" are code.
        tail = found[0] if found[0].endswith("::") else found[0].rstrip(":")
        if head is None or not re.search("[0-9]", head[0] + tail):
            continue
        try:
            address = ipaddress.IPv6Address(head[0] + tail)
        except ValueError:
            continue
        # Only 2000::/3 is assigned to hosts of the public network (RFC 4291).
        is_public = address.is_global and address.packed[0] >> 5 == 1
        is_pseudonym = address in PSEUDONYMS_IPV6
        if is_public or is_pseudonym or not (public_only or address.is_unspecified or address.is_loopback):
            value = "" if is_pseudonym else str(address)
            yield Span(found.start() - len(head[0]), found.start() + len(tail), "IPV6", value)


IPV4 = Finder(_IPV4_HINT, _ipv4)
IPV6 = Finder(_IPV6_HINT, _ipv6)
