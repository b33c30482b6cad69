"""One request to S3, asked until it is answered or no time can mend it."""

from typing import Any

from pipelines.errors import ColdError, NotFoundError, RefusedError, StorageError
from pipelines.storage.patience import PassingError, persistently
from pipelines.storage.s3_client import Connection, connection
from pipelines.storage.s3_faults import S3_ERRORS, Meaning, code, in_words, meaning, retry_after_seconds, status
from pipelines.storage.s3_settings import S3Settings

_PATIENCE_SECONDS = 120.0
"""How long trouble may last: a gateway that restarts or fails over is back within two minutes, and what lasts longer
is better met by trying the whole task again, which Spark does, than by a worker that waits."""
_FIRST_PATIENCE_SECONDS = 3.0
"""The same for an address where nobody ever answered this process: it may be wrong, and that is told soon."""
_NOT_THERE = 404


def bucket_and_key(uri: str) -> tuple[str, str]:
    """`bucket` and `a/b` of `s3://bucket/a/b`; RefusedError without a bucket."""
    bucket, _, key = uri.partition("://")[2].partition("/")
    if not bucket:
        raise RefusedError(f"{uri} names no bucket: write s3://bucket/key")
    return bucket, key


def request(settings: S3Settings, operation: str, uri: str, **parameters: Any) -> dict[str, Any]:
    """What S3 answers to `operation` (a method of boto3's client) about the bucket and key of `uri`.

    botocore's ClientError when the answer is about the object (404, 412, 416); StorageError, in words, for every
    other fault: at once for those that no time mends, after _PATIENCE_SECONDS for the others.
    """
    bucket, key = bucket_and_key(uri)
    of_bucket = operation.startswith("list_")
    if not key and not of_bucket:
        raise NotFoundError(f"{uri} is a bucket, and no object: write s3://bucket/key")
    name = {"Bucket": bucket} if of_bucket else {"Bucket": bucket, "Key": key}
    given = name | settings.of_requests | parameters
    return persistently(lambda: _attempt(settings, operation, uri, given))


def _attempt(settings: S3Settings, operation: str, uri: str, given: dict[str, Any]) -> dict[str, Any]:
    link = connection(settings)
    link.rate.wait()
    try:
        answer: dict[str, Any] = getattr(link.client, operation)(**given)
    except S3_ERRORS as error:
        raise judged(_named(link, operation, given, error), settings, operation, uri) from error
    link.answered = True
    link.buckets.add(given["Bucket"])
    return answer


def judged(error: Exception, settings: S3Settings, operation: str, uri: str) -> Exception:
    """What to raise for one of S3_ERRORS: itself, a StorageError, or a PassingError after doing what helps."""
    kind, link, bucket = meaning(error), connection(settings), bucket_and_key(uri)[0]
    if kind is Meaning.ANSWER:
        link.answered = True
        link.buckets.add(bucket)
        return error
    words = f"{uri}: {in_words(error, operation, bucket, settings)}"
    if kind is Meaning.LASTING:
        return ColdError(words) if code(error) == "InvalidObjectState" else StorageError(words)
    if kind is Meaning.EXPIRED:
        link.renew()
    if kind is Meaning.SLOW_DOWN:
        link.rate.slow_down()
    wrong = kind is Meaning.UNREACHED and not link.answered
    return PassingError(words, _FIRST_PATIENCE_SECONDS if wrong else _PATIENCE_SECONDS, retry_after_seconds(error))


def _named(link: Connection, operation: str, given: dict[str, Any], error: Exception) -> Exception:
    """The error with S3's name for it: the answer to a HEAD has no body, so a GET is asked why it was refused.

    A 404 needs no reason in a bucket that is known to be there.
    """
    refused = status(error) and meaning(error) is Meaning.LASTING
    missing = status(error) == _NOT_THERE and given["Bucket"] not in link.buckets
    if operation == "head_object" and (refused or missing):
        try:
            link.client.get_object(**given, Range="bytes=0-0")["Body"].close()
        except S3_ERRORS as named:
            error = named
    return error
