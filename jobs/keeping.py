"""What `phloem copy` and `phloem verify` do and print."""

from jobs.progress import size
from jobs.watched import Watched
from pipelines.catalog import Dataset, open_dataset
from pipelines.catalog.layout import Place, place_of
from pipelines.catalog.repair import Examined, examine, repair
from pipelines.catalog.replicate import Copy, carry_out, copy_report, plan_copy, with_parents
from pipelines.errors import RefusedError
from pipelines.storage import Stores

_FAULTS_SHOWN = 1000
"""A line each; a store that is gone altogether need not be told file by file."""


def copy(stores: Stores, uri: str, destination: str, *, parents: bool, dry_run: bool, num_threads: int) -> None:
    """Copy the dataset at `uri`, with the stages before it when asked to, below the output `destination`."""
    source = open_dataset(uri, stores)
    for each in with_parents(source) if parents else [source]:
        with Watched("copy", f"compare {each.manifest.stage}") as watch:
            planned = plan_copy(each, destination, num_threads, watch)
        if dry_run:
            print(f"{planned.place.uri}: would send {_left(planned)}")
        else:
            _send(planned, num_threads)
    if parents and not dry_run:
        manifest = source.manifest
        there = Place(destination, manifest.corpus, manifest.stage, manifest.version)
        copy_report(stores, place_of(source.uri), there)


def verify(stores: Stores, uri: str, *, replica: str | None, mend: bool, num_threads: int) -> bool:
    """Read the dataset at `uri` again; compare it with its replica, and mend it, when asked to. Whether it is whole."""
    if replica is None:
        if mend:
            raise RefusedError("--repair needs a replica to repair from: --from REPLICA_URI")
        _verify_alone(open_dataset(uri, stores), num_threads)
        return True
    whole = open_dataset(replica, stores)
    with Watched("verify", "read", whole.manifest.totals["bytes"]) as watch:
        examined = examine(stores, uri, whole, num_threads, watch)
    if not examined.differences:
        print(f"{examined.uri}: {examined.num_files:,} files, each as published and as in {whole.uri}")
        return True
    _print_faults(examined)
    return _mend(examined, num_threads) if mend else False


def _send(planned: Copy, num_threads: int) -> None:
    if planned.is_published:
        print(f"{planned.place.uri}: published already, {planned.num_there:,} files; phloem verify reads them again")
        return
    with Watched("copy", f"send {planned.source.manifest.stage}", planned.bytes_to_send) as watch:
        dataset = carry_out(planned, num_threads, watch)
    print(f"{dataset.uri}: published, manifest {dataset.manifest_hash[:16]}; sent {_left(planned)}")


def _left(planned: Copy) -> str:
    return f"{len(planned.to_send):,} files, {size(planned.bytes_to_send)}; {planned.num_there:,} were there"


def _verify_alone(dataset: Dataset, num_threads: int) -> None:
    totals = dataset.manifest.totals
    with Watched("verify", "read", totals["bytes"]) as watch:
        dataset.verify(num_threads, watch)
    print(
        f"{dataset.uri}: {totals['shards']:,} shards, {totals['rows']:,} rows, {totals['bytes']:,} bytes: as published"
    )
    if unknown := sum(1 for file in dataset.files() if not file.blake3):
        print(f"{unknown:,} files beside them have no hash in the manifest: --from REPLICA_URI compares them too")


def _print_faults(examined: Examined) -> None:
    print(f"{examined.uri}: {len(examined.differences):,} of {examined.num_files:,} files differ:")
    for difference in examined.differences[:_FAULTS_SHOWN]:
        print(f"  {difference.fault}")
    if len(examined.differences) > _FAULTS_SHOWN:
        print(f"  and {len(examined.differences) - _FAULTS_SHOWN:,} more")


def _mend(examined: Examined, num_threads: int) -> bool:
    to_send = sum(difference.file.size_bytes for difference in examined.repairable)
    with Watched("verify", "repair", to_send) as watch:
        left = repair(examined, num_threads, watch)
    print(f"{len(examined.repairable) - len(left):,} files repaired from {examined.replica.uri}")
    for fault in left:
        print(f"  not repaired: {fault}")
    if not examined.is_published:
        return True
    for difference in examined.doubtful:
        print(f"  not repaired: {difference.file.path}: no hash is known of it; delete the bad one and repair again")
    return not left and not examined.doubtful
