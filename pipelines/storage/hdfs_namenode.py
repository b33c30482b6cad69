"""The NameNode, asked over WebHDFS: whichever of them is active, again while what is wrong may pass.

HdfsCLI's clients say who we are (user name, or Kerberos with its limits on requests at a time). Its own requests are
not used: they try nothing again, take `#LATEST` in a name for a wish, and know no listing by batches.
"""

import os
import ssl
from functools import cache
from typing import Any
from urllib.parse import quote

import requests
from hdfs import InsecureClient
from requests.adapters import HTTPAdapter

from pipelines.errors import NotFoundError, RefusedError, StorageError
from pipelines.storage.contract import Stat
from pipelines.storage.hdfs_answers import DOUBT_SECONDS, NOT_OURS, PATIENCE_SECONDS, StandbyError, refusal
from pipelines.storage.hdfs_settings import HdfsSettings
from pipelines.storage.patience import PassingError, persistently

_TIMEOUT_SECONDS = (10, 60)
"""To connect; for an answer. A NameNode that stops the world for its garbage is away for some 10 s."""
_PASSING = (requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError)
_CONNECTIONS = 32
"""Kept open, one per thread that asks."""


class NameNode:
    """One HDFS as one user."""

    def __init__(self, settings: HdfsSettings) -> None:
        self._addresses = settings.addresses
        self._session = _session(settings)
        self._ever_answered = False
        secure = settings.addresses[0].startswith("https://")
        self.encryption = ssl.create_default_context(cafile=settings.ca_file or None) if secure else None
        """How DataNodes are spoken to."""

    def ask(self, method: str, operation: str, uri: str, *, about: str = "", **parameters: str) -> dict[str, Any]:
        """The answer to one operation of WebHDFS on `uri`, within patience; errors are `about` another URI if given."""
        return persistently(lambda: self.ask_once(method, operation, uri, about=about, **parameters))

    def ask_once(self, method: str, operation: str, uri: str, *, about: str = "", **parameters: str) -> dict[str, Any]:
        """As `ask`, with one attempt at each NameNode; PassingError when another one may help."""
        path, errors = f"/webhdfs/v1{quote(path_of(uri))}", []
        for address in self._addresses:
            try:
                answer = self._request(method, address, path, {"op": operation} | parameters)
                found = _content(answer, about or uri)
            except PassingError as error:
                errors.append(error)
            else:
                self._addresses = (address, *(other for other in self._addresses if other != address))
                return found
        raise next((error for error in errors if not isinstance(error, StandbyError)), errors[0])

    def stat(self, uri: str) -> Stat:
        """Size and version of a file; NotFoundError for a folder too."""
        return file_stat(uri, self.ask("GET", "GETFILESTATUS", uri)["FileStatus"])

    def _request(self, method: str, address: str, path: str, parameters: dict[str, str]) -> requests.Response:
        try:
            answer = self._session.request(
                method, address + path, params=parameters, timeout=_TIMEOUT_SECONDS, allow_redirects=False
            )
        except requests.exceptions.SSLError as error:
            raise StorageError(f"{address}: {_reason(error)} (ca_file of the site file names who signs it)") from error
        except _PASSING as error:
            # Who never answered is more likely to be a wrong address than one that restarts.
            patience_seconds = PATIENCE_SECONDS if self._ever_answered else DOUBT_SECONDS
            raise PassingError(f"{address}: {_reason(error)} (webhdfs of the site file)", patience_seconds) from error
        except requests.RequestException as error:
            raise StorageError(f"{address}: {_reason(error)} (webhdfs of the site file)") from error
        self._ever_answered = True
        return answer


def namenode(settings: HdfsSettings) -> NameNode:
    """The one of this process for these settings; a forked child gets connections of its own."""
    return _namenode(settings, os.getpid())


@cache
def _namenode(settings: HdfsSettings, _process: int) -> NameNode:
    return NameNode(settings)


def path_of(uri: str) -> str:
    """`/a/b` of `hdfs://namenode:8020/a/b`; StorageError for one that HDFS has no name for."""
    path = "/" + uri.removeprefix("hdfs://").partition("/")[2]
    for part in path.split("/")[1:] if path != "/" else ():
        if part in ("", ".", "..") or ":" in part:
            raise StorageError(f"{uri}: HDFS has no name {part!r}: none is empty, . or .., and none holds a colon")
    return path


def file_stat(uri: str, status: dict[str, Any]) -> Stat:
    """Of a FileStatus; the file's id is its own for ever, so a name written anew is another version."""
    if status["type"] != "FILE":
        raise NotFoundError(f"{uri} is a folder, not a file")
    if "fileId" not in status:
        raise refusal(NOT_OURS, b"", uri)
    size_bytes = int(status["length"])
    return Stat(uri, size_bytes, f"{status['modificationTime']}-{status['fileId']}-{size_bytes}")


def _content(answer: requests.Response, uri: str) -> dict[str, Any]:
    if not answer.ok:
        raise refusal(answer.status_code, answer.content, uri)
    try:
        return answer.json() if answer.content else {}
    except ValueError as error:
        raise refusal(NOT_OURS, b"", uri) from error


def _session(settings: HdfsSettings) -> requests.Session:
    session = requests.Session()
    session.trust_env = False  # HDFS's own clients know nothing of proxies and .netrc either
    session.verify = settings.ca_file or True
    for scheme in ("http://", "https://"):
        session.mount(scheme, HTTPAdapter(pool_connections=_CONNECTIONS, pool_maxsize=_CONNECTIONS))
    if settings.kerberos == "true":
        try:
            from hdfs.ext.kerberos import KerberosClient  # noqa: PLC0415 (needs a C library that few want)
        except ImportError as error:
            raise RefusedError('storage.hdfs.kerberos wants requests-kerberos: pip install "hdfs[kerberos]"') from error
        KerberosClient(settings.addresses[0], session=session)
    else:
        InsecureClient(settings.addresses[0], user=settings.user or None, session=session)
    return session


def _reason(error: Exception) -> str:
    """The innermost cause, which says what the system said."""
    text, inner = str(error), getattr(error, "args", (None,))[0]
    cause = getattr(inner, "reason", inner)
    if isinstance(cause, BaseException):
        text = str(cause)
    return text.rpartition(": ")[2].strip("()'\" ") or type(error).__name__
