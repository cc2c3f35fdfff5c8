"""A websocket over a line that takes 1 KB a second."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlencode, urlsplit

from tests.site import Site

BYTES_PER_S = 1024


@contextmanager
def narrow_link(site: Site, **asked: str) -> Iterator[None]:
    """Somebody watches over it; at the end the line is cut."""
    stop = threading.Event()
    with socket.socket() as link:
        link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BYTES_PER_S)
        where = urlsplit(site.address)
        link.connect((where.hostname, where.port))
        link.sendall(_request(where.netloc, site.token, urlencode(asked)))
        assert link.recv(12) == b"HTTP/1.1 101"
        reader = threading.Thread(target=_read_slowly, args=(link, stop))
        reader.start()
        yield
        stop.set()
        reader.join()


def _request(host: str, token: str, query: str) -> bytes:
    lines = (
        f"GET /ws/tail?{query} HTTP/1.1",
        f"Host: {host}",
        f"Authorization: Bearer {token}",
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    )
    return "\r\n".join((*lines, "", "")).encode()


def _read_slowly(link: socket.socket, stop: threading.Event) -> None:
    while not stop.wait(1) and link.recv(BYTES_PER_S):
        pass
