"""A dataset with a file of every kind, among its version's others, and what is done to it: altered, lost, compared."""

import subprocess
from dataclasses import replace

from blake3 import blake3
from published_datasets import manifest_of, place_in, write_shards

from pipelines.catalog import open_dataset
from pipelines.catalog.publish import publish
from pipelines.catalog.versions import claim
from pipelines.storage import Stores, normalized, relative
from schemas import Tokenizer

STORES = Stores()
CONTENTS = {"a": b"first" * 1000, "b": b"second" * 1000, "c": b"third" * 1000}
OTHERS = {
    "accounts/a": b"how they add up",
    "rejected/a": b"rows that were rejected",
    "quarantine/a": b"rows that could not be read",
}
BESIDE = {"tokenizer.json": b"{}", "statistics.json": b'{"rows": 3}\n'}
NAMES = [
    "accounts/a",
    "manifest.json",
    "quarantine/a",
    "rejected/a",
    "shards.parquet",
    *(f"shards/{name}" for name in CONTENTS),
    "statistics.json",
    "tokenizer.json",
]


def kept(folder, stage="tokens", version="v1", parents=(), contents=CONTENTS, beside=BESIDE):
    """Publish one with a claim; its URI."""
    place = place_in(folder, stage, version)
    claim(STORES, place, {"recipe of": stage})
    shards = write_shards(place, contents)
    for name, data in (OTHERS | beside).items():
        STORES.put_if_absent(place.file(name), data)
    manifest = replace(
        manifest_of(shards, stage=stage, version=version, **({"parents": tuple(parents)} if parents else {})),
        tokenizer=Tokenizer("tiny", blake3(beside["tokenizer.json"]).hexdigest(), 300, 0),
        extra={"statistics_hash": blake3(beside["statistics.json"]).hexdigest()},
    )
    return publish(STORES, place.uri, manifest, shards, [*OTHERS, *beside]).uri


def whole_version(folder, version="v1"):
    """All three stages, each made from the one before, and a report; the URI of the last."""
    parent, uri = (), ""
    for stage in ("clean", "deduplicated", "tokens"):
        uri = kept(folder, stage, version, parent)
        parent = [{"name": stage, "version": version, "manifest_hash": open_dataset(uri).manifest_hash}]
    STORES.put_if_absent(place_in(folder, "tokens", version).report_uri, b"<!DOCTYPE html>")
    return uri


def bytes_of(stores, uri):
    """Path → bytes of every file at or below `uri`."""
    return {relative(stat.uri, normalized(uri)): stores.read(stat.uri) for stat in stores.list_files(uri)}


def replaced(stores, uri, data):
    """Other bytes under a name, in a file of its own as a store would have."""
    stores.delete(uri)
    stores.put_if_absent(uri, data)


def flipped(stores, uri):
    """One bit of the last byte is another."""
    data = stores.read(uri)
    replaced(stores, uri, data[:-1] + bytes([data[-1] ^ 1]))


def leases(folder):
    return [path.name for path in folder.rglob("running-*")]


def kill_when_it_says(command, line):
    """Start a program, kill -9 it as soon as it prints `line`, and bury it."""
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as program:
        try:
            assert program.stdout.readline() == line
        finally:
            program.kill()
