"""What is known of rows that were copied: `_landing.json`, written last; files that none names are not believed.

```
<output>/<corpus>/landed/<input>/0001/000000.parquet …   the first landing
                                     /_landing.json      (the underscore: readers of the folder pass it over)
                                /0002/…                  the rows that came since
```
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

from pipelines.catalog.identity import differences
from pipelines.errors import DatasetError, IdentityError, NotFoundError, ReconciliationError
from pipelines.sources import SourceFile, find_files
from pipelines.sources.checksums import Checksums
from pipelines.storage import Stores, join, relative

RECORD = "_landing.json"
FORMAT_VERSION = 1


@dataclass(frozen=True)
class LandedFile:
    """One file of a landing: a row of `writing.FILES`."""

    path: str
    rows: int
    bytes: int
    blake3: str
    first_key: str
    last_key: str


@dataclass(frozen=True)
class Record:
    """One landing."""

    table: dict[str, Any]
    """The recipe's `Table` and the names of the landed columns, as plain JSON."""
    consistency: str
    """What was read: one `snapshot`, everything up to a `watermark`, or `one statement`."""
    watermark: str | None
    """Largest increment that was landed."""
    rows: int
    files: tuple[LandedFile, ...]
    """In the order of their keys."""
    format_version: int = FORMAT_VERSION

    def to_json(self) -> str:
        """The same value gives the same bytes."""
        return json.dumps(asdict(self), indent=2, sort_keys=True, ensure_ascii=False) + "\n"

    @classmethod
    def from_json(cls, text: str) -> "Record":
        """The record that `to_json` wrote; ValueError when it is of another format version, naming both."""
        values = json.loads(text)
        if values.get("format_version") != FORMAT_VERSION:
            raise ValueError(f"of format version {values.get('format_version')!r}; this Phloem reads {FORMAT_VERSION}")
        return cls(**values | {"files": tuple(LandedFile(**file) for file in values["files"])})


def folder_of(root: str, number: int) -> str:
    """Where the landing of this number lies; the first is 1."""
    return join(root, f"{number:04}")


def records(stores: Stores, root: str) -> list[Record]:
    """The landings of one input that can be believed, in order."""
    found = []
    for number in range(1, 10_000):
        uri = join(folder_of(root, number), RECORD)
        try:
            found.append(Record.from_json(stores.read(uri).decode()))
        except NotFoundError:
            break
        except (ValueError, TypeError, KeyError) as error:
            raise DatasetError(f"{uri}: {error}") from error
    return found


def check_table(root: str, there: Sequence[Record], table: dict[str, Any]) -> None:
    """Refuse rows that another table or mapping was landed by, naming every knob that differs."""
    faults = {difference: None for record in there for difference in differences(record.table, table)}
    if faults:
        raise IdentityError(
            f"{root} was landed by another table of the recipe:",
            *faults,
            "Give the input another name, or take the change back.",
        )


def check_files(files: Sequence[LandedFile], rows_per_file: int, num_rows: int, *, integers: bool) -> None:
    """Refuse files that cannot be all rows in their order; ReconciliationError says what they miss."""
    rows = sum(file.rows for file in files)
    if rows != num_rows:
        raise ReconciliationError(f"{rows} rows were read of {num_rows} that the database counted")
    for before, after in pairwise(files):
        keys = (int(before.last_key), int(after.first_key)) if integers else (before.last_key, after.first_key)
        if before.rows != rows_per_file or not keys[0] < keys[1]:  # type: ignore[operator]  # both of one type
            raise ReconciliationError(f"{before.path} and {after.path} do not join: {before}, {after}")


def sweep(stores: Stores, root: str, num_believed: int) -> None:
    """Remove what a landing left that did not come to its end."""
    stores.sweep(root)
    believed = {f"{number:04}" for number in range(1, num_believed + 1)}
    for stat in list(stores.list_files(root)):
        if relative(stat.uri, root).partition("/")[0] not in believed:
            stores.delete(stat.uri)


def landed_files(
    stores: Stores, name: str, root: str, there: Sequence[Record], checksums: Checksums | None
) -> list[SourceFile]:
    """The files of all landings as inputs; DatasetError names each that is missing or altered."""
    files = {file.source: file for file in find_files(stores, [f"{name}={root}"], checksums)}
    expected = dict(_expected(name, there))
    faults = [
        f"{source}: {'altered' if source in files else 'missing'}"
        for source, checksum in expected.items()
        if source not in files or files[source].checksum != checksum
    ]
    if faults:
        advice = "restore them from a replica, or remove that folder: the table is then landed anew"
        raise DatasetError("\n".join([f"{root}: {len(faults)} files are not what was landed; {advice}", *faults]))
    return [files[source] for source in expected]


def _expected(name: str, there: Sequence[Record]) -> Iterator[tuple[str, str]]:
    for number, record in enumerate(there, start=1):
        for file in record.files:
            yield f"{name}/{number:04}/{file.path}", file.blake3
