"""Document shards: Parquet files written through storage, with the unit's account in the footer.

A unit's files are published shard last, so a shard that is there stands for a unit that is done.
"""

import io
import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, Self

import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.catalog.dataset import hash_of
from pipelines.errors import AlreadyExistsError, DatasetError, StorageError
from pipelines.storage import Output, Stores, join
from schemas import Schema, Shard

ROW_GROUP_BYTES = 64 << 20
_ACCOUNT = b"phloem.account"


def shard_path(folder: str, unit: str, suffix: str = "parquet") -> str:
    """`folder/ab/abcd….parquet`: 256 folders, for HDFS holds at most 2^20 names in one."""
    return f"{folder}/{unit[:2]}/{unit}.{suffix}"


@contextmanager
def new_file(stores: Stores, uri: str) -> Iterator[Output]:
    """A new object; when another attempt wrote it meanwhile, it must hold the same bytes (DatasetError if not)."""
    written = None
    try:
        with stores.create(uri) as output:
            yield output
            written = output.size_bytes, output.blake3()
    except AlreadyExistsError:
        if written is None or hash_of(stores, uri) != written:
            raise DatasetError(f"{uri} is there with other bytes: a step gave two results for the same input") from None


class ParquetShard:
    """Streams record batches into one Parquet file; row groups of about 64 MB, zstd, page index, a checksum a page.

    It is closed inside its `with` block, or by an error that leaves the block.
    """

    def __init__(self, output: Output, schema: Schema) -> None:
        self._schema = schema.arrow()
        kept = {"compression": "zstd", "write_page_index": True, "write_page_checksum": True}
        self._writer = pq.ParquetWriter(Sink(output), self._schema, **kept)
        self._pending: list[pa.RecordBatch] = []
        self._pending_bytes = 0
        self.rows = 0

    def __enter__(self) -> Self:
        """Start writing."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        """After an error, end pyarrow's writer while its output is there: it would do so when it is collected."""
        if kind is not None:
            with suppress(pa.ArrowException, OSError, ValueError, StorageError):  # the error on its way out says more
                self._writer.close()

    def write(self, batch: pa.RecordBatch) -> None:
        """Append rows; they reach the file a row group at a time."""
        if batch.num_rows:
            self._pending.append(batch)
            self._pending_bytes += batch.nbytes
            self.rows += batch.num_rows
        if self._pending_bytes >= ROW_GROUP_BYTES:
            self._write_row_group()

    def close(self, account: dict[str, Any] | None = None) -> None:
        """Write what is left, and the account into the footer."""
        if self._pending:
            self._write_row_group()
        if account is not None:
            self._writer.add_key_value_metadata({_ACCOUNT: json.dumps(account, sort_keys=True).encode()})
        self._writer.close()

    def _write_row_group(self) -> None:
        # One contiguous table: page boundaries then follow from the rows alone.
        table = pa.Table.from_batches(self._pending, self._schema).combine_chunks()
        self._writer.write_table(table, row_group_size=max(table.num_rows, 1))
        self._pending, self._pending_bytes = [], 0


def described(stores: Stores, dataset_uri: str, path: str, unit: str) -> tuple[Shard, dict[str, Any]]:
    """A document shard that is there, read again: its row in the shard table and its unit's account."""
    uri = join(dataset_uri, path)
    size_bytes, digest = hash_of(stores, uri)
    with stores.open(uri) as stream:
        footer = pq.read_metadata(stream)
    account = json.loads(footer.metadata[_ACCOUNT])
    return Shard(path, unit, footer.num_rows, 0, size_bytes, digest), account


def read_shard(stores: Stores, uri: str, columns: list[str]) -> Iterator[pa.RecordBatch]:
    """Some columns of a document shard, a bounded batch at a time; DatasetError when a page of them was altered."""
    with stores.open(uri) as stream:
        try:
            file = pq.ParquetFile(stream, page_checksum_verification=True)
            missing = file.metadata.num_rows
            for batch in file.iter_batches(batch_size=1024, columns=columns):
                missing -= batch.num_rows
                yield batch
        except (pa.ArrowException, OSError) as error:
            raise _altered(uri, str(error)) from error
    if missing:  # a page whose header does not say that it is one is passed over without a word
        raise _altered(uri, f"{missing} rows are missing")


def _altered(uri: str, how: str) -> DatasetError:
    return DatasetError(f"{uri} was altered since it was written ({how}): phloem verify finds and repairs it")


class Sink(io.RawIOBase):
    """An output as the file object that pyarrow writes to."""

    def __init__(self, output: Output) -> None:
        self._output = output

    def writable(self) -> bool:
        """Asked by pyarrow."""
        return True

    def write(self, data: Any) -> int:
        """Append bytes."""
        return self._output.write(data)
