"""Bytes of a web page or file -> str, strictly or not at all.

A wrong guess that never raises ("replace", "ignore") puts mojibake into the corpus where nobody sees it, so every
attempt is strict and the first one that succeeds wins. Names are read as browsers read them
(https://encoding.spec.whatwg.org), in their order: mark, header, markup, bytes. Two deviations, both for the corpus:
a body that is clearly UTF-8 is that, whatever header and markup say, and without either the bytes are looked at for
more than UTF-8 (`benchmarks/text/charset.py` measures how well).
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
    "iso2022_jp": "iso2022_jp_ext",  # with half-width katakana
}
_FIRST_BYTES = bytes(range(0xC2, 0xF5))
"""Each character of UTF-8 beyond ASCII has one of these, at its beginning."""
_MIN_WIDE_CHARACTERS = 8
"""So many characters of UTF-8 are no accident in a charset of two bytes: a common hanzi of GBK is one by 1 in 7."""
_WIDE = frozenset(["gb18030", "cp949", "cp932", "big5hkscs", "euc_jp", "iso2022_jp_ext"])

_DETECTED = {"cp949": "cp949", "mac-cyrillic": "mac-cyrillic", "koi8-r": "koi8-u"}
"""What the detector (uchardet) calls otherwise than browsers; KOI8-U has Ukrainian letters for eight lines of boxes."""
_SELDOM = frozenset(["iso8859-4", "iso8859-10", "iso8859-13", "iso8859-16"])
"""What the detector sees in short texts of Western Europe, as it does the code pages of DOS, which no page is in."""
_WESTERN = re.compile(
    r"[\x00-\x7f\xa0¡£§©ª«®°´·º»¿ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÑÒÓÔÕÖØÙÚÛÜßàáâãäåæçèéêëìíîïñòóôõöøùúûüŒœ€…–—‘’“”•]*+"
)
_ISO_2022 = ((b"\x1b$)C", "iso2022_kr"), (b"\x1b$", "iso2022_jp_ext"), (b"\x1b(J", "iso2022_jp_ext"))
"""Escape sequences that begin another character set: such bytes are ASCII, and no text as ASCII."""


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


def _is_clearly_utf8(content: bytes, codec: str) -> bool:
    """Whether bytes that are declared to be in `codec` are UTF-8 beyond doubt.

    In a charset of one byte each, a whole text that is valid UTF-8 as well has been seen as nothing but mojibake.
    """
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    if codec.lower().startswith("utf-16"):
        return b"\0" not in content
    num_wide = len(content) - len(content.translate(None, _FIRST_BYTES))
    return num_wide >= (_MIN_WIDE_CHARACTERS if codec in _WIDE else 1)


def _detected(content: bytes) -> Iterator[str]:
    """Codecs for bytes that nobody says anything about and that are not UTF-8; the detector is the slowest attempt."""
    found = detect_encoding(content, html5_compatible=False)
    codec = None if found is None else _DETECTED.get(found.lower()) or _codec(found)
    if codec is None or codec in _SELDOM:
        # What browsers fall back to, but only where it gives letters of Western Europe.
        western = content.decode("cp1252", "replace")
        if _WESTERN.fullmatch(western):
            yield "cp1252"
    if codec is not None:
        yield codec


def _candidates(content: bytes, declared: str | None, *, html: bool) -> Iterator[tuple[bytes, str]]:
    """(bytes, codec) attempts in their order; the detector runs only if all others failed."""
    for bom, codec in _BOMS:
        if content.startswith(bom):
            yield content[len(bom) :], codec
    said = [None if declared is None else _codec(declared), _meta_codec(content) if html else None]
    for codec_said in filter(None, said):
        if _is_clearly_utf8(content, codec_said):
            break
        yield content, codec_said
    for escape, codec in _ISO_2022:
        if escape in content and content.isascii():
            yield content, codec
    yield content, "utf-8"
    for codec in _detected(content):
        yield content, codec


def decode(content: bytes, declared: str | None, html: bool) -> str:
    """Decode strictly: byte order mark, declared charset, HTML meta, UTF-8, then detection; the first success wins.

    A body that is clearly UTF-8 is not tried as what it is declared to be.

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
