"""Datasets moved to where a policy wants them, and back: copied, read again, and only then removed.

At any moment of a move, killed or not, a whole and published dataset lies at one end at least:

1. copied, its manifest last (`replicate`); 2. the copy read again, every file; 3. `moved.json` written where it was;
4. the manifest there removed, then the other files.

A move that was killed goes on when the same command is given again, and so does a way back, which is the same the other
way round with `moved.json` removed last.
"""

import secrets
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime

from pipelines.catalog.dataset import NUM_THREADS, Dataset, Watch, moved_from, open_dataset, unwatched
from pipelines.catalog.layout import MANIFEST, SHARDS, STAGES, Place, place_of
from pipelines.catalog.lease import lease
from pipelines.catalog.repair import examine
from pipelines.catalog.replicate import carry_out, plan_copy
from pipelines.catalog.tiers import Held
from pipelines.errors import ColdError, DatasetError, RefusedError
from pipelines.storage import Stores, join, normalized, relative, scheme
from pipelines.storage.parallel import in_parallel
from schemas.moved import LAST_READ, MOVED, Moved, is_mark

_ORDINARY = {"s3": "STANDARD", "hdfs": "HOT"}
"""Scheme → the tier of what was never given one."""


@dataclass(frozen=True)
class Holdings:
    """What lies in an output."""

    datasets: tuple[Held, ...]
    """Published ones."""
    half_removed: tuple[Place, ...]
    """Moved away by a move that was killed while it removed what it had copied and read again."""


@dataclass
class _Seen:
    """What a listing says of one dataset's folder."""

    num_files: int = 0
    size_bytes: int = 0
    is_published: bool = False
    is_moved: bool = False
    last_read: date | None = None

    def add(self, path: str, size_bytes: int) -> None:
        if path.startswith(f"{LAST_READ}/"):
            with suppress(ValueError):  # not a day: not a reader's
                self.last_read = max(self.last_read or date.min, date.fromisoformat(path.partition("/")[2]))
            return
        self.is_published |= path == MANIFEST
        self.is_moved |= path == MOVED
        if path != MOVED:
            self.num_files += 1
            self.size_bytes += size_bytes


def find_datasets(stores: Stores, output: str) -> Holdings:
    """Every dataset of an output, by one listing of it, which is streamed."""
    seen: dict[Place, _Seen] = {}
    for stat in stores.list_files(output):
        corpus, stage, version, path = (relative(stat.uri, normalized(output)).split("/", 3) + [""] * 3)[:4]
        if stage in STAGES and path:
            seen.setdefault(Place(normalized(output), corpus, stage, version), _Seen()).add(path, stat.size_bytes)
    return Holdings(
        tuple(_held(stores, place, found) for place, found in seen.items() if found.is_published),
        tuple(place for place, found in seen.items() if found.is_moved and found.num_files and not found.is_published),
    )


def move_to_store(
    stores: Stores, place: Place, output: str, num_threads: int = NUM_THREADS, watch: Watch = unwatched
) -> Dataset:
    """Move a dataset below another output; the dataset there.

    DatasetError, and nothing is removed, when the copy or its source is not whole.
    """
    source = open_dataset(place.uri, stores)
    with lease(stores, place.output, place.corpus, place.version, f"phloem tier of {place.stage}"):
        copy = carry_out(plan_copy(source, output, num_threads, watch), num_threads, watch)
        _check_apart(stores, source.uri, copy.uri)
        _check_whole(copy, source, num_threads, watch)
        size_bytes = sum(file.size_bytes for file in source.files())
        stores.delete(place.file(MOVED))  # of an earlier move, after which somebody copied the dataset back
        stores.put_if_absent(place.file(MOVED), Moved(copy.uri, copy.manifest_hash, size_bytes).to_json().encode())
        finish_removal(stores, place, num_threads)
    return copy


def finish_removal(stores: Stores, place: Place, num_threads: int = NUM_THREADS) -> None:
    """Remove what was moved; only where `moved.json` says that it was."""
    if moved_from(stores, place.uri) is None:
        raise RefusedError(f"{place.uri} was not moved: there is no {MOVED}")
    _remove(stores, place.uri, num_threads)


