"""What `phloem tier` does and prints: the datasets that a policy wants elsewhere, moved, and brought back."""

from datetime import UTC, datetime

from jobs.progress import size
from jobs.watched import Watched
from pipelines.catalog import open_dataset
from pipelines.catalog.moves import bring_back, find_datasets, finish_removal, move_to_store, set_tier
from pipelines.catalog.tiers import Move, Policy, plan_moves
from pipelines.errors import RefusedError
from pipelines.storage import Stores, scheme

_MOVER = "HDFS moves no block by itself: run hdfs mover -p {path} on the cluster"


def tier(stores: Stores, output: str, policy: Policy, *, apply: bool, num_threads: int) -> None:
    """Print what `policy` moves in `output`, and do it when asked to; what a killed move left is finished first."""
    if not policy.rules:
        raise RefusedError("the site file has no rules: write [[tier.rules]] into it and name it by --site")
    holdings = find_datasets(stores, output)
    moves = plan_moves(holdings.datasets, policy, datetime.now(UTC))
    num_bytes = sum(move.held.size_bytes for move in moves)
    for place in holdings.half_removed:
        print(f"{place.uri}: moved before, and not all of it removed here")
    if moves:
        _print_table(moves)
    print(f"{len(moves):,} of {len(holdings.datasets):,} datasets to move, {size(num_bytes)}")
    if not apply:
        print("nothing was moved: give --apply to move them")
        return
    for place in holdings.half_removed:
        finish_removal(stores, place, num_threads)
        print(f"{place.uri}: removed here")
    for move in moves:
        _apply(stores, move, num_threads)


def back(stores: Stores, uri: str, num_threads: int) -> None:
    """Bring one dataset back."""
    with Watched("tier", "bring back") as watch:
        dataset = bring_back(stores, uri, num_threads, watch)
    print(f"{dataset.uri}: back, manifest {dataset.manifest_hash[:16]}")
    _tell_of_mover(dataset.uri)


def _apply(stores: Stores, move: Move, num_threads: int) -> None:
    place = move.held.place
    if move.rule.to_other_store:
        with Watched("tier", f"move {place.corpus} {place.stage} {place.version}") as watch:
            moved = move_to_store(stores, place, move.rule.to, num_threads, watch)
        print(f"{place.uri}: now {moved.uri}; back with phloem tier --back {place.uri}")
        return
    set_tier(open_dataset(place.uri, stores), move.rule.to, num_threads)
    print(f"{place.uri}: {move.held.tier} → {move.rule.to}; back with phloem tier --back {place.uri}")
    _tell_of_mover(place.uri)


def _tell_of_mover(uri: str) -> None:
    if scheme(uri) == "hdfs":
        print(_MOVER.format(path="/" + uri.removeprefix("hdfs://").partition("/")[2]))


def _print_table(moves: list[Move]) -> None:
    """A line for each move, uncut: what is long here are URIs, which one wants to copy."""
    rows = [("dataset", "files", "bytes", "published", "last read", "from", "to"), *map(_row, moves)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def _row(move: Move) -> tuple[str, ...]:
    held = move.held
    return (
        f"{held.place.corpus}/{held.place.stage}/{held.place.version}",
        f"{held.num_files:,}",
        size(held.size_bytes),
        f"{held.published:%Y-%m-%d}",
        f"{held.last_read or 'no trace'}",
        held.place.output if move.rule.to_other_store else held.tier,
        move.rule.to,
    )
