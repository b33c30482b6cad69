"""Storage classes of S3: which one an object is in, and the way into another, which is a copy onto itself.

Cold classes are asked to give an object back first (`RestoreObject`), which takes minutes to days; until then it cannot
be read. In a bucket that keeps versions the older version stays, and is paid for, in the class it was in.
"""

from typing import Any

from botocore.exceptions import ClientError

from pipelines.errors import ChangedError, ColdError, NotFoundError, StorageError
from pipelines.storage.s3_requests import bucket_and_key, request
from pipelines.storage.s3_settings import S3Settings

STANDARD = "STANDARD"
_ARCHIVED = frozenset({"GLACIER", "DEEP_ARCHIVE"})
"""Classes whose objects have to be restored before they are read; GLACIER_IR is not one of them."""
_RESTORED_DAYS = 7
"""How long a restored copy may be read: long enough to be copied out of the cold class at leisure."""
_COPY_BYTES = 5 << 30
"""The most that one request copies."""


def tier(settings: S3Settings, uri: str) -> str:
    """The storage class of an object; S3 tells the ordinary one by telling none."""
    return str(_head(settings, uri).get("StorageClass", STANDARD))


def set_tier(settings: S3Settings, uri: str, wanted: str) -> None:
    """Put an object into another class, its bytes and metadata as they are.

    ColdError while it has to be restored first, which is asked for; StorageError when the server keeps no classes.
    """
    head = _head(settings, uri)
    if head.get("StorageClass", STANDARD) == wanted:
        return
    if head["ContentLength"] > _COPY_BYTES:
        raise StorageError(f"{uri} has more than 5 GiB, the most that S3 gives another class: write smaller shards")
    _check_restored(settings, uri, head)
    bucket, key = bucket_and_key(uri)
    given = {"CopySource": {"Bucket": bucket, "Key": key}, "CopySourceIfMatch": head["ETag"], "StorageClass": wanted}
    try:
        request(settings, "copy_object", uri, MetadataDirective="COPY", **given)
    except ClientError as error:
        raise ChangedError(f"{uri} was changed while it was given another class") from error
    if (found := tier(settings, uri)) != wanted:
        raise StorageError(f"{uri} is in class {found} although {wanted} was asked for: this server keeps none of it")


def _head(settings: S3Settings, uri: str) -> dict[str, Any]:
    try:
        return request(settings, "head_object", uri)
    except ClientError as error:
        raise NotFoundError(f"{uri} is not there") from error


def _check_restored(settings: S3Settings, uri: str, head: dict[str, Any]) -> None:
    """ColdError unless the object's bytes can be copied; restoring is begun when nobody has begun it."""
    if head.get("StorageClass", STANDARD) not in _ARCHIVED or 'ongoing-request="false"' in head.get("Restore", ""):
        return
    if "Restore" not in head:
        request(settings, "restore_object", uri, RestoreRequest={"Days": _RESTORED_DAYS})
    raise ColdError(f"{uri} is being restored from {head['StorageClass']}: come back in some hours")
