"""The process's memory of words: every chunk of a scan is looked into once."""

import re
import unicodedata
from functools import cache

import numpy as np
import numpy.typing as npt

from pipelines.text.characters import DIGITS, SYMBOLS
from pipelines.text.rules import FINEWEB
from pipelines.text.scan.memory import PADDING
from pipelines.text.scan.strings import Strings, lookup
from pipelines.text.scan.walk import ChunkTable, chunk_table
from pipelines.text.words.classes import classes, english_tokenizer
from pipelines.text.words.lexicon import BREAKS_SPACY, Lexicon, empty_lexicon, enlarged, token_flags
from pipelines.text.words.normal import put_normal_text
from pipelines.text.words.resolve import resolve
from pipelines.text.words.room import new_room
from pipelines.text.words.special import Patterns, add_edge, pattern_texts, special_cases
from pipelines.text.words.urls import IS_NO_URL, IS_URL, UNKNOWN

_BLOCK = 1 << 11  # chunks looked into at a time; room is made for as many tokens as they have bytes

_DIGIT = f"[{re.escape(''.join(sorted(DIGITS)))}]+"
_NUMBER = re.compile(rf"{_DIGIT}(?:[.,،٫⎖⎗⎘]{_DIGIT})?")
_SYMBOLS_TO_SPACE = dict.fromkeys(map(ord, SYMBOLS), " ")


_Rows = npt.NDArray[np.int64]


class English:
    """What is known of the chunks of one table."""

    def __init__(self, table: ChunkTable) -> None:
        """Know nothing yet; spaCy is loaded here (about a second)."""
        self.table = table
        self._classes, self._cases = classes(), special_cases()
        self._is_url = english_tokenizer().url_match
        self._stop_words: tuple[str, ...] = ()
        self._generation = self._known = 0
        self._begin(FINEWEB.stop_words)

    @property
    def stop_words(self) -> tuple[str, ...]:
        """The words whose tokens have the first numbers."""
        return self._stop_words

    def learn(self, stop_words: tuple[str, ...] | None = None) -> None:
        """Look into every chunk of the table that is new."""
        wanted = self._stop_words if stop_words is None else stop_words
        if wanted != self._stop_words or self._generation != self.table.generation:
            self._begin(wanted)
        while self._known < self.table.num_chunks:
            last = min(self._known + _BLOCK, self.table.num_chunks)
            self._look_into(np.arange(self._known, last))
            self._known = last

    def _begin(self, stop_words: tuple[str, ...]) -> None:
        self.lexicon: Lexicon = empty_lexicon(self.table.max_chunks)
        self._stop_words = stop_words
        self._generation, self._known = self.table.generation, 0
        for word in stop_words:
            self._number(word)
        self.patterns = self._numbered_patterns()
        self._breaking = self._number(BREAKS_SPACY)

    def _number(self, word: str) -> int:
        data = np.frombuffer(bytearray(word.encode() + bytes(PADDING)), np.uint8)
        return int(lookup(self.lexicon.texts, data, 0, len(data) - PADDING))

    def _look_into(self, rows: _Rows) -> None:
        chunks = self.table.strings
        num_bytes = int(chunks.length[rows].sum())
        self.lexicon = enlarged(self.lexicon, self.table.num_chunks, num_bytes)
        urls, unsure = np.empty((len(rows), 3), np.int64), np.empty(len(rows), np.int64)
        verdicts = np.full(len(rows), UNKNOWN, np.uint8)
        num_urls, num_unsure = self._resolve(chunks, rows, verdicts, urls, unsure)
        asked = urls[:num_urls].copy()
        self._normalise(chunks, unsure[:num_unsure])
        if num_urls:
            verdicts = np.array([self._verdict(chunks, start, end) for _, start, end in asked.tolist()], np.uint8)
            _, num_unsure = self._resolve(chunks, asked[:, 0].copy(), verdicts, urls, unsure)
            self._normalise(chunks, unsure[:num_unsure])

    def _resolve(
        self, chunks: Strings, rows: _Rows, verdicts: npt.NDArray[np.uint8], urls: _Rows, unsure: _Rows
    ) -> tuple[int, int]:
        fixed = (self._classes, self._cases, self.patterns, self._breaking)
        room = new_room(int(chunks.length[rows].max(initial=0)))
        num_urls, num_unsure = resolve(chunks, rows, verdicts, self.lexicon, *fixed, room, urls, unsure)
        return num_urls, num_unsure

    def _verdict(self, chunks: Strings, start: int, end: int) -> int:
        return IS_URL if self._is_url(chunks.arena[start:end].tobytes().decode()) else IS_NO_URL

    def _normalise(self, chunks: Strings, rows: _Rows) -> None:
        for row in rows.tolist():
            start = int(chunks.offset[row])
            chunk = chunks.arena[start : start + int(chunks.length[row])].tobytes().decode()
            text = "".join(f"{piece} " for piece in normal_pieces(chunk)).encode()
            self.lexicon = enlarged(self.lexicon, 0, len(text))
            data = np.frombuffer(bytearray(text + bytes(PADDING)), np.uint8)
            put_normal_text(self.lexicon, row, data, len(text), self._classes, self._cases, new_room(len(text)))

    def _numbered_patterns(self) -> Patterns:
        """The patterns of the last pass as a tree of this lexicon's token numbers."""
        nodes: list[dict[int, int]] = [{}]
        ends, firsts = [-1], [0]
        tokens: list[str] = []
        for number, (before, after) in enumerate(pattern_texts()):
            node = 0
            for token in map(self._number, before):
                if token not in nodes[node]:
                    nodes[node][token] = len(nodes)
                    nodes.append({})
                    ends.append(-1)
                node = nodes[node][token]
            ends[node] = number
            tokens += after
            firsts.append(len(tokens))
        num_texts = int(self.lexicon.texts.counts[0])
        edges = np.zeros((1 << (2 * len(nodes)).bit_length(), 2), np.uint64)
        for node, behind in enumerate(nodes):
            for token, target in behind.items():
                add_edge(edges, node, token, target)
        rows = np.array([self._token_row(token) for token in tokens], np.int32)
        return Patterns(edges, np.array(ends), np.array(firsts), rows, np.array([num_texts]))

    def _token_row(self, text: str) -> tuple[int, int, int, int]:
        points = np.array(list(map(ord, text)), np.int64)
        flags = token_flags(points, 0, len(points), self._classes)
        return self._number(text), len(text), len(text.encode()), int(flags)


@cache
def english() -> English:
    """What is known of the chunks of the process's table."""
    return English(chunk_table())


def normal_pieces(chunk: str) -> list[str]:
    """The pieces of a chunk in MinHash's normal form, before they are cut into words.

    For the few chunks that the kernel does not normalise: a capital sigma's lower case depends on what is behind it.
    """
    joined = " ".join(_NUMBER.sub("0", chunk.lower()).translate(_SYMBOLS_TO_SPACE).split())
    return "".join(c for c in unicodedata.normalize("NFD", joined) if unicodedata.category(c) != "Mn").split()
