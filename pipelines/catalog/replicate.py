"""A dataset copied from store to store: compared, sent, verified while its bytes pass, its manifest last.

Whenever a copy is killed, the destination holds whole files and no manifest: nobody believes it, and the same copy
started again reads what is there and sends the rest. Always bytes, never links: a hard link would be damaged with what
it is a copy of.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

from pipelines.catalog.dataset import (
    BLOCK_BYTES,
    NUM_THREADS,
    Dataset,
    DatasetFile,
    Watch,
    fault_of,
    hash_of,
    open_dataset,
    unwatched,
)
from pipelines.catalog.layout import MANIFEST, STAGES, Place, place_of
from pipelines.catalog.lease import lease
from pipelines.catalog.publish import put_same
from pipelines.errors import DatasetError, IdentityError, NotFoundError, RefusedError, StorageError, repair_command
from pipelines.storage import Output, Stores, join, relative
from pipelines.storage.parallel import in_parallel
from schemas.moved import is_mark


@dataclass(frozen=True)
class Difference:
    """A file that is not, where it should be, what it is in the dataset it is compared with."""

    file: DatasetFile
    is_there: bool
    """With other bytes; otherwise it is missing."""
    fault: str


@dataclass(frozen=True)
class Copy:
    """What is left to do to have `source` below another output."""

    source: Dataset
    place: Place
    to_send: tuple[Difference, ...]
    num_there: int
    """Files that are there already, the same."""
    is_published: bool
    """Its manifest is there: nothing is left to do."""

    @property
    def bytes_to_send(self) -> int:
        """Of all files to send."""
        return sum(difference.file.size_bytes for difference in self.to_send)


def plan_copy(source: Dataset, destination: str, num_threads: int = NUM_THREADS, watch: Watch = unwatched) -> Copy:
    """Compare `source` with what lies at its place below the output `destination`; nothing is written.

    RefusedError when something else is there: another dataset, another recipe's claim, files of no such dataset.
    DatasetError when it is published there and has been damaged since: that is for `repair`.
    """
    stores, manifest = source.stores, source.manifest
    place = Place(destination, manifest.corpus, manifest.stage, manifest.version)
    if place.uri == source.uri:
        raise RefusedError(f"{destination} is where {source.uri} lies already: give another destination")
    if stores.exists(place.file(MANIFEST)):
        return _published(source, place)
    _check_claim(source, place)
    there = {relative(stat.uri, place.uri) for stat in stores.list_files(place.uri)}
    num_files, differing = 0, []
    for file, difference in compared(source, place.uri, there, num_threads, watch):
        there.discard(file.path)
        num_files += 1
        differing += [difference] if difference else []
    if foreign := sorted(path for path in there if not is_mark(path)):
        raise RefusedError(
            f"{place.uri} holds {len(foreign)} files that are none of {source.uri}, the first {foreign[0]}: an "
            "unfinished run? Finish it, remove them, or give another destination"
        )
    return Copy(source, place, tuple(differing), num_files - len(differing), is_published=False)


def carry_out(copy: Copy, num_threads: int = NUM_THREADS, watch: Watch = unwatched) -> Dataset:
    """Send what is missing or wrong, then the claim of its recipe and the manifest; the dataset at its new place.

    What an earlier, killed copy left unfinished is swept. DatasetError names every file that is altered at the source:
    it is not sent, and without it no manifest is written. BusyError while a run works on that version there.
    """
    source, place, stores = copy.source, copy.place, copy.source.stores
    if copy.is_published:
        return open_dataset(place.uri, stores)
    with lease(stores, place.output, place.corpus, place.version, f"copy of {source.uri}"):
        stores.sweep(place.uri)
        sent = in_parallel(lambda each: send(source, each, place.uri, watch), copy.to_send, num_threads)
        if faults := [fault for fault in sent if fault]:
            head = f"{source.uri}: {len(faults)} files are not what the manifest says, so the copy is not published:"
            raise DatasetError("\n".join([head, *faults, repair_command(source.uri)]))
        if (claim := _claim(source)) is not None:
            put_same(stores, place.claim_uri, claim)
        put_same(stores, place.file(MANIFEST), stores.read(join(source.uri, MANIFEST)))
    return open_dataset(place.uri, stores)


def with_parents(dataset: Dataset) -> list[Dataset]:
    """The stages of its version that lead to it, first to last, itself included.

    DatasetError when one is not published, or another one than it was made from.
    """
    place = place_of(dataset.uri)
    stages = STAGES[: STAGES.index(place.stage)]
    datasets = [*(open_dataset(place.of_stage(stage).uri, dataset.stores) for stage in stages), dataset]
    for parent, child in pairwise(datasets):
        wanted = child.manifest.parents[0]["manifest_hash"]
        if parent.manifest_hash != wanted:
            raise DatasetError(
                f"{child.uri} was made from a dataset whose manifest has BLAKE3 {wanted}; {parent.uri} has "
                f"{parent.manifest_hash}: it is another one"
            )
    return datasets


def copy_report(stores: Stores, source: Place, destination: Place) -> None:
    """The report of a version, when it has one, in the stead of an earlier one."""
    try:
        page = stores.read(source.report_uri)
    except NotFoundError:
        return
    stores.delete(destination.report_uri)
    stores.put_if_absent(destination.report_uri, page)


def compared(
    reference: Dataset, uri: str, there: set[str], num_threads: int, watch: Watch
) -> Iterator[tuple[DatasetFile, Difference | None]]:
    """Each file of `reference` with what is wrong with it at `uri`, where the paths `there` are; None: it is the same.

    Files that are there are read; a file that no hash is known of is read at both ends.
    """
    stores = reference.stores

    def check(file: DatasetFile) -> tuple[DatasetFile, Difference | None]:
        if file.path not in there:
            return file, Difference(file, False, f"{file.path}: missing")
        known = file if file.blake3 else replace(file, blake3=hash_of(stores, join(reference.uri, file.path))[1])
        fault = fault_of(stores, uri, known, watch)
        return file, Difference(file, True, fault) if fault else None

    return in_parallel(check, reference.files(), num_threads)


def send(source: Dataset, difference: Difference, uri: str, watch: Watch = unwatched) -> str | None:
    """Give the dataset at `uri` a file as it is at the source; what is wrong with the one at the source, if anything.

    A file with other bytes stands until the new one is whole and verified; then its name is free for as long as the
    store needs to give it again, and a reader in between is told that the file is missing.
    """
    file, stores = difference.file, source.stores
    try:
        with stores.create(join(uri, file.path)) as output:
            for block in _blocks(source, file):
                output.write(block)
                watch(len(block))
            _check_passed(file, output)
            if difference.is_there:
                stores.delete(join(uri, file.path))
    except DatasetError as error:
        return str(error)
    return None


def _blocks(source: Dataset, file: DatasetFile) -> Iterator[bytes]:
    """The bytes of a file; DatasetError, unlike an error of writing, says that it is the source that fails."""
    try:
        with source.stores.open(join(source.uri, file.path)) as stream:
            while block := stream.read(BLOCK_BYTES):
                yield block
    except NotFoundError as error:
        raise DatasetError(f"{file.path}: missing") from error
    except StorageError as error:
        raise DatasetError(f"{file.path}: cannot be read: {error}") from error


def _check_passed(file: DatasetFile, output: Output) -> None:
    """DatasetError when the bytes that have passed are not those that the manifest vouches for."""
    if file.blake3 not in (None, output.blake3()):
        raise DatasetError(f"{file.path}: {output.size_bytes} bytes, BLAKE3 {output.blake3()}; expected {file.blake3}")


def _published(source: Dataset, place: Place) -> Copy:
    """The copy when a manifest is there: files are compared by name and size; to read them is `verify`'s work."""
    there = open_dataset(place.uri, source.stores)
    if there.manifest_hash != source.manifest_hash:
        raise RefusedError(
            f"{place.uri} is another dataset (its manifest has BLAKE3 {there.manifest_hash[:16]}, that of {source.uri} "
            f"{source.manifest_hash[:16]}): give another destination"
        )
    sizes = {relative(stat.uri, place.uri): stat.size_bytes for stat in source.stores.list_files(place.uri)}
    files = list(source.files())
    if faults := [file.path for file in files if sizes.get(file.path) != file.size_bytes]:
        raise DatasetError(
            f"{place.uri} is published, and {len(faults)} of its files are missing or of another size, the first "
            f"{faults[0]}: {repair_command(place.uri).replace('REPLICA', source.uri)}"
        )
    return Copy(source, place, (), len(files), is_published=True)


def _claim(source: Dataset) -> bytes | None:
    """The claim of the recipe that made the dataset, where it lies among others of its corpus."""
    try:
        return source.stores.read(place_of(source.uri).claim_uri)
    except (NotFoundError, RefusedError):
        return None


def _check_claim(source: Dataset, place: Place) -> None:
    """IdentityError when this version was begun at the destination by another recipe."""
    claim = _claim(source)
    if claim is not None and source.stores.exists(place.claim_uri) and source.stores.read(place.claim_uri) != claim:
        raise IdentityError(
            f"version {place.version} of {place.corpus} was begun in {place.output} by another recipe than that of "
            f"{source.uri} (see {place.claim_uri}): give another destination"
        )
