"""The edge behind a real HTTP server: what only shows on a socket."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator

import pytest
import uvicorn

from tests.ingest.edge.senders import FakeEdge
from tests.ingest.edge.test_app import LINE

MB = 1024 * 1024


@pytest.fixture
async def port() -> AsyncIterator[int]:
    """The port of a server that answers until the test ends."""
    config = uvicorn.Config(FakeEdge(), lifespan="off", log_level="error")
    server = uvicorn.Server(config)
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        yield listening.getsockname()[1]
        server.should_exit = True
        await serving


def head(*lines: str) -> bytes:
    first = (
        "POST /api/logs HTTP/1.1",
        "Host: localhost",
        "Authorization: Bearer alice",
    )
    return "\r\n".join((*first, *lines, "", "")).encode()


async def answer_to(port: int, parts: Iterator[bytes]) -> bytes:
    """The answer to a client that reads only after it has sent everything."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        async with asyncio.timeout(20):
            for part in parts:
                writer.write(part)
                await writer.drain()
            return await reader.readuntil(b"\r\n\r\n")
    finally:
        writer.close()


def chunks(count: int) -> Iterator[bytes]:
    yield head("Transfer-Encoding: chunked")
    for _ in range(count):
        yield b"%x\r\n" % MB + bytes(MB) + b"\r\n"
    yield b"0\r\n\r\n"


async def test_it_takes_a_chunked_body(port: int) -> None:
    parts = [head("Transfer-Encoding: chunked"), b"%x\r\n" % len(LINE) + LINE + b"\r\n"]

    answer = await answer_to(port, iter([*parts, b"0\r\n\r\n"]))

    assert answer.startswith(b"HTTP/1.1 202")


async def test_a_client_that_sends_too_much_learns_why(port: int) -> None:
    announced = head(f"Content-Length: {20 * MB}")

    chunked = await answer_to(port, chunks(60))
    measured = await answer_to(port, iter([announced, *[bytes(MB)] * 20]))

    for answer in (chunked, measured):
        assert answer.startswith(b"HTTP/1.1 413")
        assert b"connection: close" in answer


async def test_a_client_that_sends_without_end_is_cut_off(port: int) -> None:
    with pytest.raises(ConnectionError):
        await answer_to(port, chunks(400))


async def test_a_client_without_a_token_learns_why_and_may_go_on(port: int) -> None:
    refused = head(f"Content-Length: {3 * MB}").replace(b"alice", b"mallory")

    answer = await answer_to(port, iter([refused, bytes(3 * MB)]))

    assert answer.startswith(b"HTTP/1.1 401")
    assert b"connection: close" not in answer


async def test_it_asks_a_waiting_client_for_its_body(port: int) -> None:
    waiting = head(f"Content-Length: {len(LINE)}", "Expect: 100-continue")

    answer = await answer_to(port, iter([waiting, LINE]))

    assert answer.startswith(b"HTTP/1.1 100")
