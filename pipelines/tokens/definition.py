"""What a tokenizer.json says about itself: its added tokens, its end of text, whether text comes back from ids.

The format is the one that `tokenizers` writes (https://github.com/huggingface/tokenizers): an object with `model`,
`added_tokens`, `normalizer`, `pre_tokenizer` and `decoder`.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pipelines.errors import TokenizerError


@dataclass(frozen=True)
class AddedToken:
    """An entry of `added_tokens`: matched in text before the model sees it."""

    content: str
    id: int
    special: bool
    """Never the ids of document text; the others are, by both engines."""
    strips: bool
    """Swallows the whitespace beside it, so that text cannot be had back."""


@dataclass(frozen=True)
class Definition:
    """The parts of a tokenizer.json that decide how it may be used."""

    added_tokens: tuple[AddedToken, ...]
    byte_level: bool
    """Every text comes back from its ids, byte by byte, if the vocabulary has all 256 bytes."""

    def end_of_text_id(self, end_of_text: str) -> int:
        """The id of a special token; TokenizerError lists those there are when it is not one."""
        specials = {token.content: token.id for token in self.added_tokens if token.special}
        if end_of_text not in specials:
            known = ", ".join(repr(content) for content in specials) or "none"
            raise TokenizerError(
                f"{end_of_text!r} is not a special token of this tokenizer; it has: {known}; name one as end_of_text"
            )
        return specials[end_of_text]

    def check_recognized(self, recognized: tuple[str, ...], end_of_text: str) -> None:
        """Refuse to recognise in text what is no special token, and above all the end of text."""
        specials = [token.content for token in self.added_tokens if token.special]
        faults = [
            f"recognized_tokens has {name!r}, which is not a special token of this tokenizer; it has: "
            f"{', '.join(map(repr, specials)) or 'none'}"
            for name in recognized
            if name not in specials
        ]
        if end_of_text in recognized:
            faults.append(f"recognized_tokens has {end_of_text!r}, the end of text: any document could forge one")
        if faults:
            raise TokenizerError(*faults)


def read_definition(json_text: str) -> Definition:
    """Parse a tokenizer.json; TokenizerError when it is not one, or one that encodes at random (dropout)."""
    try:
        parsed = json.loads(json_text)
    except json.JSONDecodeError as fault:
        raise TokenizerError(f"not JSON ({fault}); give the model's tokenizer.json") from fault
    if not isinstance(parsed, dict) or not isinstance(parsed.get("model"), dict):
        raise TokenizerError("JSON without a model, so not a tokenizer.json; give the model's tokenizer.json")
    if dropout := parsed["model"].get("dropout"):
        raise TokenizerError(f"model.dropout is {dropout}: a text would get other ids each time; set it to null")
    try:
        added = tuple(_added_token(entry) for entry in parsed.get("added_tokens") or ())
    except (KeyError, TypeError, ValueError) as fault:
        raise TokenizerError(f"an entry of added_tokens lacks its content or id ({fault!r})") from fault
    return Definition(added, byte_level=_is_byte_level(parsed) and not any(token.strips for token in added))


def with_recognized(json_text: str, recognized: tuple[str, ...]) -> str:
    """The tokenizer.json with these special tokens turned into plain added tokens: the kind engines match in text."""
    if not recognized:
        return json_text
    parsed = json.loads(json_text)
    for entry in parsed["added_tokens"]:
        entry["special"] = bool(entry.get("special")) and entry["content"] not in recognized
    return json.dumps(parsed, ensure_ascii=False)


def _added_token(entry: Mapping[str, Any]) -> AddedToken:
    strips = bool(entry.get("lstrip") or entry.get("rstrip"))
    return AddedToken(str(entry["content"]), int(entry["id"]), special=bool(entry.get("special")), strips=strips)


def _is_byte_level(parsed: Mapping[str, Any]) -> bool:
    """A byte-level splitter and decoder, and nothing before them that changes, adds or removes characters."""
    decoder, splitter = parsed.get("decoder") or {}, parsed.get("pre_tokenizer") or {}
    parts = splitter.get("pretokenizers") or [splitter]
    return (
        not _changes_text(parsed.get("normalizer"))
        and decoder.get("type") == "ByteLevel"
        and any(part.get("type") == "ByteLevel" for part in parts)
        and not any(part.get("add_prefix_space") or part.get("behavior") == "Removed" for part in parts)
    )


def _changes_text(normalizer: Mapping[str, Any] | None) -> bool:
    """Whether there is a normalizer; DeepSeek's is a sequence of none."""
    return normalizer is not None and not (normalizer.get("type") == "Sequence" and not normalizer.get("normalizers"))
