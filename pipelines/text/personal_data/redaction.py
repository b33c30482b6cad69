"""Texts without personal data: masked, or replaced by a keyed pseudonym."""

from collections import Counter
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipelines.errors import RecipeError
from pipelines.text.personal_data.finders import KINDS, find, possible_kinds
from pipelines.text.personal_data.pseudonyms import pseudonym, pseudonym_key


@dataclass(frozen=True)
class PersonalDataRules:
    """What is replaced, and by what."""

    kinds: tuple[str, ...] = KINDS
    """Any of KINDS."""
    mode: Literal["mask", "pseudonym"] = "mask"
    """"mask": `<EMAIL>`; "pseudonym": `user-3f9a01bc5d77@example.com`, the same for the same value."""
    key_variable: str = "PHLOEM_PSEUDONYM_KEY"
    """Environment variable that holds the secret of the pseudonyms; the secret itself is never in a recipe."""
    public_only: bool = True
    """Leave private, loopback and documentation addresses alone."""

    def __post_init__(self) -> None:
        """Refuse kinds and modes that do not exist."""
        unknown = [kind for kind in self.kinds if kind not in KINDS]
        if unknown:
            raise RecipeError(f"personal data kinds {unknown} do not exist; choose from {', '.join(KINDS)}")
        if self.mode not in ("mask", "pseudonym"):
            raise RecipeError(f"personal data mode {self.mode!r} does not exist; choose mask or pseudonym")


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
    return _redacted(text, rules.kinds, rules, _key(rules))


def redact_texts(texts: pa.Array, rules: PersonalDataRules) -> tuple[pa.Array, dict[str, pa.Array]]:
    """`redact` for a column: those texts that can hold nothing are not looked at one by one.

    Args:
        texts: n strings (or large strings), null where there is no text.
        rules: which kinds, and how they are replaced.

    Returns:
        (n texts of the same type, {kind: n counts as int32} for all of KINDS), null where there is no text.

    Raises:
        SiteError: pseudonyms are wanted and the secret is missing.
    """
    key = _key(rules)
    counts = {kind: np.zeros(len(texts), np.int32) for kind in KINDS}
    is_changed, changed = np.zeros(len(texts), bool), []
    for row, kinds in possible_kinds(texts, rules.kinds).items():
        text, found = _redacted(texts[row].as_py(), kinds, rules, key)
        for kind, count in found.items():
            counts[kind][row] = count
        if found:
            is_changed[row] = True
            changed.append(text)
    is_null = texts.is_null().to_numpy(zero_copy_only=False)
    columns = {kind: pa.array(column, pa.int32(), mask=is_null) for kind, column in counts.items()}
    return pc.replace_with_mask(texts, pa.array(is_changed), pa.array(changed, texts.type)), columns


def _key(rules: PersonalDataRules) -> bytes:
    return pseudonym_key(rules.key_variable) if rules.mode == "pseudonym" else b""


def _redacted(text: str, kinds: tuple[str, ...], rules: PersonalDataRules, key: bytes) -> tuple[str, dict[str, int]]:
    pieces: list[str] = []
    position = 0
    spans = find(text, kinds, public_only=rules.public_only)
    for span in spans:
        replacement = pseudonym(span, text[span.start : span.end], key) if key else f"<{span.kind}>"
        pieces += (text[position : span.start], replacement)
        position = span.end
    pieces.append(text[position:])
    found = Counter(span.kind for span in spans)
    return "".join(pieces), {kind: found[kind] for kind in KINDS if found[kind]}
