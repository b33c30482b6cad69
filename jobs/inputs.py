"""What a run reads: files found and hashed, tables landed; refused here what cannot be read or not be written."""

from collections.abc import Callable, Mapping, Sequence

from blake3 import blake3
from pyspark.sql import SparkSession

from pipelines.catalog.identity import canonical
from pipelines.catalog.layout import checksums_uri
from pipelines.errors import RefusedError, StorageError
from pipelines.sources import Checksums, Remembered, SourceFile, find_files, read_checksums
from pipelines.stages.failures import workers_errors
from pipelines.stages.spread import spread_checksums
from pipelines.stages.tables import Landing, TableInput, land_tables
from pipelines.storage import Stat, Stores, join, normalized

_SPREAD_BYTES = 4 << 30
"""Inputs to be hashed for the first time: below this, sooner done than Spark is started (1 GB/s and core)."""


def find_inputs(landing: Landing, inputs: Sequence[str], tables: Sequence[TableInput]) -> list[SourceFile]:
    """The inputs' files, and those that tables are landed in, ordered by source.

    RefusedError when one is not there, one name means both, or nothing can be written below the output.
    """
    files = find_files(landing.stores, inputs, landing.checksums) if inputs else []
    check_writable(landing.stores, landing.output, landing.corpus)
    names = sorted({asked.name for asked in tables} & {file.source.partition("/")[0] for file in files})
    if names:
        raise RefusedError(*(f"input {name} is a database and files: give one of them another NAME=" for name in names))
    landed = land_tables(landing, tables)
    return sorted([*files, *landed], key=lambda file: file.source)


def check_writable(stores: Stores, output: str, corpus: str) -> None:
    """RefusedError when nothing can be written below the output."""
    stores.of(output)  # an unknown scheme is told by the output's name, not by the probe's
    try:
        stores.check_writable(join(normalized(output), corpus))
    except StorageError as error:
        raise RefusedError(
            f"--output {output}: nothing can be written there: {error}; free it, or give another --output"
        ) from error


def checksums_of(stores: Stores, output: str, corpus: str, spark: Callable[[], SparkSession]) -> Checksums:
    """Remembered below the output, which must be writable; much is read on the workers, little here."""

    def read(stats: Sequence[Stat]) -> Mapping[str, str]:
        if sum(stat.size_bytes for stat in stats) < _SPREAD_BYTES:
            return read_checksums(stores, stats)
        with workers_errors():
            return spread_checksums(spark(), stats, stores)

    def checksums(stats: Sequence[Stat]) -> Mapping[str, str]:
        check_writable(stores, output, corpus)
        return Remembered(stores, checksums_uri(output, corpus), read)(stats)

    return checksums


def hash_of_inputs(files: Sequence[SourceFile]) -> str:
    """What is read, wherever it lies: the names and bytes of all files."""
    rows = [(file.source, file.size_bytes, file.checksum) for file in files]
    return blake3(canonical(rows).encode()).hexdigest()
