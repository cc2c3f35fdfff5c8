"""Connections on which nothing comes, or too slowly."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator

import pytest
import uvicorn

from ingest.edge import connections
from tests.ingest.edge.senders import FakeEdge
from tests.ingest.edge.test_app import LINE
from tests.ingest.edge.test_over_http import head

PATIENCE_S = 0.2


@pytest.fixture
async def port(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[int]:
    """The port of a server with little patience."""
    monkeypatch.setattr(connections, "HEAD_S", PATIENCE_S)
    monkeypatch.setattr(connections, "REQUEST_S", 2 * PATIENCE_S)
    protocol = connections.PatientHttp
    config = uvicorn.Config(
        FakeEdge(), lifespan="off", log_level="error", http=protocol
    )
    server = uvicorn.Server(config)
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        yield listening.getsockname()[1]
        server.should_exit = True
        await serving


async def answer_to(port: int, *parts: bytes) -> bytes:
    """All that comes until the server closes the connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        for part in parts:
            writer.write(part)
            await writer.drain()
        async with asyncio.timeout(10):
            return await reader.read()
    finally:
        writer.close()


async def test_it_closes_a_connection_on_which_nothing_comes(port: int) -> None:
    assert await answer_to(port) == b""


async def test_it_closes_a_connection_whose_head_does_not_end(port: int) -> None:
    assert await answer_to(port, b"POST /api/logs HTTP/1.1\r\nHost: lo") == b""


async def test_it_closes_a_connection_whose_body_does_not_end(port: int) -> None:
    assert await answer_to(port, head("Content-Length: 100"), b"{") == b""


async def test_it_answers_who_sends_in_time(port: int) -> None:
    request = head(f"Content-Length: {len(LINE)}", "Connection: close") + LINE

    assert (await answer_to(port, request)).startswith(b"HTTP/1.1 202")


async def test_it_waits_again_for_the_next_request_on_a_connection(port: int) -> None:
    request = head(f"Content-Length: {len(LINE)}") + LINE

    answer = await answer_to(port, request, b"POST /api/logs HT")

    assert answer.startswith(b"HTTP/1.1 202")
    assert answer.count(b"HTTP/1.1") == 1
