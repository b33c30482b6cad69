"""What is known of each chunk: its words, what the rules ask of it, and its words in MinHash's normal form.

A row of `facts` belongs to the chunk of that number in the scan's table and generation; rows behind the table's chunks
are for chunks in a context (`context`), for as long as one slice is worked on.
"""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from pipelines.text.scan.compiled import inner, kernel
from pipelines.text.scan.memory import Bytes
from pipelines.text.scan.strings import Integers, Strings, empty_strings, lookup, with_room
from pipelines.text.words.classes import ALPHABETIC, PUNCTUATED, SENTENCE_END, WORD, Classes
from pipelines.text.words.special import Tokens

# Columns of `facts`.
(
    FIRST_TOKEN,  # row in `tokens`
    NUM_TOKENS,
    CHARACTERS,
    FLAGS,
    NUM_HASHES,
    NUM_ELLIPSES,
    FIRST_RAW,  # row in `tokens` of the tokens before spaCy's last pass
    NUM_RAW,
    NORMAL,  # place in `normal`
    NORMAL_BYTES,
    FIRST_NORMAL,  # place in `normal_lengths`
    NUM_NORMAL,
) = range(12)
NUM_FACTS = 12

# Flags of a chunk. ENDS_ and BEGINS_ are about its lower case, for phrases that stand across chunks.
BULLET, END_ELLIPSIS, JAVASCRIPT, CURLY, BRACKET, ENDS_LOREM, BEGINS_IPSUM, ENDS_TERMS, IS_OF, BEGINS_USE = (
    1 << bit for bit in range(10)
)
ENDS_PRIVACY, ENDS_COOKIE, BEGINS_POLICY, ENDS_USES, ENDS_USE, BEGINS_COOKIES, CHANGED, BREAKS = (
    1 << bit for bit in range(10, 18)
)
PHRASES = ENDS_LOREM | ENDS_TERMS | ENDS_PRIVACY | ENDS_COOKIE | ENDS_USES | ENDS_USE

# Columns of `tokens`, and flags of a token.
NUMBER, TOKEN_CHARACTERS, TOKEN_BYTES, TOKEN_FLAGS = range(4)
IS_WORD, IS_ALPHA, ENDS_SENTENCE, IS_PUNCTUATION = (1 << bit for bit in range(4))

BREAKS_SPACY = "IS_ALPHA"
"""A token that spaCy 3.8 must never see. Its number is 1, which the vocabulary's hash table uses as a mark of its own:
the first time in a process it passes, later spaCy reads freed memory and raises. The reference then deletes it from the
text and tries again; so do we, always (`quality.breaking`)."""


class Lexicon(NamedTuple):
    """The arrays; `used` changes in place."""

    facts: npt.NDArray[np.int32]
    """[rows, NUM_FACTS]"""
    tokens: Tokens
    """[tokens, 4]: number in `texts`, characters, bytes, flags."""
    normal: Bytes
    """Normal forms: words, each with a space behind it."""
    normal_lengths: npt.NDArray[np.int32]
    """Bytes of each such word."""
    used: Integers
    """[3]: tokens, bytes of `normal`, `normal_lengths`."""
    texts: Strings
    """The distinct tokens."""


def empty_lexicon(max_chunks: int) -> Lexicon:
    """Room for what is usual of so many chunks: 2.5 tokens, 12 bytes of normal form, half a distinct token.

    Of distinct tokens there is twice the room, because moving them to a larger table took a tenth of all time.
    """
    return Lexicon(
        np.zeros((max_chunks, NUM_FACTS), np.int32),
        np.zeros((5 * max_chunks // 2 + 64, 4), np.int32),
        np.zeros(12 * max_chunks + 64, np.uint8),
        np.zeros(2 * max_chunks + 64, np.int32),
        np.zeros(3, np.int64),
        empty_strings(max_chunks + 65536, 8 * max_chunks + 65536),
    )


def enlarged(lexicon: Lexicon, rows: int, num_bytes: int) -> Lexicon:
    """The same lexicon with room for `rows` chunks in all, and for new ones of so many bytes together.

    n bytes are at most n tokens, and as many again where the last pass changes them.
    """
    used_tokens, used_bytes, used_lengths = lexicon.used.tolist()
    return Lexicon(
        _larger(lexicon.facts, rows),
        _larger(lexicon.tokens, used_tokens + 2 * num_bytes),
        _larger(lexicon.normal, used_bytes + 6 * num_bytes + 64),
        _larger(lexicon.normal_lengths, used_lengths + 3 * num_bytes),
        lexicon.used,
        with_room(lexicon.texts, num_bytes, num_bytes),
    )


def _larger(array: npt.NDArray[Any], length: int) -> npt.NDArray[Any]:
    if length <= len(array):
        return array
    result = np.zeros((max(length, len(array) * 3 // 2), *array.shape[1:]), array.dtype)
    result[: len(array)] = array
    return result


@inner
def put_token(
    lexicon: Lexicon,
    row: int,
    points: Integers,
    places: Integers,
    start: int,
    end: int,
    source: Bytes,
    classes: Classes,
) -> None:
    """Write the token `points[start:end]` to `tokens[row]`."""
    length = places[end] - places[start]
    number = lookup(lexicon.texts, source, places[start], length)
    lexicon.tokens[row, NUMBER] = number
    lexicon.tokens[row, TOKEN_CHARACTERS] = end - start
    lexicon.tokens[row, TOKEN_BYTES] = length
    lexicon.tokens[row, TOKEN_FLAGS] = token_flags(points, start, end, classes)


@kernel
def token_flags(points: Integers, start: int, end: int, classes: Classes) -> Any:
    """IS_WORD … IS_PUNCTUATION of the token `points[start:end]`."""
    some, every = 0, 255
    for place in range(start, end):
        kind: Any = np.int64(classes.kind[points[place]])
        some |= kind
        every &= kind
    flags = 0
    if some & WORD:
        flags |= IS_WORD
    if some & ALPHABETIC:
        flags |= IS_ALPHA
    if every & PUNCTUATED:
        flags |= IS_PUNCTUATION
    if every & SENTENCE_END and end - start == 1:
        flags |= ENDS_SENTENCE
    return flags
