"""Rows a second of TokenDataset in full random order, beside NumPy's gather from one memory-mapped array.

    python benchmarks/reader/throughput.py [--rows 20000] [--context-length 2048] [--shards 8] [--batch-size 64]

Both read the same tokens in batches of the same size, in turns, in one process, from warm files; the best of the
rounds of each is printed, and their ratio. The array is the floor: it knows its rows' order and nothing of shards,
documents or padding. The order alone is measured too, per core and for sizes that need no tokens.
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from blake3 import blake3

from pipelines.reader import TokenDataset
from pipelines.reader.order import Order
from schemas.manifest import SHARDS, Manifest, Shard, Tokenizer
from schemas.sequence import sequence

ROWS_PER_BATCH = 1024
VOCABULARY_SIZE = 50_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--context-length", type=int, default=2048)
    parser.add_argument("--shards", type=int, default=8)
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=7)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        tokens = write_dataset(Path(folder), arguments.rows, arguments.context_length, arguments.shards)
        compare(folder, tokens, arguments.batch_size, arguments.rounds)
    for num_rows in (10**5, 10**7, 10**9, (1 << 30) + 1):
        print(f"order of {num_rows:>13,} rows: {order_speed(num_rows) / 1e6:7.1f} M rows/s of processor time")


def compare(folder: str, tokens: np.memmap, batch_size: int, rounds: int) -> None:
    started = time.perf_counter()
    dataset = TokenDataset.open(folder, seed=7, batch_size=batch_size)
    first = next(iter(dataset))
    print(f"opened and first batch in {(time.perf_counter() - started) * 1e3:.1f} ms")
    np.testing.assert_array_equal(first["input_ids"], tokens[first["rows"]])
    order = np.random.default_rng(0).permutation(len(tokens))
    cases: dict[str, Callable[[], int]] = {
        "TokenDataset": lambda: sum(len(batch["input_ids"]) for batch in restarted(dataset)),
        "NumPy gather": lambda: gathered(tokens, order, batch_size),
        "TokenDataset, int64": lambda: sum(len(batch["input_ids"].astype(np.int64)) for batch in restarted(dataset)),
        "NumPy gather, int64": lambda: gathered(tokens, order, batch_size, np.int64),
    }
    best = dict.fromkeys(cases, 0.0)
    for _ in range(rounds):
        for name, read in cases.items():
            started = time.perf_counter()
            num_rows = read()
            best[name] = max(best[name], num_rows / (time.perf_counter() - started))
    for name, rows_per_second in best.items():
        print(f"{name:20s} {rows_per_second:12,.0f} rows/s {rows_per_second * tokens.shape[1] / 1e6:10,.0f} M tokens/s")
    print(f"ratio                {best['TokenDataset'] / best['NumPy gather']:12.2f}")
    print(f"ratio, int64         {best['TokenDataset, int64'] / best['NumPy gather, int64']:12.2f}")


def restarted(dataset: TokenDataset) -> TokenDataset:
    dataset.load_state_dict(dataset.state_dict() | {"epoch": 0, "consumed": 0})
    return dataset


def gathered(tokens: np.memmap, order: np.ndarray, batch_size: int, kind: type | None = None) -> int:
    num_rows = 0
    for start in range(0, len(order), batch_size):
        batch = tokens[order[start : start + batch_size]]
        num_rows += len(batch if kind is None else batch.astype(kind))
    return num_rows


def order_speed(num_rows: int, num_positions: int = 1 << 20) -> float:
    positions = np.arange(num_positions) % num_rows
    best = 0.0
    for _ in range(5):
        started = time.process_time()
        Order(num_rows, 7, 0).rows(positions)
        best = max(best, num_positions / (time.process_time() - started))
    return best


def write_dataset(folder: Path, num_rows: int, context_length: int, num_shards: int) -> np.memmap:
    """A token dataset of random ids, and beside it the same rows as one array in a file."""
    (folder / "shards").mkdir()
    tokens = np.memmap(folder / "array", np.uint16, "w+", shape=(num_rows, context_length))
    draw, table = np.random.default_rng(7), []
    for number, part in enumerate(np.array_split(np.arange(num_rows), num_shards)):
        tokens[part] = draw.integers(1, VOCABULARY_SIZE, (len(part), context_length), np.uint16)
        table.append(write_shard(folder, f"shards/{number:05}.arrow", np.asarray(tokens[part])))
    pq.write_table(pa.Table.from_pylist([vars(shard) for shard in table], SHARDS.arrow()), folder / "shards.parquet")
    manifest = Manifest(
        corpus="random",
        stage="tokens",
        version="v1",
        recipe={},
        fingerprint="",
        parents=(),
        schema=(),
        totals={"rows": num_rows},
        accounting={},
        validation={},
        shards_hash=blake3((folder / "shards.parquet").read_bytes()).hexdigest(),
        tokenizer=Tokenizer("none", "", VOCABULARY_SIZE, 0),
        context_length=context_length,
        extra={"rows_per_batch": ROWS_PER_BATCH},
    )
    (folder / "manifest.json").write_text(manifest.to_json())
    return tokens


def write_shard(folder: Path, path: str, tokens: np.ndarray) -> Shard:
    """Rows of three documents each, the third of which starts in the middle."""
    schema, (num_rows, context_length) = sequence(tokens.shape[1], VOCABULARY_SIZE).arrow(), tokens.shape
    ids = pa.FixedSizeListArray.from_arrays(pa.array(tokens.reshape(-1)), type=schema.field("token_ids").type)
    starts = pa.array(np.tile(np.array([0, 7, context_length // 2], np.int32), num_rows))
    offsets = pa.array(np.arange(num_rows + 1, dtype=np.int32) * 3)
    columns = [
        ids,
        pa.ListArray.from_arrays(offsets, starts, type=schema.field("document_starts").type),
        pa.array(np.full(num_rows, context_length, np.int32)),
    ]
    with pa.ipc.new_file(str(folder / path), schema) as writer:
        writer.write_table(pa.table(columns, schema=schema), max_chunksize=ROWS_PER_BATCH)
    data = (folder / path).read_bytes()
    return Shard(path, path, num_rows, tokens.size, len(data), blake3(data).hexdigest())


if __name__ == "__main__":
    main()
