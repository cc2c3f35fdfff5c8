"""A web server on this machine that takes webhooks, and answers as it is told."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Condition, Thread
from typing import Any


class Receiver:
    """What came, in order; `answers` are given to the next requests, then 200."""

    def __init__(self) -> None:
        self.answers: list[int] = []
        self.bodies: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self._came = Condition()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_port}/hook"

    def wait_for(self, count: int, timeout_s: float) -> list[dict[str, Any]]:
        """The bodies, once there are so many."""
        with self._came:
            if not self._came.wait_for(lambda: len(self.bodies) >= count, timeout_s):
                raise TimeoutError(f"{len(self.bodies)} of {count}: {self.bodies}")
            return list(self.bodies)

    def _take(self, body: bytes, headers: dict[str, str]) -> int:
        with self._came:
            self.bodies.append(json.loads(body))
            self.headers.append(headers)
            self._came.notify_all()
            return self.answers.pop(0) if self.answers else 200

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        take = self._take

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers["Content-Length"])
                status = take(self.rfile.read(length), dict(self.headers))
                self.send_response(status)
                self.send_header("Location", "/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        return Handler

    @contextmanager
    def running(self) -> Iterator[Receiver]:
        thread = Thread(target=self._server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            self._server.server_close()
            thread.join()
