"""The scan finds the chunks that str.split finds, whatever the column, the table's size and what was remembered."""

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.errors import RefusedError
from pipelines.text.scan import columns, walk
from pipelines.text.scan.columns import column_of
from pipelines.text.scan.strings import text_of
from pipelines.text.scan.walk import ChunkTable, scans

SPACES = [chr(point) for point in range(0x110000) if chr(point).isspace()]
NEARLY_SPACES = ["\u200b", "\u180e", "\ufeff", "\x1b", "\x84", "\u2027", "\u3001", "\u1681", "\xa1", "\u2060"]
TEXTS = st.lists(
    st.lists(st.sampled_from([*SPACES, *NEARLY_SPACES, "a", "é", "𝪈", "x" * 8, "y" * 9, "z" * 33, "\x00"]) | st.text())
    .map("".join)
    .filter(lambda text: text.isascii() or "�" not in text.encode(errors="replace").decode()),
    max_size=8,
)


def chunks_of(scan, row):
    places = range(scan.first[row], scan.first[row + 1])
    found = [scan.bytes[scan.start[place] : scan.end[place]].tobytes().decode() for place in places]
    assert found == [text_of(scan.table.strings, scan.chunk[place]) for place in places]
    return found


def all_chunks(texts):
    return [chunks_of(scan, row) for scan in scans(texts) for row in range(scan.num_documents)]


@pytest.fixture
def tiny(monkeypatch):
    """A table that is full all the time, and slices of a few words."""
    table = ChunkTable(3, 16)
    monkeypatch.setattr(walk, "chunk_table", lambda: table)
    monkeypatch.setattr(columns, "SLICE_BYTES", 8)


@settings(max_examples=200, deadline=None)
@given(TEXTS)
def test_chunks_are_those_of_split(texts):
    texts = [text.encode("utf-8", "replace").decode() for text in texts]
    assert all_chunks(texts) == [text.split() for text in texts]


@pytest.mark.usefixtures("tiny")
def test_a_full_table_is_emptied_and_changes_nothing():
    texts = ["one two three four five six", "", "one", "seven eight nine ten eleven" * 3, "x" * 100_000, "one two"]
    for _ in range(3):
        assert all_chunks(texts) == [text.split() for text in texts]
    assert walk.chunk_table().generation > 3
    assert walk.chunk_table().num_chunks < 20


def test_strings_that_differ_in_one_byte_are_different_chunks():
    for length in (1, 7, 8, 9, 15, 16, 17, 24, 25, 40):
        base = bytearray(b"a" * length)
        texts = [bytes(base)]
        for place in range(length):
            other = bytearray(base)
            other[place] = ord("b")
            texts.append(bytes(other))
        texts += [b"a" * (length + 1), b"a" * length + b"\0"]
        scan = ChunkTable().scan(column_of(texts))
        assert len(set(scan.chunk.tolist())) == len(texts)


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string(), pa.string_view()])
def test_every_kind_of_string_column_is_read(kind):
    texts = ["one two", "", "three", "four  five"]
    array = pa.array(texts, kind)
    assert all_chunks(array) == [text.split() for text in texts]
    assert all_chunks(array.slice(1, 2)) == [[], ["three"]]
    assert all_chunks(array.slice(4)) == []
    assert all_chunks(pa.chunked_array([array.slice(2), array.slice(0, 1)])) == [
        ["three"],
        ["four", "five"],
        ["one", "two"],
    ]
    assert all_chunks(pa.array([], kind)) == all_chunks(pa.chunked_array([], kind)) == []


def test_the_same_array_is_walked_over_once():
    array = pa.array(["one two", "three"])
    before = list(scans(array))
    assert [scan is again for scan, again in zip(before, scans(array), strict=True)] == [True]
    # Another Python object for the same buffers is the same array; another range of them is not.
    assert next(scans(pa.Array.from_buffers(array.type, 2, array.buffers()))) is before[0]
    assert all_chunks(array.slice(1)) == [["three"]]
    walk.chunk_table().empty()
    assert next(scans(array)) is not before[0]


def test_large_batches_come_in_slices_and_a_larger_text_alone(monkeypatch):
    monkeypatch.setattr(columns, "SLICE_BYTES", 10)
    texts = ["12345", "1234", "1", "12", "x" * 30, "", "1"]
    assert [scan.num_documents for scan in scans(texts)] == [3, 1, 1, 2]
    assert all_chunks(texts) == [text.split() for text in texts]


def test_sixty_four_zeros_follow_the_last_byte():
    scan = next(scans(["abc"]))
    assert len(scan.bytes) == scan.offsets[-1] + 64
    assert not scan.bytes[scan.offsets[-1] :].any()


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        (["a", None], r"texts\[1\] is null"),
        (pa.array(["a", None]), r"texts\[1\] is null"),
        ([1], r"texts\[0\] is int"),
        (pa.array([b"a"]), "column of binary"),
        ("one text", "texts is a str"),
        (["a", "\ud800"], r"texts\[1\] holds a lone surrogate at character 0"),
        (pa.array([b"good", b"\xff\xfe", b"\xe2\x80"]).view(pa.string()), r"texts\[1\] is not valid UTF-8"),
        (pa.array([b"good", b"\xe2\x80"]).view(pa.string()).slice(1), r"texts\[0\] is not valid UTF-8"),
    ],
)
def test_what_is_no_text_is_refused(texts, message):
    with pytest.raises(RefusedError, match=message):
        list(scans(texts))
