"""What HDFS says no with, in words: which rule it was, and the way out.

An answer that is no success carries `RemoteException`, the class and message of a Java exception; the names are those
of Hadoop 3.5 (org.apache.hadoop.hdfs.protocol, org.apache.hadoop.ipc, java.io).
"""

import json
from collections.abc import Mapping

from pipelines.errors import AlreadyExistsError, NotFoundError, StorageError
from pipelines.storage.patience import PassingError

PATIENCE_SECONDS = 120.0
"""For what passes: a NameNode that restarts or hands over, safe mode, a DataNode that died."""
DOUBT_SECONDS = 30.0
"""For what more often stays: nothing listens and never has, no room, a block without a replica."""

_NO_WEBHDFS = (
    "webhdfs of the site file must be the NameNode's HTTP address (port 9870 unless told otherwise), "
    "not its RPC port (8020), no DataNode's and not HttpFS"
)
NOT_OURS = 200
"""Status of an answer that says yes, but not as a NameNode does."""

_WAYS_OUT: Mapping[str, str] = {
    "AccessControlException": "permissions decide: hdfs dfs -ls -d and -chmod, or another user in the site file",
    "DSQuotaExceededException": "make room, or have it raised: hdfs dfsadmin -setSpaceQuota",
    "NSQuotaExceededException": "make room, or have it raised: hdfs dfsadmin -setQuota",
    "QuotaByStorageTypeExceededException": "make room, or have it raised: hdfs dfsadmin -setSpaceQuota -storageType",
    "ParentNotDirectoryException": "a file stands where a folder should be",
    "PathComponentTooLongException": "HDFS takes 255 bytes between two slashes unless told otherwise",
    "SnapshotAccessControlException": "a snapshot is never written to",
}
"""Class of a refusal that stays → what may help; its message says what was refused."""

_PASSING: Mapping[str, str] = {
    "SafeModeException": "the NameNode is in safe mode, as after a start: hdfs dfsadmin -safemode get",
    "RetriableException": "the NameNode is not ready",
    "LeaseExpiredException": "another writer took the unfinished file",
    "RecoveryInProgressException": "the file of a writer that died is being closed",
    "AlreadyBeingCreatedException": "the file of a writer that died is not closed yet",
} | dict.fromkeys(
    ("ConnectException", "ConnectTimeoutException", "EOFException", "SocketException", "SocketTimeoutException"),
    "a DataNode does not reach the NameNode",
)


class StandbyError(PassingError):
    """Said by a NameNode that is not the active one."""


def refusal(status: int, body: bytes, uri: str) -> StorageError:
    """The error that an answer with this HTTP status and body is, about the object `uri`."""
    kind, message = _remote_exception(body)
    if status == 401:  # noqa: PLR2004 (HTTP's number says it best)
        return StorageError(f'{uri}: HDFS wants to know who we are: kerberos = "true" in the site file, and kinit')
    if not kind or "Invalid operation" in message:
        if status >= 500:  # noqa: PLR2004 (as above)
            return PassingError(f"{uri}: HTTP {status} without a reason", DOUBT_SECONDS)
        return StorageError(f"{uri}: HTTP {status} comes from no NameNode: {_NO_WEBHDFS}")
    return _passing(kind, message, uri) or _lasting(kind, message, uri)


def no_replica(uri: str) -> PassingError:
    """The error of bytes that no DataNode could give."""
    reasons = "every replica is lost, corrupt or on a DataNode that is down: hdfs fsck -list-corruptfileblocks"
    return PassingError(f"{uri}: {reasons}", DOUBT_SECONDS)


def _passing(kind: str, message: str, uri: str) -> PassingError | None:
    if kind == "StandbyException":
        way_out = "no NameNode of the site file is active: hdfs haadmin -getAllServiceState"
        return StandbyError(f"{uri}: {way_out}", PATIENCE_SECONDS)
    if kind in _PASSING or "Failed on local exception" in message:
        return PassingError(f"{uri}: {_PASSING.get(kind, message)}", PATIENCE_SECONDS)
    if kind == "BlockMissingException" or "No active nodes contain this block" in message:
        return no_replica(uri)
    if "could only be written to" in message or "Failed to find datanode" in message:
        way_out = "no DataNode takes bytes: their disks are full, or too few are up: hdfs dfsadmin -report"
        return PassingError(f"{uri}: {way_out}", DOUBT_SECONDS)
    return None


def _lasting(kind: str, message: str, uri: str) -> StorageError:
    if kind in ("FileNotFoundException", "PathNotFoundException"):
        return NotFoundError(f"{uri} is not there")
    if kind == "FileAlreadyExistsException" or "must both be directories" in message:  # the latter: a folder is there
        return AlreadyExistsError(f"{uri} is already there, and a name is written once")
    way_out = f" ({_WAYS_OUT[kind]})" if kind in _WAYS_OUT else ""
    return StorageError(f"{uri}: {message or kind}{way_out}")


def _remote_exception(body: bytes) -> tuple[str, str]:
    """Class (without its outer class) and first line of the message; both empty when it is none."""
    try:
        said = json.loads(body)["RemoteException"]
    except (ValueError, KeyError, TypeError):
        return "", ""
    message = str(said.get("message") or "").strip()
    return str(said.get("exception", "")).rpartition("$")[2], message.partition("\n")[0].strip()
