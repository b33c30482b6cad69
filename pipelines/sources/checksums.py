"""What the bytes of each input hash to: read once per state of a file, and remembered beside the output.

BLAKE3 whatever the store, because units are named by it: the same files give the same names from S3, HDFS or a disk.
Hashing reads every byte once more, under 1 % of what judging it costs; remembering spares that of every later run.
"""

import io
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.parquet as pq
from blake3 import blake3

from pipelines.errors import AlreadyExistsError, NotFoundError
from pipelines.storage import Stat, Stores, join

NUM_THREADS = 8
"""Checksums of many files at once: a store answers slower than it sends."""

Checksums = Callable[[Sequence[Stat]], Mapping[str, str]]
"""States of files → URI → BLAKE3; without those that vanished or changed meanwhile."""

_SCHEMA = pa.schema(
    [("uri", pa.string()), ("size_bytes", pa.int64()), ("version", pa.string()), ("checksum", pa.string())]
)


def read_checksums(stores: Stores, stats: Sequence[Stat]) -> dict[str, str]:
    """The checksums, by reading the files here."""

    def of(stat: Stat) -> str | None:
        try:
            return stores.checksum(stat.uri, stat.version)
        except NotFoundError:  # and ChangedError
            return None

    with ThreadPoolExecutor(NUM_THREADS) as threads:
        results = list(threads.map(of, stats))
    return {stat.uri: found for stat, found in zip(stats, results, strict=True) if found is not None}


@dataclass(frozen=True)
class Remembered:
    """The checksums of a folder of tables, one written by each run that met states of files not met before."""

    stores: Stores
    folder: str
    """URI; in it only these tables: Parquet, named by their BLAKE3."""
    read: Checksums

    def __call__(self, stats: Sequence[Stat]) -> dict[str, str]:
        """What is remembered, and of the others what `read` finds, which is remembered from now on."""
        known = self._known()
        found = {stat.uri: checksum for stat in stats if (checksum := known.get(_state(stat)))}
        missing = [stat for stat in stats if stat.uri not in found]
        read = self.read(missing) if missing else {}
        self._remember([(*_state(stat), read[stat.uri]) for stat in missing if stat.uri in read])
        return {**found, **read}

    def _known(self) -> dict[tuple[str, int, str], str]:
        known = {}
        for stat in self.stores.list_files(self.folder):
            columns = pq.read_table(io.BytesIO(self.stores.read(stat.uri)), schema=_SCHEMA).to_pydict()
            for uri, size_bytes, version, checksum in zip(*columns.values(), strict=True):
                known[uri, size_bytes, version] = checksum
        return known

    def _remember(self, rows: Sequence[tuple[str, int, str, str]]) -> None:
        if not rows:
            return
        columns = [pa.array(column) for column in zip(*sorted(rows), strict=True)]
        sink = io.BytesIO()
        pq.write_table(pa.Table.from_arrays(columns, schema=_SCHEMA), sink, compression="zstd")
        name = blake3(sink.getvalue()).hexdigest(length=16)
        try:
            self.stores.put_if_absent(join(self.folder, f"{name}.parquet"), sink.getvalue())
        except AlreadyExistsError:  # another run has read the same files
            return


def _state(stat: Stat) -> tuple[str, int, str]:
    return stat.uri, stat.size_bytes, stat.version
