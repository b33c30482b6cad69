import gzip
import json
import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from source_files import STORES, members, read_all, warc_record, write

from pipelines.sources import Piece, Reading, SourceFile, Unit, find_files, plan_units, split_points

READING = Reading(unit_bytes=1000, small_file_bytes=500)


def source_file(number: int, size: int) -> SourceFile:
    return SourceFile(f"raw/{number:05}.txt", f"file:///{number}", size, "v", f"c{number}")


def test_a_name_depends_on_what_is_read_and_not_on_where_or_when():
    piece = Piece(source_file(1, 10))
    name = Unit((piece,)).name("f")
    assert len(name) == 32
    assert int(name, 16)
    assert Unit((replace(piece, file=replace(piece.file, uri="s3://b/1", version="w")),)).name("f") == name
    others = [
        replace(piece, start=1),
        replace(piece, end=10),
        *(
            replace(piece, file=replace(piece.file, **change))
            for change in ({"source": "x"}, {"size_bytes": 9}, {"checksum": "d"})
        ),
    ]
    names = {
        name,
        Unit((piece,)).name("g"),
        Unit((piece, piece)).name("f"),
        *(Unit((other,)).name("f") for other in others),
    }
    assert len(names) == 8


def test_a_unit_survives_its_way_to_a_worker():
    unit = Unit((Piece(source_file(1, 10)), Piece(source_file(2, 20), 3, 9)))
    assert Unit.from_json(unit.to_json()) == unit
    assert unit.size_bytes == 16


def test_a_large_jsonl_file_is_split_and_a_compressed_one_is_not(tmp_path):
    lines = b'{"text": "abcdefgh"}\n' * 120
    path, packed = write(tmp_path, "a.jsonl", lines), write(tmp_path, "b.jsonl.gz", gzip.compress(lines, 0))
    units = plan_units(find_files(STORES, [path, packed]), READING, STORES)
    assert [(u.pieces[0].start, u.pieces[0].end) for u in units] == [(0, 1000), (1000, 2000), (2000, None), (0, None)]
    assert sum(unit.size_bytes for unit in units[:3]) == len(lines)


@pytest.mark.parametrize("suffix", [".warc", ".warc.gz"])
def test_a_large_warc_file_is_split_where_records_start(tmp_path, suffix):
    records = [warc_record(str(number).encode() * 40) for number in range(40)]
    parts = members(*records) if suffix == ".warc.gz" else records
    path = write(tmp_path, "a" + suffix, b"".join(parts))
    (file,) = find_files(STORES, [path])
    points = split_points(file, READING, STORES)
    starts = {sum(map(len, parts[:number])) for number in range(40)}
    assert points
    assert set(points) <= starts
    expected = {
        min(start for start in starts if start // 1000 == bucket) for bucket in {s // 1000 for s in starts} - {0}
    }
    assert points == sorted(expected)


def test_points_found_elsewhere_spare_the_first_pass(tmp_path):
    path = write(tmp_path, "a.warc.gz", b"no warc" * 1000)
    (file,) = find_files(STORES, [path])
    units = plan_units([file], READING, STORES, {"a.warc.gz": [3000]})
    assert [(unit.pieces[0].start, unit.pieces[0].end) for unit in units] == [(0, 3000), (3000, None)]


@pytest.mark.parametrize("index", ["a.warc.gz.cdxj", "a.cdxj"])
def test_an_index_beside_the_file_gives_the_split_points(tmp_path, index):
    parts = members(*(warc_record(str(number).encode() * 40) for number in range(40)))
    offsets = [sum(map(len, parts[:number])) for number in range(40)]
    path = write(tmp_path, "a.warc.gz", b"".join(parts))
    chosen = [offsets[30], offsets[10], offsets[20]]
    entries = [json.dumps({"offset": str(offset), "filename": "cc/a.warc.gz"}) for offset in chosen]
    entries.append(json.dumps({"offset": "2001", "filename": "cc/other.warc.gz"}))
    write(tmp_path, index, "".join(f"org,a)/ 2026 {entry}\n" for entry in entries).encode())
    (file,) = find_files(STORES, [path])
    assert split_points(file, READING, STORES) == sorted(chosen)
    assert read_all(path, READING) == read_all(path, Reading())


@pytest.mark.parametrize(
    "index", [b"nonsense\n", b'a b {"offset": "2001"}\n', b'a b {"offset": "9999999"}\n', b"a b [1]\n", b""]
)
def test_an_index_that_does_not_fit_is_not_believed(tmp_path, index):
    path = write(tmp_path, "a.warc.gz", b"".join(members(*(warc_record(str(n).encode() * 40) for n in range(40)))))
    (file,) = find_files(STORES, [path])
    without = split_points(file, READING, STORES)
    write(tmp_path, "a.warc.gz.cdxj", index)
    assert split_points(file, READING, STORES) == without != []


def test_each_file_is_in_exactly_one_unit_whatever_the_order_of_the_list():
    files = [source_file(number, number % 700) for number in range(3000)]
    units = plan_units(files, READING, STORES)
    assert sorted(piece.file.source for unit in units for piece in unit.pieces) == [file.source for file in files]
    assert plan_units(files[::-1], READING, STORES) == units
    assert max(unit.size_bytes for unit in units) <= 4 * READING.unit_bytes + READING.small_file_bytes


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_a_new_file_renames_at_most_one_unit(seed):
    chosen = random.Random(seed)
    files = [source_file(2 * number, chosen.randrange(700)) for number in range(300)]
    new = source_file(2 * chosen.randrange(300) + 1, chosen.randrange(700))
    before = {unit.name("f") for unit in plan_units(files, READING, STORES)}
    after = {unit.name("f") for unit in plan_units([*files, new], READING, STORES)}
    assert len(before - after) <= 1
    assert 1 <= len(after - before) <= 2
