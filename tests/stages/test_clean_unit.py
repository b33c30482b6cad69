"""One unit of `clean`, without Spark: what becomes of its files when some of them move under it."""

import gc
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipelines.errors import StorageError
from pipelines.sources import Reading, Unit, find_files, plan_units
from pipelines.stages.clean import CleanUnit, specification_of
from pipelines.stages.results import Result
from pipelines.steps import ContentHash
from pipelines.storage import Stores

STORES = Stores()


@dataclass(frozen=True)
class Meddle:
    """Does something to the files once a batch of their documents passes."""

    act: Callable[[], object]

    def __call__(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        self.act()
        return batch


class Corpus:
    """Five files of twenty lines that share one unit, and an output."""

    def __init__(self, folder: Path) -> None:
        self.raw, self.output = folder / "raw", folder / "out"
        self.raw.mkdir()
        for name in "abcde":
            lines = [json.dumps({"text": f"{name} {number}"}) for number in range(20)]
            (self.raw / f"{name}.jsonl").write_text("\n".join(lines))

    def unit(self, *names: str) -> Unit:
        (unit,) = plan_units(find_files(STORES, [str(self.raw)]), Reading(), STORES)
        return Unit(tuple(piece for piece in unit.pieces if not names or piece.file.source[4] in names))

    def make(self, unit: Unit, act: Callable[[], object] = lambda: None) -> Result:
        steps = (Meddle(act), ContentHash())
        return CleanUnit(str(self.output), (), "fingerprint", Reading(batch_documents=8), steps, STORES)(
            specification_of(0, unit)
        )

    def quarantine(self, result: Result) -> list[tuple[str, int, str]]:
        tables = [pq.read_table(self.output / path) for path in result.other_files]
        return sorted((row["source"], row["record"], row["reason"]) for table in tables for row in table.to_pylist())


@pytest.fixture
def corpus(tmp_path: Path) -> Corpus:
    return Corpus(tmp_path)


def test_of_a_unit_with_files_that_move_only_those_are_quarantined(corpus: Corpus) -> None:
    def move() -> None:
        (corpus.raw / "b.jsonl").write_text("{}")
        (corpus.raw / "d.jsonl").unlink(missing_ok=True)

    unit = corpus.unit()
    rest = corpus.unit("a", "c", "e")
    result = corpus.make(unit, move)
    assert corpus.quarantine(result) == [
        ("raw/b.jsonl", 0, "source_changed"),
        ("raw/d.jsonl", 0, "source_vanished"),
    ]
    assert result.accounting["in"] == 62
    assert result.accounting["kept"] == 60
    assert result.accounting["quarantined"] == {"source_changed": 1, "source_vanished": 1}
    assert result.input_bytes == unit.size_bytes
    assert result.shard is not None
    assert result.shard.unit == rest.name("fingerprint")  # the same bytes as of a unit planned without them
    again = corpus.make(rest)
    assert (again.new, again.shard) == (False, result.shard)


def test_a_unit_whose_files_are_all_gone_makes_no_shard(corpus: Corpus) -> None:
    unit = corpus.unit()
    for file in corpus.raw.iterdir():
        file.unlink()
    result = corpus.make(unit)
    assert result.shard is None
    assert result.accounting == {
        "in": 5,
        "kept": 0,
        "rejected": {},
        "duplicates": {},
        "quarantined": {"source_vanished": 5},
    }
    assert len(corpus.quarantine(result)) == 5


def test_a_file_that_was_only_touched_is_read_when_it_is_at_rest_again(corpus: Corpus) -> None:
    (corpus.raw / "b.jsonl").write_text("no JSON\n" + '{"text": "b"}\n' * 20)
    unit = corpus.unit("b")
    first = corpus.make(unit, lambda: os.utime(corpus.raw / "b.jsonl", ns=(1, 1)))
    assert corpus.quarantine(first) == [("raw/b.jsonl", 0, "source_changed")]
    planned_again = corpus.unit("b")
    assert planned_again.name("fingerprint") == unit.name("fingerprint")
    second = corpus.make(planned_again)
    assert corpus.quarantine(second) == [("raw/b.jsonl", 0, "not_json")]
    assert second.accounting["kept"] == 20


@pytest.mark.filterwarnings("error::pytest.PytestUnraisableExceptionWarning")
def test_a_unit_that_fails_leaves_no_file_and_says_nothing_but_its_error(corpus: Corpus) -> None:
    def fail() -> None:
        raise StorageError("the disk is full")

    with pytest.raises(StorageError, match="the disk is full"):
        corpus.make(corpus.unit(), fail)
    gc.collect()
    assert not [path for path in corpus.output.rglob("*") if path.is_file()]
