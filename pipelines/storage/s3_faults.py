"""What an error of S3 means: an answer about the object, trouble that passes with time, or a fault told in words."""

from enum import Enum
from typing import Any

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    IncompleteReadError,
    NoCredentialsError,
    ParamValidationError,
    PartialCredentialsError,
    ProfileNotFound,
    SSLError,
)
from botocore.exceptions import HTTPClientError as WireError
from botocore.parsers import ResponseParserError
from urllib3.exceptions import HTTPError

from pipelines.storage.s3_settings import S3Settings

S3_ERRORS = (BotoCoreError, ClientError, WireError, ResponseParserError, HTTPError)
"""Everything a client and its bodies raise; the last is urllib3's, where botocore has no name for it."""


class Meaning(Enum):
    """What to do about an error."""

    ANSWER = "the object is not there, or is not as the request wanted it"
    PASSING = "try again"
    SLOW_DOWN = "try again, and ask less often"
    EXPIRED = "try again with renewed credentials"
    UNREACHED = "nobody answers, or in no words of S3's: a server that restarts, or a wrong address"
    LASTING = "no time mends it"


_ANSWERS = frozenset({404, 412, 416})
_FULL = 507
"""Of servers with disks of their own; Amazon's has none that fill up."""
_NOT_ANSWERS = frozenset({"NoSuchBucket", "InvalidAccessKeyId"})  # both are 404 with some servers
_SLOW_DOWN = frozenset({"SlowDown", "SlowDownRead", "SlowDownWrite", "Throttling", "ThrottlingException"})
_SLOW_DOWN |= {"TooManyRequests", "RequestLimitExceeded", "BandwidthLimitExceeded", "ServiceUnavailable"}
_EXPIRED = frozenset({"ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired", "RequestExpired"})
_PASSING = frozenset({"RequestTimeout", "IncompleteBody", "OperationAborted", "ConditionalRequestConflict"})
_PASSING |= {"BadDigest", "XAmzContentSHA256Mismatch", "XAmzContentChecksumMismatch", "InternalError"}
"""The second line: bytes were changed on their way to the server, which noticed."""


def meaning(error: Exception) -> Meaning:
    """What `error`, one of S3_ERRORS, asks of us."""
    if isinstance(error, ClientError):
        return _meaning_of_answer(code(error), status(error))
    if isinstance(error, (EndpointConnectionError, ConnectTimeoutError, ConnectionClosedError, ResponseParserError)):
        return Meaning.UNREACHED
    if isinstance(error, (WireError, IncompleteReadError, HTTPError)) and not isinstance(error, SSLError):
        return Meaning.PASSING
    return Meaning.LASTING


def _meaning_of_answer(found: str, http_status: int) -> Meaning:
    if found in _EXPIRED:
        return Meaning.EXPIRED
    if found in _SLOW_DOWN or http_status in {429, 503}:
        return Meaning.SLOW_DOWN
    if http_status == _FULL:
        return Meaning.LASTING
    if found in _PASSING or http_status >= 500:  # noqa: PLR2004 (HTTP's server errors)
        return Meaning.PASSING
    return Meaning.ANSWER if http_status in _ANSWERS and found not in _NOT_ANSWERS else Meaning.LASTING


def code(error: Exception) -> str:
    """S3's name of the error; the HTTP status where its answer had no body."""
    return str(_response(error).get("Error", {}).get("Code", ""))


def status(error: Exception) -> int:
    """The HTTP status of what S3 answered; 0 when nothing came back."""
    return int(_response(error).get("ResponseMetadata", {}).get("HTTPStatusCode", 0))


def retry_after_seconds(error: Exception) -> float:
    """What the server asks to wait, 0 when it asks nothing (or for a date)."""
    value = _response(error).get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("retry-after", "")
    return float(value) if value.isdecimal() else 0.0


def _response(error: Exception) -> dict[str, Any]:
    return getattr(error, "response", None) or {}


