"""What every store promises of names and bytes."""

import io

import pytest
from blake3 import blake3
from store_programs import names

from pipelines.errors import AlreadyExistsError, ChangedError, NotFoundError, StorageError
from pipelines.storage import join, relative, scheme

ODD_NAMES = ["with space", " at both ends ", "Übergrößen 名前 🌳", "100%.txt", "%2F%20", "a#b", "a+b", "a?b&c=d", "..."]
ODD_NAMES += [".hidden", "..two", "~", "quote'\"", "back\\slash", "glob*[a-z]", "two\nlines", "semi;colon", "-dash"]
ODD_NAMES += ["co:lon"]
REFUSED_NAMES = {"hdfs": ["co:lon"]}
"""Kind of store → the names among these that it has no way to hold."""


def test_what_was_put_is_read_back_with_its_size(place):
    stores, root = place
    uri = join(root, "deep", "er", "name")
    stores.put_if_absent(uri, b"some bytes")
    assert stores.read(uri) == b"some bytes"
    assert stores.stat(uri).size_bytes == 10
    assert stores.stat(uri).uri == uri
    with stores.open(uri) as stream:
        stream.seek(-5, io.SEEK_END)
        assert stream.read(3) == b"byt"


def test_a_name_is_written_once_and_keeps_its_first_bytes(place):
    stores, root = place
    uri = join(root, "once")
    stores.put_if_absent(uri, b"first")
    with pytest.raises(AlreadyExistsError, match="once"):
        stores.put_if_absent(uri, b"second")
    with pytest.raises(AlreadyExistsError, match="once"), stores.create(uri) as output:
        output.write(b"third")
    assert stores.read(uri) == b"first"
    assert stores.sweep(root) == 0


def test_what_was_begun_while_the_name_was_taken_gets_it_when_it_is_free_at_the_end(place):
    stores, root = place
    uri = join(root, "mended")
    stores.put_if_absent(uri, b"damaged")
    with stores.create(uri) as output:
        output.write(b"whole")
        assert stores.read(uri) == b"damaged"
        stores.delete(uri)
    assert stores.read(uri) == b"whole"


def test_an_output_counts_and_hashes_what_is_written(place):
    stores, root = place
    uri = join(root, "streamed")
    with stores.create(uri) as output:
        assert output.write(b"abc") == 3
        assert output.write(memoryview(b"defg")) == 4
        assert output.size_bytes == 7
        assert output.blake3() == blake3(b"abcdefg").hexdigest()
    assert stores.read(uri) == b"abcdefg"


def test_a_listing_is_recursive_ordered_and_of_whole_names(place):
    stores, root = place
    for name in ("b/2", "a/z", "a.txt", "b/1", "a-1", "a/b/c", "ab/1"):
        stores.put_if_absent(join(root, name), b"x")
    assert names(stores, root) == ["a-1", "a.txt", "a/b/c", "a/z", "ab/1", "b/1", "b/2"]
    assert names(stores, join(root, "a")) == ["b/c", "z"]
    assert names(stores, join(root, "a", "z")) == ["z"]
    assert names(stores, join(root, "nothing")) == []


@pytest.mark.parametrize("name", ODD_NAMES)
def test_an_odd_name_is_a_name_like_any_other_or_refused_before_anything_is_written(place, name):
    stores, root = place
    uri = join(root, name, name)
    if name in REFUSED_NAMES.get(scheme(root), ()):
        for write in (stores.put_if_absent, lambda uri, _: stores.create(uri)):
            with pytest.raises(StorageError, match=name):
                write(uri, b"odd")
        assert (names(stores, root), stores.sweep(root)) == ([], 0)
        return
    stores.put_if_absent(uri, b"odd")
    stores.copy(uri, join(root, name, "copy of " + name))
    assert sorted(names(stores, root)) == sorted([f"{name}/{name}", f"{name}/copy of {name}"])
    assert {stat.uri for stat in stores.list_files(root)} == {uri, join(root, name, "copy of " + name)}
    assert stores.read(next(iter(stores.list_files(uri))).uri) == b"odd"
    stores.delete(uri)
    assert not stores.exists(uri)


def test_ten_thousand_objects_are_all_listed_in_order(place, make_many):
    stores, root = place
    make_many([f"{number:05}" for number in range(9_999, -1, -1)])
    assert names(stores, root) == [f"{number:05}" for number in range(10_000)]


def test_a_copy_outlives_its_source_and_is_written_once(place):
    stores, root = place
    source, copy = join(root, "v1", "a"), join(root, "v2", "a")
    stores.put_if_absent(source, b"bytes")
    stores.copy(source, copy)
    with pytest.raises(AlreadyExistsError, match="v2/a"):
        stores.copy(source, copy)
    stores.delete(source)
    assert not stores.exists(source)
    assert stores.read(copy) == b"bytes"


def test_copying_what_is_not_there_names_the_source(place):
    stores, root = place
    with pytest.raises(NotFoundError, match="absent"):
        stores.copy(join(root, "absent"), join(root, "copy"))


@pytest.mark.parametrize("data", [b"", b"bytes", b"\x00" * 300_000])
def test_a_checksum_depends_on_the_bytes_alone(place, data):
    stores, root = place
    stores.put_if_absent(join(root, "one"), data)
    stores.put_if_absent(join(root, "another", "name"), data)
    stores.put_if_absent(join(root, "other"), data + b".")
    assert stores.checksum(join(root, "one")) == blake3(data).hexdigest()
    assert stores.checksum(join(root, "one")) == stores.checksum(join(root, "another", "name"))
    assert stores.checksum(join(root, "one")) != stores.checksum(join(root, "other"))


def test_a_version_changes_when_a_name_is_written_anew(place):
    stores, root = place
    uri = join(root, "rewritten")
    stores.put_if_absent(uri, b"same size")
    before = stores.stat(uri).version
    assert stores.stat(uri).version == before
    stores.delete(uri)
    stores.put_if_absent(uri, b"same_size")
    assert stores.stat(uri).version != before


def test_a_version_that_was_asked_for_is_served_or_refused_but_never_another(place):
    stores, root = place
    uri = join(root, "pinned")
    stores.put_if_absent(uri, b"before")
    version = stores.stat(uri).version
    with stores.open(uri, version) as stream:
        assert stream.read() == b"before"
    stores.delete(uri)
    stores.put_if_absent(uri, b"after!")
    with pytest.raises(ChangedError, match="pinned"):
        stores.stat(uri, version)
    with pytest.raises(ChangedError, match="pinned"):
        stores.open(uri, version)
    with stores.open(uri, stores.stat(uri).version) as stream:
        assert stream.read() == b"after!"


@pytest.mark.parametrize("operation", ["stat", "open", "read", "checksum"])
def test_what_is_not_there_is_named(place, operation):
    stores, root = place
    with pytest.raises(NotFoundError, match="no such thing") as caught:
        getattr(stores, operation)(join(root, "no such thing"))
    assert root in str(caught.value)


def test_a_folder_is_no_object(place):
    stores, root = place
    stores.put_if_absent(join(root, "folder", "file"), b"x")
    assert not stores.exists(join(root, "folder"))
    with pytest.raises(StorageError, match="folder"):
        stores.read(join(root, "folder"))


def test_deleting_what_is_not_there_does_nothing(place):
    stores, root = place
    stores.put_if_absent(join(root, "neighbour"), b"x")
    stores.delete(join(root, "never was"))
    assert [relative(stat.uri, root) for stat in stores.list_files(root)] == ["neighbour"]
