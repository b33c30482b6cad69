"""A damaged dataset mended from a replica: what is altered or missing is named, fetched, verified and put in place."""

from collections.abc import Sequence
from dataclasses import dataclass

from pipelines.catalog.dataset import NUM_THREADS, Dataset, DatasetFile, Watch, open_dataset, unwatched
from pipelines.catalog.layout import MANIFEST, place_of
from pipelines.catalog.replicate import Difference, carry_out, compared, plan_copy, send
from pipelines.errors import DatasetError, RefusedError
from pipelines.storage import Stores, join, normalized, relative
from pipelines.storage.parallel import in_parallel


@dataclass(frozen=True)
class Examined:
    """A dataset compared with its replica, file by file."""

    uri: str
    replica: Dataset
    differences: tuple[Difference, ...]
    num_files: int
    is_published: bool
    """False when its manifest is lost or cannot be read, so that the replica's stands for it."""

    @property
    def doubtful(self) -> tuple[Difference, ...]:
        """Files that differ and of which no hash is known: which of the two is the right one nobody can say."""
        return tuple(each for each in self.differences if each.is_there and not each.file.blake3)

    @property
    def repairable(self) -> tuple[Difference, ...]:
        """All others: the replica's file can be held against the manifest, or there is none here."""
        return tuple(each for each in self.differences if not each.is_there or each.file.blake3)


def examine(
    stores: Stores, uri: str, replica: Dataset, num_threads: int = NUM_THREADS, watch: Watch = unwatched
) -> Examined:
    """Read every file of the dataset at `uri` and compare it with what manifest and replica say.

    RefusedError when the replica is of another dataset, or is this one itself.
    """
    uri = normalized(uri)
    if replica.uri == uri:
        raise RefusedError(f"{uri} cannot be its own replica: give --from another place")
    is_published = _is_same(stores, uri, replica)
    there = {relative(stat.uri, uri) for stat in stores.list_files(uri)}
    num_files, differing = 0, []
    for _, difference in compared(replica, uri, there, num_threads, watch):
        num_files += 1
        differing += [difference] if difference else []
    if not is_published:
        fault = f"{MANIFEST}: cannot be read" if MANIFEST in there else f"{MANIFEST}: missing"
        differing.append(Difference(DatasetFile(MANIFEST, 0, replica.manifest_hash), MANIFEST in there, fault))
    return Examined(uri, replica, tuple(differing), num_files, is_published)


def repair(examined: Examined, num_threads: int = NUM_THREADS, watch: Watch = unwatched) -> Sequence[str]:
    """Mend what can be mended; what could not be, because the replica's file is damaged too.

    It may be killed and started again: a file is the damaged one, missing, or right, and the manifest comes last.
    """
    stores, replica = examined.replica.stores, examined.replica
    if not examined.is_published:
        # A manifest that cannot be read is believed by nobody, so it can go: what is left is an unfinished copy.
        stores.delete(join(examined.uri, MANIFEST))
        carry_out(plan_copy(replica, place_of(examined.uri).output, num_threads, watch), num_threads, watch)
        return []
    sent = in_parallel(lambda each: send(replica, each, examined.uri, watch), examined.repairable, num_threads)
    return [f"the replica's {fault}" for fault in sent if fault]


def _is_same(stores: Stores, uri: str, replica: Dataset) -> bool:
    """Whether the dataset has its manifest; RefusedError when it, or else the place, is of another than the replica."""
    try:
        dataset = open_dataset(uri, stores)
    except DatasetError:
        place, manifest = place_of(uri), replica.manifest
        if (place.corpus, place.stage, place.version) != (manifest.corpus, manifest.stage, manifest.version):
            raise RefusedError(
                f"{replica.uri} is {manifest.corpus} {manifest.stage} {manifest.version}: no replica of what was {uri}"
            ) from None
        return False
    if dataset.manifest_hash != replica.manifest_hash:
        raise RefusedError(
            f"{replica.uri} is no replica of {uri}: their manifests have BLAKE3 {replica.manifest_hash[:16]} and "
            f"{dataset.manifest_hash[:16]}. If the one here is the damaged one, delete it and repair again"
        )
    return True
