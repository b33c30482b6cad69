"""What is in a bucket, a page of 1,000 names at a time: objects, uploads that nobody completed, older versions."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote_plus

from botocore.exceptions import ClientError

from pipelines.errors import StorageError
from pipelines.storage.contract import Stat
from pipelines.storage.s3_requests import bucket_and_key, request
from pipelines.storage.s3_settings import S3Settings

_NEXT = {
    "list_objects_v2": {"ContinuationToken": "NextContinuationToken"},
    "list_multipart_uploads": {"KeyMarker": "NextKeyMarker", "UploadIdMarker": "NextUploadIdMarker"},
    "list_object_versions": {"KeyMarker": "NextKeyMarker", "VersionIdMarker": "NextVersionIdMarker"},
}
"""How each listing goes on: parameter of the next request → what the last answer says of it."""


def objects_below(settings: S3Settings, uri: str) -> Iterator[Stat]:
    """Every object whose name begins with `uri` and a slash, in the order of the names' bytes, which is S3's.

    Names that end with a slash are left out: consoles make them, without bytes, to show an empty folder.
    """
    bucket, key = bucket_and_key(uri)
    for page in _pages(settings, "list_objects_v2", uri, Prefix=key + "/" if key else ""):
        for found in page.get("Contents", ()):
            if not found["Key"].endswith("/"):
                yield Stat(f"s3://{bucket}/{found['Key']}", found["Size"], found.get("ETag", ""))


def unfinished_uploads(settings: S3Settings, uri: str) -> Iterator[tuple[str, str]]:
    """URI and upload id of every upload at or below `uri` that was not completed."""
    bucket, key = bucket_and_key(uri)
    for page in _pages(settings, "list_multipart_uploads", uri, Prefix=key, EncodingType="url"):
        for upload in page.get("Uploads", ()):
            name = _decoded(page, upload["Key"])
            if not key or name == key or name.startswith(key + "/"):
                yield f"s3://{bucket}/{name}", upload["UploadId"]


def kept_version(settings: S3Settings, uri: str, etag: str) -> str | None:
    """Id of an older version with this ETag; None when the bucket keeps none, or does not tell."""
    _, key = bucket_and_key(uri)
    try:
        for page in _pages(settings, "list_object_versions", uri, Prefix=key):
            for version in page.get("Versions", ()):
                if version["Key"] != key:  # the name itself comes before those that begin with it
                    return None
                if version["ETag"] == etag:
                    return str(version["VersionId"])
    except (ClientError, StorageError):  # servers without versions, users who may not list them
        return None
    return None


def _pages(settings: S3Settings, operation: str, uri: str, **parameters: Any) -> Iterator[dict[str, Any]]:
    """The pages of a listing; none when the server has none of its kind."""
    page: dict[str, Any] = {"IsTruncated": True}
    following: dict[str, str] = {}
    while page["IsTruncated"]:
        page = request(settings, operation, uri, **parameters, **following)
        if "IsTruncated" not in page:
            raise StorageError(f"{uri}: what answers at {settings.address} is no S3 server: check storage.s3.endpoint")
        yield page
        following = {name: page[of] for name, of in _NEXT[operation].items() if page.get(of)}
        if operation == "list_multipart_uploads" and "KeyMarker" in following:
            following["KeyMarker"] = _decoded(page, following["KeyMarker"])


def _decoded(page: dict[str, Any], name: str) -> str:
    """A name in a list of uploads, whose encoding (any byte may be in a name, not in XML) boto3 leaves to us."""
    return unquote_plus(name) if page.get("EncodingType") == "url" else name
