"""Storage classes in front of an S3 server that keeps none: what Amazon documents of them, and versitygw has not.

`CopyObject` of an object onto itself changes its class; GLACIER answers GET with InvalidObjectState until the object is
restored, which a test decides. Everything else goes through to the real server, whose signatures and bytes stand.
"""

import http.client
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ARCHIVED = frozenset({"GLACIER", "DEEP_ARCHIVE"})
_COPIED = '<CopyObjectResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><ETag>"e"</ETag></CopyObjectResult>'
_REFUSED = "<Error><Code>{code}</Code><Message>by storage_classes.py</Message></Error>"


@dataclass
class Classes:
    """What a test looks at and decides."""

    upstream: str
    endpoint: str = ""
    of: dict[str, str] = field(default_factory=dict)
    """Path → class, where it is not STANDARD."""
    restoring: set[str] = field(default_factory=set)
    """Paths whose restoring was asked for."""
    restored: bool = False
    """Whether what was asked for has been done."""
    kept: bool = True
    """False: a class is taken without a word and not kept, as some servers do."""

    def readable(self, path: str) -> bool:
        """Whether S3 would give its bytes."""
        return self.of.get(path) not in ARCHIVED or (self.restored and path in self.restoring)

    def headers(self, path: str) -> dict[str, str]:
        """What S3 says of the class with every answer about an object."""
        said = {"x-amz-storage-class": self.of[path]} if path in self.of else {}
        if path in self.restoring:
            said["x-amz-restore"] = f'ongoing-request="{"false" if self.restored else "true"}"'
        return said


class _Connection(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    classes: Classes

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        if self.classes.readable(path):
            self._pass()
        else:
            self._answer(403, _REFUSED.format(code="InvalidObjectState"))

    def do_PUT(self) -> None:
        path, wanted = self.path.partition("?")[0], self.headers.get("x-amz-storage-class")
        if not wanted or "/" + self.headers.get("x-amz-copy-source", "").lstrip("/") != path:
            self._pass()
        elif not self.classes.readable(path):
            self._answer(403, _REFUSED.format(code="InvalidObjectState"))
        elif not re.fullmatch("[A-Z_]+", wanted):
            self._answer(400, _REFUSED.format(code="InvalidStorageClass"))
        else:
            self.classes.of |= {path: wanted} if self.classes.kept else {}
            self.classes.restoring.discard(path)
            self._answer(200, _COPIED)

    def do_POST(self) -> None:
        path, _, query = self.path.partition("?")
        if query.startswith("restore"):
            self.rfile.read(int(self.headers["Content-Length"]))
            self.classes.restoring.add(path)
            self._answer(202, "")
        else:
            self._pass()

    def do_HEAD(self) -> None:
        self._pass()

    def do_DELETE(self) -> None:
        self.classes.of.pop(self.path.partition("?")[0], None)
        self._pass()

    def _pass(self) -> None:
        upstream = http.client.HTTPConnection(self.classes.upstream.removeprefix("http://"))
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        upstream.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
        for name, value in self.headers.items():
            upstream.putheader(name, value)
        upstream.endheaders(body)
        answer = upstream.getresponse()
        data = answer.read()
        self.send_response_only(answer.status)
        said = {name.lower(): value for name, value in answer.getheaders()}
        for name, value in (said | self.classes.headers(self.path.partition("?")[0])).items():
            if name not in ("transfer-encoding", "connection"):
                self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)
        upstream.close()

    def _answer(self, status: int, text: str) -> None:
        self.send_response_only(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_: object) -> None:
        """Nothing on the console."""


@contextmanager
def running(upstream: str) -> Iterator[Classes]:
    """Storage classes in front of the S3 server at `upstream`, an address like http://127.0.0.1:7070."""
    classes = Classes(upstream)
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Connection", (_Connection,), {"classes": classes}))
    server.daemon_threads = True
    classes.endpoint = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield classes
    finally:
        server.shutdown()
        server.server_close()
