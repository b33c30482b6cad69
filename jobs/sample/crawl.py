"""A small breadth-first crawler: one connection, links followed in the order of the page, bounded in bytes."""

import html
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from http.client import HTTPConnection, HTTPResponse
from urllib.parse import urldefrag, urljoin, urlsplit

HOST = "docs.sample.test"
"""The site's name in every URL, so that the archives are the same on every port; `.test` never resolves (RFC 6761)."""

MAX_PAGE_BYTES = 300_000
"""Larger pages are left out: a few manuals that are one page each would fill the sample."""

_TIMEOUT_SECONDS = 30
_HEADERS = (("Host", HOST), ("User-Agent", "phloem-sample"), ("Accept", "text/html"), ("Accept-Encoding", "identity"))
# A regular expression, not a parser: 20 MB of pages in 0.3 s, and a link missed in a comment or script costs nothing.
_LINK = re.compile(rb"<a\s[^>]*?href\s*=\s*[\"']([^\"'>]+)", re.IGNORECASE)


@dataclass(frozen=True)
class Page:
    """One page as it went over the wire."""

    url: str
    date: datetime
    """When the file was last changed, as the server says: the clock stays out of the archives."""
    request: bytes
    head: bytes
    """Status line and headers of the answer, with the empty line."""
    body: bytes


def crawl(host: str, port: int, *, max_bytes: int) -> Iterator[Page]:
    """Pages of the site at `host:port` from its front page on, until `max_bytes` of bodies have been yielded.

    Listings (pages without a Last-Modified header) are followed, not yielded.
    """
    start = f"http://{HOST}/"
    waiting, seen, num_bytes = deque([start]), {start}, 0
    connection = HTTPConnection(host, port, timeout=_TIMEOUT_SECONDS)
    try:
        while waiting and num_bytes < max_bytes:
            url = waiting.popleft()
            page, links = _fetch(connection, url)
            new = [link for link in links if link not in seen]
            seen.update(new)
            waiting.extend(new)
            if page is not None:
                num_bytes += len(page.body)
                yield page
    finally:
        connection.close()


def links_of(url: str, body: bytes) -> list[str]:
    """The pages and folders of the same site that `body` links to: absolute, without fragments, each once."""
    found: dict[str, None] = {}
    for href in dict.fromkeys(_LINK.findall(body)):
        link = urldefrag(urljoin(url, html.unescape(href.decode("utf-8", "replace")))).url
        parts = urlsplit(link)
        if parts.netloc == HOST and parts.path.endswith(("/", ".html", ".htm")) and not parts.query:
            found[link] = None
    return list(found)


def _fetch(connection: HTTPConnection, url: str) -> tuple[Page | None, list[str]]:
    """The page at `url` (None when there is none to keep) and what it links to."""
    target = urlsplit(url).path
    connection.putrequest("GET", target, skip_host=True, skip_accept_encoding=True)
    for name, value in _HEADERS:
        connection.putheader(name, value)
    connection.endheaders()
    response = connection.getresponse()
    body = response.read()
    html_type = response.headers.get("Content-Type", "").startswith("text/html")
    if response.status != HTTPStatus.OK or not html_type or len(body) > MAX_PAGE_BYTES:
        return None, []
    return _page(url, target, response, body), links_of(url, body)


def _page(url: str, target: str, response: HTTPResponse, body: bytes) -> Page | None:
    changed = response.headers.get("Last-Modified")
    if changed is None or not body:
        return None
    request = _block(f"GET {target} HTTP/1.1", list(_HEADERS))
    head = _block(f"HTTP/1.1 {response.status} {response.reason}", response.getheaders())
    return Page(url, parsedate_to_datetime(changed), request, head, body)


def _block(first: str, headers: list[tuple[str, str]]) -> bytes:
    lines = [first, *(f"{name}: {value}" for name, value in headers)]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("iso-8859-1")
