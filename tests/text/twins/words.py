"""Words and sentences of a text, exactly as spaCy's blank English pipeline with its sentencizer gives them.

spaCy cuts a text at whitespace and tokenises every chunk alone; nearly all of its time goes into chunks it has seen
before. Here each chunk's tokens are remembered (`MAX_REMEMBERED_CHARACTERS`), and spaCy sees new chunks only.

One thing in spaCy looks further than a chunk: a last pass joins the tokens of its special cases (emoticons, `'cause`,
`e.g.`) wherever they stand side by side, also across a single space, longest first. A match across a space replaces
nothing, for no special case holds a space, but it can *hide* a match inside one of its chunks: `hello:( (`. So a chunk
whose tokens that pass changed is volatile, and where it meets a neighbour that could be part of one special case with
it, spaCy itself reads that line. A newline is a token that no special case holds: lines are independent.
"""

import re
from collections.abc import Iterable, Sequence
from functools import cache
from itertools import chain, filterfalse, pairwise, product
from string import ascii_uppercase
from types import SimpleNamespace
from typing import Any

import spacy
from spacy.lang.lex_attrs import is_punct
from spacy.pipeline.sentencizer import Sentencizer
from spacy.tokenizer import Tokenizer
from spacy.vocab import Vocab

MAX_REMEMBERED_CHARACTERS = 2_000_000
"""Characters of all remembered chunks together, about 230,000 chunks and 70 MB. The memory is emptied when full."""

BREAKS_SPACY = "IS_ALPHA"
"""A token that spaCy 3.8 must never see. Its number is 1, which the vocabulary's hash table uses as a mark of its own:
the first time in a process it passes, later spaCy reads freed memory and raises. The reference then deletes it from the
text and tries again; so do we, always, and find the token by a stand-in."""

_SENTENCE_ENDS = frozenset(Sentencizer.default_punct_chars)
_RUNS = re.compile(r"\S+|\s+")


def words(text: str) -> list[str]:
    """The words of `text`: spaCy's tokens without those that are whitespace."""
    return english().words(text)


def count_sentences(text: str) -> int:
    """Number of sentences that spaCy's sentencizer sees in `text`; 0 in an empty text."""
    return english().count_sentences(text)


@cache
def english() -> "English":
    """The process's one memory of chunks; spaCy is loaded on the first call (about a second)."""
    return English()