_WORDS = {
    "NoSuchBucket": "there is no bucket {bucket} at {address}: check the bucket's name and storage.s3.endpoint",
    "InvalidBucketName": "{bucket} is no name of a bucket: 3 to 63 small letters, digits, dots and hyphens",
    "InvalidAccessKeyId": "{address} does not know this access key: check storage.s3.access_key_id",
    "SignatureDoesNotMatch": "the secret key is not this access key's: check storage.s3.secret_access_key",
    "RequestTimeTooSkewed": "this machine's clock differs from the server's by more than it allows: set the clock",
    "ExpiredToken": "the credentials have expired, and renewing them gave none that are valid: renew them",
    "InvalidToken": "the session token is not valid: check storage.s3.session_token",
    "PermanentRedirect": "bucket {bucket} is in another region: check storage.s3.region and storage.s3.endpoint",
    "AuthorizationHeaderMalformed": "bucket {bucket} is in another region: check storage.s3.region",
    "IllegalLocationConstraintException": "bucket {bucket} is in another region: check storage.s3.region",
    "InvalidObjectState": "the object is archived: bring it back with phloem tier --back and its dataset's URI",
    "InsufficientStorage": "no room is left at {address}: make room there, and the same command goes on",
    "KeyTooLongError": "the name is longer than the 1,024 bytes that S3 allows",
}
_WORDS_WITHOUT_ANSWER: tuple[tuple[type | tuple[type, ...], str], ...] = (
    (
        (NoCredentialsError, PartialCredentialsError, ProfileNotFound),
        "{error}: name access_key_id and secret_access_key in [storage.s3], or a profile, or set AWS_PROFILE",
    ),
    (ConnectionClosedError, "{address} hangs up: check storage.s3.endpoint, and whether it is http or https: {error}"),
    (SSLError, "no trusted connection to {address}: check storage.s3.ca_file: {error}"),
    (ResponseParserError, "what answers at {address} is no S3 server: check storage.s3.endpoint"),
    (ParamValidationError, _WORDS["InvalidBucketName"]),
    ((EndpointConnectionError, ConnectTimeoutError), "{address} cannot be reached: check storage.s3.endpoint: {error}"),
    (Exception, "{address} broke off: {error}"),
)
"""What failed before there was an answer; the first line that fits."""
_NO_TLS = ("WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE")
"""What OpenSSL says, by version, to a server whose first bytes are in the clear."""
_RIGHTS = {
    "list_objects_v2": "list bucket {bucket} (s3:ListBucket)",
    "list_object_versions": "list the versions in bucket {bucket} (s3:ListBucketVersions)",
    "list_multipart_uploads": "list the uploads of bucket {bucket} (s3:ListBucketMultipartUploads)",
    "head_object": "read it (s3:GetObject), or it is not there and they may not list (s3:ListBucket)",
    "get_object": "read it (s3:GetObject), or it is not there and they may not list (s3:ListBucket)",
    "delete_object": "delete it (s3:DeleteObject)",
}


def in_words(error: Exception, operation: str, bucket: str, settings: S3Settings) -> str:
    """Which fault it is, and the way out; `operation` is what was asked."""
    if status(error):
        return _answer_in_words(error, operation, bucket, settings.address)
    if isinstance(error, SSLError) and any(name in str(error) for name in _NO_TLS):
        return f"{settings.address} speaks no TLS: should storage.s3.endpoint begin with http://?"
    words = next(words for kinds, words in _WORDS_WITHOUT_ANSWER if isinstance(error, kinds))
    return words.format(bucket=bucket, address=settings.address, error=error)


def _answer_in_words(error: Exception, operation: str, bucket: str, address: str) -> str:
    known = _WORDS.get("InsufficientStorage" if status(error) == _FULL else code(error))
    if known:
        return known.format(bucket=bucket, address=address)
    if status(error) == 403:  # noqa: PLR2004 (HTTP's Forbidden)
        right = _RIGHTS.get(operation, "write it (s3:PutObject, s3:AbortMultipartUpload)").format(bucket=bucket)
        return f"access denied: these credentials may not {right}"
    return f"{address} answers {status(error)} {code(error)}: {_response(error).get('Error', {}).get('Message', '')}"
