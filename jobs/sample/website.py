"""A web site of this machine's own HTML folders, served on the loopback interface for as long as a crawl takes.

Each folder is mounted under a name of its own: `/python3.11-html/library/os.html`. The front page links to all of them,
and a folder without an index page answers with its listing, so that every page can be reached by following links.
"""

import html
import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

CACHED_DOCUMENTATION = Path("~/.cache/phloem/documentation/usr/share/doc")
"""Where scripts/bootstrap.sh unpacks Python's pages when the system leaves documentation out (container images do)."""

DOCUMENTATION = (Path("/usr/share/doc"), CACHED_DOCUMENTATION)
_MINIMUM_PAGES = 3
"""A folder with fewer HTML files of its own is an application's page or a template, not documentation."""


def find_roots(documentation: tuple[Path, ...] = DOCUMENTATION) -> dict[str, Path]:
    """Mount name → topmost folder with at least three HTML pages; Python's documentation first, then by name."""
    found: dict[str, Path] = {}
    for base in (path.expanduser() for path in documentation):
        for folder in _folders_of_pages(base):
            name = "-".join(folder.relative_to(base).parts)
            found.setdefault(name, folder)
    return dict(sorted(found.items(), key=lambda item: (not item[0].startswith("python3"), item[0])))


def _folders_of_pages(base: Path) -> Iterator[Path]:
    for directory, folders, files in os.walk(base):
        folders.sort()
        if sum(name.endswith((".html", ".htm")) for name in files) >= _MINIMUM_PAGES:
            folders.clear()
            yield Path(directory)


@contextmanager
def serve(roots: Mapping[str, Path]) -> Iterator[tuple[str, int]]:
    """Serve `roots` inside the block; yields host and port (whichever is free)."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, roots=roots))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, name="sample-website")
    thread.start()
    try:
        yield "127.0.0.1", server.server_address[1]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Handler(SimpleHTTPRequestHandler):
    """Files below the mounted folders; answers depend on the files alone (no Date and no Server header)."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # headers and body are two writes: 40 ms per page otherwise

    def __init__(self, *args: Any, roots: Mapping[str, Path], **kwargs: Any) -> None:
        self.roots = roots
        super().__init__(*args, **kwargs)

    def do_GET(self) -> None:
        """The front page, or what the standard handler makes of a path."""
        if self.path == "/":
            self._front_page()
        else:
            super().do_GET()

    def translate_path(self, path: str) -> str:
        """The file of a request: the first part of its path names the folder."""
        name, _, rest = path.lstrip("/").partition("/")
        root = self.roots.get(unquote(name))
        if root is None:
            return os.devnull + "/"  # ends in a slash and is no folder: 404
        self.directory = str(root)
        return super().translate_path("/" + rest)

    def send_response(self, code: int, message: str | None = None) -> None:
        """The status line only: the standard one adds the clock and the interpreter's version."""
        self.send_response_only(code, message)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (the standard handler's name)
        """Say nothing: the crawler reports."""

    def _front_page(self) -> None:
        links = "".join(f'<li><a href="/{quote(name)}/">{html.escape(name)}</a></li>' for name in self.roots)
        body = f"<!DOCTYPE html><title>Documentation</title><ul>{links}</ul>".encode()
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