class English:
    """spaCy's English tokenizer with a memory of chunks. What it answers never depends on what it remembers."""

    def __init__(self, max_remembered_characters: int = MAX_REMEMBERED_CHARACTERS) -> None:
        """Load the tokenizer; `max_remembered_characters` bounds the memory between two texts."""
        published = spacy.blank("en").tokenizer
        # A vocabulary without lexical attributes: they are half of spaCy's time on a new word and change no token.
        self._vocabulary = Vocab()
        self._full = _rebuilt(published, self._vocabulary, published.rules)
        self._plain = _without_last_pass(published, self._vocabulary)
        self._special_cases = frozenset(published.rules)
        self._replacements, self._pairs = _last_pass(self._full, _rebuilt(published, self._vocabulary, {}))
        self._max_remembered_characters = max_remembered_characters
        self._num_remembered_characters = 0
        self._words: dict[str, tuple[str, ...]] = {}
        self._marks: dict[str, str] = {}
        self._volatile: dict[str, tuple[str, str]] = {}

    def words(self, text: str) -> list[str]:
        """See `words`."""
        chunks = text.split()
        if self._learn(text, chunks):
            return list(chain.from_iterable(map(self._words.__getitem__, chunks)))
        if "\n" in text and BREAKS_SPACY not in text:
            return list(chain.from_iterable(map(self.words, text.split("\n"))))
        return [token for token in self.tokens_by_spacy(text) if token.strip()]

    def count_sentences(self, text: str) -> int:
        """See `count_sentences`.

        A sentence starts at the first token that is neither a sentence end nor punctuation after a sentence end. With
        T for a sentence end, W for a token that is no punctuation, and nothing for the rest, that is every `TW`.
        """
        chunks = text.split()
        if not self._learn(text, chunks):
            marks = sentence_marks(self.tokens_by_spacy(text))
        elif " ".join(chunks) == text:
            marks = "".join(map(self._marks.__getitem__, chunks))
        else:
            # Whitespace beyond one space behind a word is a token to spaCy, and one that can start a sentence.
            marks = "".join(self._marks.get(run, "" if run == " " else "W") for run in _RUNS.findall(text))
        return 1 + marks.count("TW") if text else 0

    def tokens_by_spacy(self, text: str) -> list[str]:
        """Every token of `text`, whitespace too, by spaCy itself and as the reference asks it."""
        while BREAKS_SPACY in text:
            # The same kinds of characters, so the same tokens; with one I it overlaps nothing that is there already.
            names = (f"IS_{''.join(letters)}HA" for letters in product(ascii_uppercase, repeat=3) if "I" not in letters)
            stand_in = next(name for name in names if name not in text)
            tokens = self._tokenise(self._full, text.replace(BREAKS_SPACY, stand_in))
            if stand_in not in tokens:
                return [token.replace(stand_in, BREAKS_SPACY) for token in tokens]
            text = text.replace(BREAKS_SPACY, "")
        return self._tokenise(self._full, text)

    def _learn(self, text: str, chunks: list[str]) -> bool:
        """Remember all `chunks` of `text`; False if spaCy must read the text itself."""
        if BREAKS_SPACY in text:
            return False
        unknown = set(filterfalse(self._words.__contains__, chunks))
        if unknown:
            if self._num_remembered_characters > self._max_remembered_characters:
                self._forget()
                unknown = set(chunks)
            self._remember(sorted(unknown))
        return not self._meets_across_a_space(chunks)

    def _forget(self) -> None:
        self._words.clear()
        self._marks.clear()
        self._volatile.clear()
        self._num_remembered_characters = 0

    def _remember(self, chunks: list[str]) -> None:
        # A word of ASCII letters has no affixes: it is one token unless it is a special case ("cannot").
        difficult = [c for c in chunks if not (c.isascii() and c.isalpha()) or c in self._special_cases]
        tokens = dict(zip(difficult, self._tokenise_each(self._full, difficult), strict=True))
        changed = [chunk for chunk in difficult if not self._replacements.isdisjoint(tokens[chunk])]
        for chunk, before in zip(changed, self._tokenise_each(self._plain, changed), strict=True):
            if before != tokens[chunk]:
                self._volatile[chunk] = (before[0], before[-1])
        for chunk in chunks:
            self._words[chunk] = tuple(tokens.get(chunk, (chunk,)))
            self._marks[chunk] = sentence_marks(self._words[chunk])
            self._num_remembered_characters += len(chunk)

    def _tokenise_each(self, tokenizer: Any, chunks: list[str]) -> list[list[str]]:
        """Tokens of each chunk. A newline between chunks is a token of its own that no special case holds."""
        found: list[list[str]] = [[]] if chunks else []
        for word in self._tokenise(tokenizer, "\n".join(chunks)):
            if word == "\n":
                found.append([])
            else:
                found[-1].append(word)
        return found

    def _tokenise(self, tokenizer: Any, text: str) -> list[str]:
        """Tokens of `text`. The zone frees what spaCy would keep of every string it meets."""
        with self._vocabulary.memory_zone():
            return _texts(tokenizer(text))

    def _meets_across_a_space(self, chunks: list[str]) -> bool:
        """Whether a volatile chunk and a neighbour may be parts of one special case (any whitespace counts as one)."""
        if self._volatile.keys().isdisjoint(chunks):
            return False
        places = (place for place, chunk in enumerate(chunks) if chunk in self._volatile)
        meetings = (pair for place in places for pair in pairwise(chunks[max(place - 1, 0) : place + 2]))
        return any((self._edges(left)[1], self._edges(right)[0]) in self._pairs for left, right in meetings)

    def _edges(self, chunk: str) -> tuple[str, str]:
        """First and last token of `chunk` as the last pass finds them."""
        tokens = self._words[chunk]
        return self._volatile.get(chunk) or (tokens[0], tokens[-1])


def sentence_marks(tokens: Sequence[str]) -> str:
    """One letter for each token that matters to the sentencizer: T ends a sentence, W can start one."""
    return "".join("T" if token in _SENTENCE_ENDS else "" if is_punct(token) else "W" for token in tokens)


def _last_pass(full: Any, bare: Any) -> tuple[frozenset[str], frozenset[tuple[str, str]]]:
    """What the last pass looks for: the tokens it puts in, and the pairs of neighbours inside what it replaces.

    `bare` is the tokenizer `full` without special cases.
    """
    replacements: set[str] = set()
    pairs: set[tuple[str, str]] = set()
    for case in filter(str.strip, full.rules):
        before, after = _texts(bare(case)), _texts(full(case))
        pairs.update(pairwise(before))
        if before != after:
            replacements.update(after)
    return frozenset(replacements), frozenset(pairs)


def _rebuilt(tokenizer: Any, vocabulary: Vocab, special_cases: Any) -> Any:
    """`tokenizer` with another vocabulary and other special cases."""
    return Tokenizer(
        vocabulary,
        rules=special_cases,
        prefix_search=tokenizer.prefix_search,
        suffix_search=tokenizer.suffix_search,
        infix_finditer=tokenizer.infix_finditer,
        url_match=tokenizer.url_match,
    )


def _without_last_pass(tokenizer: Any, vocabulary: Vocab) -> Any:
    """The same tokenizer with its special cases but without the pass that looks for them between affixes.

    A special case enters that pass as it is loaded, if an affix rule finds something in it; so the affix rules find
    nothing until all cases are loaded.
    """
    loaded: list[bool] = []
    silenced = SimpleNamespace(
        prefix_search=lambda text: tokenizer.prefix_search(text) if loaded else None,
        suffix_search=lambda text: tokenizer.suffix_search(text) if loaded else None,
        infix_finditer=lambda text: tokenizer.infix_finditer(text) if loaded else (),
        url_match=tokenizer.url_match,
    )
    plain = _rebuilt(silenced, vocabulary, tokenizer.rules)
    loaded.append(True)
    return plain


def _texts(tokens: Iterable[Any]) -> list[str]:
    return [token.text for token in tokens]
