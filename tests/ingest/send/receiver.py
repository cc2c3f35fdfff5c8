"""A small HTTP server that receives what the sender posts, as logsite would."""

from __future__ import annotations

import gzip
import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self


@dataclass(frozen=True)
class Scripted:
    """An answer that is given instead of accepting."""

    status: int
    body: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)


class Receiver:
    """Accepts entries; the same key and body is stored once. Answers from `script`
    are given first."""

    def __init__(self, *script: Scripted, port: int = 0) -> None:
        self.script = list(script)
        self.entries: list[dict[str, Any]] = []
        self.requests: list[dict[str, str]] = []
        self.keys: list[str] = []
        self._seen: set[tuple[str, bytes]] = set()
        self._server = ThreadingHTTPServer(("127.0.0.1", port), _handler(self))
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.01}
        )

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def messages(self) -> list[str]:
        return [entry["message"] for entry in self.entries]

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def answer(self, headers: dict[str, str], body: bytes) -> Scripted:
        self.requests.append(headers)
        if self.script:
            return self.script.pop(0)
        lines = body.split(b"\n")
        key = headers.get("Idempotency-Key", "")
        if (key, body) not in self._seen:
            self._seen.add((key, body))
            self.keys.append(key)
            self.entries += [json.loads(line) for line in lines]
        content = {"receipt": "r", "accepted": len(lines), "rejected": 0, "results": []}
        return Scripted(202, content)


def _handler(receiver: Receiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers.get("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
            answer = receiver.answer(dict(self.headers.items()), body)
            content = json.dumps(answer.body).encode()
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    return Handler