def bring_back(stores: Stores, uri: str, num_threads: int = NUM_THREADS, watch: Watch = unwatched) -> Dataset:
    """Move a dataset back to where it was, or out of its cold tier; the dataset.

    ColdError while a store has to restore it first: the same command goes on in some hours.
    """
    place, moved = place_of(uri), moved_from(stores, uri)
    if moved is None:
        dataset = open_dataset(uri, stores)
        if scheme(uri) not in _ORDINARY:
            raise RefusedError(f"{uri} was not moved, and its store has no tiers: there is nothing to bring back")
        set_tier(dataset, _ORDINARY[scheme(uri)], num_threads)
        return dataset
    if stores.exists(join(moved.uri, MANIFEST)):
        away = open_dataset(moved.uri, stores)
        if away.manifest_hash != moved.manifest_hash:
            raise DatasetError(f"{moved.uri} is another dataset than the one that was moved there from {place.uri}")
        back = carry_out(plan_copy(away, place.output, num_threads, watch), num_threads, watch)
        _check_whole(back, away, num_threads, watch)
    elif not stores.exists(place.file(MANIFEST)):
        raise DatasetError(f"{moved.uri}, where {place.uri} was moved to, is not there: restore it with phloem copy")
    back = open_dataset(place.uri, stores)  # without its manifest there, it was removed there because it is whole here
    _remove(stores, moved.uri, num_threads)
    stores.delete(place.file(MOVED))
    return back


def set_tier(dataset: Dataset, tier: str, num_threads: int = NUM_THREADS) -> None:
    """Keep every file but the manifest in another tier of its store: what is cold can still say what it is.

    ColdError when files have to be restored first, which has then been asked for all of them.
    """
    stores = dataset.stores

    def change(uri: str) -> str:
        try:
            stores.set_tier(uri, tier)
        except ColdError as error:
            return str(error)
        return ""

    # Listed, for the table of shards may be among what cannot be read.
    there = ((stat.uri, relative(stat.uri, dataset.uri)) for stat in stores.list_files(dataset.uri))
    changed = in_parallel(change, (uri for uri, path in there if path != MANIFEST and not is_mark(path)), num_threads)
    if waiting := [fault for fault in changed if fault]:
        raise ColdError(f"{dataset.uri}: {len(waiting)} files are not readable yet: {waiting[0]}")


def _held(stores: Stores, place: Place, seen: _Seen) -> Held:
    published = datetime.fromtimestamp(stores.modified_seconds(place.file(MANIFEST)), UTC)
    tier = stores.tier(place.file(SHARDS))
    return Held(place, seen.num_files, seen.size_bytes, published, seen.last_read, tier)


def _check_apart(stores: Stores, one: str, other: str) -> None:
    """RefusedError when two names lead to one place (a link, a second name of a server): a removal would hit both."""
    probe = f".incomplete-probe-{secrets.token_hex(8)}"
    stores.put_if_absent(join(other, probe), b"")
    try:
        if stores.exists(join(one, probe)):
            raise RefusedError(f"{one} and {other} are the same place under two names: nothing was removed")
    finally:
        stores.delete(join(other, probe))


def _check_whole(copy: Dataset, source: Dataset, num_threads: int, watch: Watch) -> None:
    """Read every file of the copy again; DatasetError names what is not as at the source."""
    if differences := examine(copy.stores, copy.uri, source, num_threads, watch).differences:
        faults = [difference.fault for difference in differences]
        raise DatasetError("\n".join([f"{copy.uri} is not what {source.uri} is; nothing was removed:", *faults]))


def _remove(stores: Stores, uri: str, num_threads: int) -> None:
    """Remove a dataset: its manifest first, so that from then on nobody believes what is left."""
    stores.delete(join(uri, MANIFEST))
    others = (stat.uri for stat in list(stores.list_files(uri)) if relative(stat.uri, uri) != MOVED)
    for _ in in_parallel(stores.delete, others, num_threads):
        pass
