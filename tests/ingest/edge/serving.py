"""An edge behind a real HTTP server, for clients that know nothing of ASGI."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import uvicorn

from tests.ingest.edge.senders import FakeEdge


@dataclass(frozen=True)
class Served:
    """The edge, and where it answers."""

    edge: FakeEdge
    address: str

    @property
    def messages(self) -> list[str]:
        return [value["message"] for value in self.edge.kafka.values]


@contextmanager
def served_edge() -> Iterator[Served]:
    edge = FakeEdge()
    config = uvicorn.Config(edge, lifespan="off", log_level="error")
    server = uvicorn.Server(config)
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        port = listening.getsockname()[1]
        thread = threading.Thread(
            target=lambda: asyncio.run(server.serve(sockets=[listening]))
        )
        thread.start()
        try:
            yield Served(edge, f"http://127.0.0.1:{port}")
        finally:
            server.should_exit = True
            thread.join()
