"""Token datasets written by hand, as the contract says and without the code that makes real ones."""

import random
from dataclasses import dataclass, field, replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from blake3 import blake3

from schemas.manifest import SHARDS, Manifest, Shard
from schemas.manifest import Tokenizer as TokenizerEntry
from schemas.sequence import sequence

END_OF_TEXT_ID = 0


@dataclass(frozen=True)
class Recipe:
    """Row i starts with token i + 1, holds 1 to 4 documents, and every fifth row ends in padding."""

    rows_per_shard: tuple[int, ...]
    context_length: int = 8
    vocabulary_size: int = 50_000
    rows_per_batch: int = 4
    compression: str | None = None
    tokenizer_json: str = "{}"
    tokenizer: TokenizerEntry | None = None
    manifest_changes: dict = field(default_factory=dict)

    @property
    def num_rows(self) -> int:
        return sum(self.rows_per_shard)

    def rows(self) -> list[dict]:
        return [self.row(number) for number in range(self.num_rows)]

    def row(self, number: int) -> dict:
        draw = random.Random(number)
        num_tokens = self.context_length - (draw.randrange(1, self.context_length) if number % 5 == 4 else 0)
        ids = [number + 1, *(draw.randrange(1, self.vocabulary_size) for _ in range(num_tokens - 1))]
        starts = sorted({0, *(draw.randrange(num_tokens) for _ in range(number % 4))})
        padding = [END_OF_TEXT_ID] * (self.context_length - num_tokens)
        return {"token_ids": ids + padding, "document_starts": starts, "num_tokens": num_tokens}

    def write(self, folder: Path) -> Path:
        (folder / "shards").mkdir(parents=True)
        rows = self.rows()
        schema = sequence(self.context_length, self.vocabulary_size).arrow()
        table, first = [], 0
        for number, count in enumerate(self.rows_per_shard):
            table.append(self._write_shard(folder, f"shards/{number:05}.arrow", rows[first : first + count], schema))
            first += count
        pq.write_table(
            pa.Table.from_pylist([vars(shard) for shard in table], SHARDS.arrow()), folder / "shards.parquet"
        )
        (folder / "tokenizer.json").write_text(self.tokenizer_json)
        (folder / "manifest.json").write_text(self._manifest(folder, table).to_json())
        return folder

    def _write_shard(self, folder: Path, path: str, rows: list[dict], schema: pa.Schema) -> Shard:
        options = pa.ipc.IpcWriteOptions(compression=self.compression)
        with pa.ipc.new_file(str(folder / path), schema, options=options) as writer:
            whole = pa.RecordBatch.from_pylist(rows, schema)
            for start in range(0, len(rows), self.rows_per_batch):
                writer.write_batch(whole.slice(start, self.rows_per_batch))
        data = (folder / path).read_bytes()
        num_tokens = sum(row["num_tokens"] for row in rows)
        return Shard(path, f"unit-{path}", len(rows), num_tokens, len(data), blake3(data).hexdigest())

    def _manifest(self, folder: Path, table: list[Shard]) -> Manifest:
        tokenizer_hash = blake3(self.tokenizer_json.encode()).hexdigest()
        manifest = Manifest(
            corpus="web_en",
            stage="tokens",
            version="v1",
            recipe={},
            fingerprint="0" * 64,
            parents=(),
            schema=(),
            totals={
                "rows": self.num_rows,
                "tokens": sum(shard.tokens for shard in table),
                "bytes": sum(shard.bytes for shard in table),
                "shards": len(table),
            },
            accounting={},
            validation={},
            shards_hash=blake3((folder / "shards.parquet").read_bytes()).hexdigest(),
            tokenizer=self.tokenizer or TokenizerEntry("tiny", tokenizer_hash, self.vocabulary_size, END_OF_TEXT_ID),
            context_length=self.context_length,
            extra={"rows_per_batch": self.rows_per_batch},
        )
        return replace(manifest, **self.manifest_changes)
