"""Bytes of a web page or file -> str, strictly or not at all.

A wrong guess that never raises ("replace", "ignore") puts mojibake into the corpus where nobody sees it, so every
attempt is strict and the first one that succeeds wins. Names are read as browsers read them
(https://encoding.spec.whatwg.org).
"""

import re
from collections.abc import Iterator

from resiliparse.parse.encoding import detect_encoding, map_encoding_to_html5

META_PRESCAN_BYTES = 1024
"""How far browsers look for a charset in the markup (HTML standard, 13.2.3.2)."""

_BOMS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_META = re.compile(rb"""<meta\s[^>]*?charset\s*=\s*["']?\s*([\w.:-]+)""", re.IGNORECASE)

# The WHATWG label names the superset that browsers decode; Python's codec of the same name is the narrow one.
_PYTHON_SUPERSETS = {
    "gbk": "gb18030",
    "euc_kr": "cp949",
    "shift_jis": "cp932",
    "big5": "big5hkscs",
    "iso8859-11": "cp874",
}


class Undecodable(ValueError):  # noqa: N818  the name is the finding, as in `raise Undecodable`
    """The bytes are not text in any encoding that was tried; `reason` is what the quarantine row says."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason
        """"undecodable" or "nul_character"."""


def _codec(label: str) -> str | None:
    """Python codec for a charset label, or None when browsers do not know the label either."""
    # An HTTP header may hold anything; labels of the standard are short and ASCII.
    if not label.isascii():
        return None
    label = label.strip(" \t\r\n\"'")
    # "latin-1" and "utf_8" are not labels of the standard, but "latin1" and "utf8" are.
    for spelling in (label, label.replace("-", "").replace("_", "")):
        if (name := map_encoding_to_html5(spelling, fallback_utf8=False)) is not None:
            return _PYTHON_SUPERSETS.get(name.lower(), name)
    return None


def _meta_codec(content: bytes) -> str | None:
    """Codec named by `<meta charset>` or `<meta http-equiv … content="…; charset=…">`."""
    found = _META.search(content, 0, META_PRESCAN_BYTES)
    if found is None:
        return None
    codec = _codec(found[1].decode("latin-1"))
    # A tag that could be read as ASCII was not written in UTF-16: the standard reads such a claim as UTF-8.
    return "utf-8" if codec is not None and codec.lower().startswith("utf-16") else codec


def _candidates(content: bytes, declared: str | None, *, html: bool) -> Iterator[tuple[bytes, str]]:
    """(bytes, codec) attempts in their order; the detector, the slowest, runs only if all others failed."""
    for bom, codec in _BOMS:
        if content.startswith(bom):
            yield content[len(bom) :], codec
    if declared is not None and (codec_declared := _codec(declared)) is not None:
        yield content, codec_declared
    if html and (codec_meta := _meta_codec(content)) is not None:
        yield content, codec_meta
    yield content, "utf-8"
    if (detected := detect_encoding(content)) is not None:
        yield content, _PYTHON_SUPERSETS.get(detected.lower(), detected)


def decode(content: bytes, declared: str | None, html: bool) -> str:
    """Decode strictly: byte order mark, declared charset, HTML meta, UTF-8, then detection; the first success wins.

    Args:
        content: the whole body; no byte order mark remains in the result.
        declared: the charset of the HTTP header as received, or None. An unknown name is passed over.
        html: whether to look for a charset in the markup.

    Returns:
        The text.

    Raises:
        Undecodable: with reason "undecodable" when no attempt succeeds, "nul_character" when the text holds U+0000,
            which no text file has and which means UTF-16 without a mark, or a binary file.
    """
    tried: list[str] = []
    for data, codec in _candidates(content, declared, html=html):
        try:
            text = data.decode(codec)
        except (UnicodeError, LookupError):  # LookupError: a label of the standard for which Python has no codec
            tried.append(codec)
            continue
        if "\x00" in text:
            raise Undecodable("nul_character", f"the text in {codec} holds U+0000: it is binary or unmarked UTF-16")
        return text
    raise Undecodable("undecodable", f"{len(content)} bytes are not {', '.join(tried)}; declare the right charset")
