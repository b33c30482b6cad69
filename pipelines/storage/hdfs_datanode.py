"""Bytes to and from a DataNode: the second half of WebHDFS's OPEN and CREATE, at the address the NameNode names.

By `http.client`, because bytes go from the socket into the caller's buffer and from a file into the socket, with
nothing in between. A DataNode closes the connection after each answer, so there is none to keep.
"""

import socket
import ssl
import string
from contextlib import closing
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import BinaryIO
from urllib.parse import quote, urlsplit

from pipelines.storage.hdfs_answers import PATIENCE_SECONDS, refusal
from pipelines.storage.hdfs_namenode import NameNode
from pipelines.storage.patience import PassingError

_TIMEOUT_SECONDS = 60
"""Without a byte. A DataNode that looks for another replica, or for one to write to, is silent for some 20 s."""
_SEND_BYTES = 1 << 20
_OK, _CREATED = 200, 201


class Detour:
    """The way to a DataNode that goes around those that failed lately."""

    def __init__(self, namenode: NameNode) -> None:
        self._namenode = namenode
        self._avoided: set[str] = set()

    def locate(self, method: str, operation: str, uri: str, **parameters: str) -> str:
        """Where the NameNode sends us for OPEN or CREATE."""
        if self._avoided:
            parameters["excludedatanodes"] = ",".join(sorted(self._avoided))
        try:
            answer = self._namenode.ask_once(method, operation, uri, noredirect="true", **parameters)
        except PassingError:
            self._avoided.clear()  # it may be that no other one is left
            raise
        return str(answer["Location"])

    def avoid(self, location: str) -> None:
        """Let the NameNode leave out the DataNode at `location` from now on."""
        self._avoided.add(_address(location))

    def forget(self) -> None:
        """Avoid none: bytes have come again."""
        self._avoided.clear()


def receive(location: str, encryption: ssl.SSLContext | None, uri: str) -> HTTPResponse:
    """The body of a file, from where `location` says on; PassingError when the DataNode is gone."""
    connection = _connection(location, encryption)
    try:
        connection.request("GET", _target(location))
        answer = connection.getresponse()
    except (OSError, HTTPException) as error:
        connection.close()
        raise broken(location, uri, error) from error
    if answer.status != _OK:
        with closing(connection):
            raise refusal(answer.status, answer.read(), uri)
    return answer


def send(location: str, encryption: ssl.SSLContext | None, uri: str, body: BinaryIO, size_bytes: int) -> None:
    """Make the file at `location` of all that `body` holds; returns when HDFS has it in as many replicas as it asks."""
    with closing(_connection(location, encryption)) as connection:
        try:
            answer = _sent(connection, location, body, size_bytes)
            said = answer.read()
        except (OSError, HTTPException) as error:
            raise broken(location, uri, error) from error
    if answer.status != _CREATED:
        raise refusal(answer.status, said, uri)


def broken(location: str, uri: str, error: Exception) -> PassingError:
    """What to raise when the DataNode at `location` is gone; another one may help."""
    # The host alone: the rest of the location may hold a token.
    host, reason = urlsplit(location).netloc, str(error) or type(error).__name__
    return PassingError(f"{uri}: the DataNode {host} is gone: {reason}", PATIENCE_SECONDS)


def _sent(connection: HTTPConnection, location: str, body: BinaryIO, size_bytes: int) -> HTTPResponse:
    connection.putrequest("PUT", _target(location))
    connection.putheader("Content-Type", "application/octet-stream")
    connection.putheader("Content-Length", str(size_bytes))
    connection.endheaders()
    try:
        while piece := body.read(_SEND_BYTES):
            connection.send(piece)
    except OSError as error:  # a DataNode that refuses in the middle says why, and closes
        try:
            return connection.getresponse()
        except (OSError, HTTPException):
            raise error from None
    return connection.getresponse()


def _connection(location: str, encryption: ssl.SSLContext | None) -> HTTPConnection:
    parts = urlsplit(location)
    host = parts.hostname or ""
    if parts.scheme == "https":
        return HTTPSConnection(host, parts.port, timeout=_TIMEOUT_SECONDS, context=encryption)
    return HTTPConnection(host, parts.port, timeout=_TIMEOUT_SECONDS)


def _target(location: str) -> str:
    parts = urlsplit(location)
    # Quoted by the NameNode already, but for letters like ü, which it leaves as they are.
    return quote(f"{parts.path}?{parts.query}", safe=string.punctuation)


def _address(location: str) -> str:
    """The IP address of the DataNode at `location`: the NameNode leaves one out by that, not by its name."""
    host = urlsplit(location).hostname or ""
    try:
        return socket.gethostbyname(host)
    except OSError:
        return host
