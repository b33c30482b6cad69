"""A proxy in front of an HTTP server that does to requests and answers what networks and overloaded stores do to them.

    with faulty_proxy.running(server.endpoint) as proxy:
        proxy.inject("reset", "GET /bucket/key", at_byte=1000)      # the next GET of it is torn after 1,000 bytes
        …
        assert proxy.counts["reset"] == 1

It looks at HTTP as far as it must: a request's head, bodies by their length. Requests without a fault pass unchanged.
"""

import re
import socket
import socketserver
import struct
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import BinaryIO

ANSWERS = {
    "pretended": (200, ""),
    "slow_down": (503, "SlowDown"),
    "internal_error": (500, "InternalError"),
    "expired_token": (400, "ExpiredToken"),
    "bad_digest": (400, "BadDigest"),
    "no_such_upload": (404, "NoSuchUpload"),
    "precondition_failed": (412, "PreconditionFailed"),
    "other_region": (400, "AuthorizationHeaderMalformed"),
}
"""What the proxy answers itself, instead of the server: HTTP status and S3's code."""
_ANSWER_FAULTS = frozenset({"reset", "truncate", "flip", "stall", "lose"})
"""Faults of an answer: torn, cut short, one bit changed, no byte for a while and then torn, never delivered."""
_REQUEST_FAULTS = frozenset({"flip_request"})
_PIECE_BYTES = 1 << 16


@dataclass
class Fault:
    """One thing to do, to the requests whose line `where` is found in."""

    kind: str
    where: re.Pattern[str]
    times: int
    at_byte: int
    """Of the body: where it is torn, or which byte is changed."""
    seconds: float


class FaultyProxy:
    """What a test gives orders to, and asks what was done."""

    def __init__(self, upstream: str) -> None:
        host, _, port = upstream.removeprefix("http://").partition(":")
        self.upstream = host, int(port)
        self.endpoint = ""
        self.counts: Counter[str] = Counter()
        """Kind → how many times it was done."""
        self.requests: list[str] = []
        """The head of every request that came."""
        self._faults: list[Fault] = []
        self._lock = threading.Lock()

    def inject(self, kind: str, where: str = "", *, times: int = 1, at_byte: int = 0, seconds: float = 0.0) -> None:
        """Do this to the next `times` requests whose line holds the regular expression `where`."""
        assert kind in ANSWERS.keys() | _ANSWER_FAULTS | _REQUEST_FAULTS, kind
        self._faults.append(Fault(kind, re.compile(where), times, at_byte, seconds))

    def forget(self) -> None:
        """No orders, no counts, no requests: as new."""
        with self._lock:
            self.counts.clear()
            self.requests.clear()
            self._faults.clear()

    def fault_for(self, head: bytes) -> Fault | None:
        """The first order that fits the request, counted as done."""
        with self._lock:
            self.requests.append(head.decode("latin-1"))
            for fault in self._faults:
                if fault.times > 0 and fault.where.search(self.requests[-1].partition("\r\n")[0]):
                    fault.times -= 1
                    self.counts[fault.kind] += 1
                    return fault
        return None


class _Connection(socketserver.StreamRequestHandler):
    """A client's connection: request after request, each to a new connection of the server."""

    server: "_Server"

    def handle(self) -> None:
        with suppress(OSError):  # the client went, or the server was stopped
            while head := _head(self.rfile):
                if not self._serve(head):
                    return

    def _serve(self, head: bytes) -> bool:
        """Answer one request; whether the connection goes on."""
        asks_first = b"\r\nexpect: 100-continue" in head.lower()
        fault = self.server.proxy.fault_for(head)
        if fault and fault.kind in ANSWERS:
            if not asks_first:
                self.rfile.read(_length(head))
            self._answer_itself(fault)
            return True
        with socket.create_connection(self.server.proxy.upstream) as upstream, upstream.makefile("rb") as server:
            upstream.sendall(head)
            answer = _head(server) if asks_first else b""
            if not answer or answer.startswith(b"HTTP/1.1 100"):
                self.wfile.write(answer)
                with suppress(OSError):  # a server that refuses may answer, and hang up, before it has all
                    upstream.sendall(self._body(head, fault))
                answer = _head(server)
            return self._answer(head, answer, server, fault)

    def _body(self, head: bytes, fault: Fault | None) -> bytes:
        body = self.rfile.read(_length(head))
        return _flipped(body, fault.at_byte) if fault and fault.kind == "flip_request" else body

    def _answer_itself(self, fault: Fault) -> None:
        status, code = ANSWERS[fault.kind]
        error = f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>injected</Message></Error>"
        body = error.encode() if code else b""
        wait = f"Retry-After: {fault.seconds:.0f}\r\n" if fault.seconds else ""
        self.wfile.write(f"HTTP/1.1 {status} Injected\r\n{wait}Content-Length: {len(body)}\r\n\r\n".encode() + body)

    def _answer(self, head: bytes, answer: bytes, server: BinaryIO, fault: Fault | None) -> bool:
        rest = 0 if head.startswith(b"HEAD ") else _length(answer)
        if fault and fault.kind == "lose":
            server.read(rest)
            return self._torn(reset=True)
        self.wfile.write(answer)
        sent = 0
        while rest:
            piece = server.read(min(rest, fault.at_byte - sent if fault and sent < fault.at_byte else _PIECE_BYTES))
            if fault and sent == fault.at_byte and fault.kind == "flip":
                piece = _flipped(piece, 0)
            elif fault and sent == fault.at_byte and fault.kind in _ANSWER_FAULTS:
                time.sleep(fault.seconds)
                return self._torn(reset=fault.kind != "truncate")
            self.wfile.write(piece)
            sent, rest = sent + len(piece), rest - len(piece)
        return True

    def _torn(self, *, reset: bool) -> bool:
        """End the connection: orderly, or as a machine does that is gone."""
        if reset:
            self.request.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        socket.close(self.request.detach())  # at once, whatever else holds the socket
        return False


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True
    request_queue_size = 128

    proxy: FaultyProxy


@contextmanager
def running(upstream: str) -> Iterator[FaultyProxy]:
    """A proxy on a free port of loopback before `upstream` (`http://host:port`)."""
    proxy = FaultyProxy(upstream)
    with _Server(("127.0.0.1", 0), _Connection) as server:
        server.proxy = proxy
        proxy.endpoint = f"http://127.0.0.1:{server.server_address[1]}"
        serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        serving.start()
        try:
            yield proxy
        finally:
            server.shutdown()
            serving.join()


def _head(stream: BinaryIO) -> bytes:
    """A message's head with its empty line; nothing when the other side has closed."""
    lines = []
    while line := stream.readline(_PIECE_BYTES):
        lines.append(line)
        if line == b"\r\n":
            return b"".join(lines)
    return b""


def _length(head: bytes) -> int:
    found = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
    return int(found[1]) if found else 0


def _flipped(data: bytes, at_byte: int) -> bytes:
    return data[:at_byte] + bytes([data[at_byte] ^ 1]) + data[at_byte + 1 :]
