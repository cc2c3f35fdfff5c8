"""An HTTP client that costs little: bodies made before, keep-alive connections."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass

TOKEN = "bench"


@dataclass(frozen=True)
class Target:
    """Where entries are posted, and the status that means that they were taken."""

    name: str
    port: int
    path: str
    taken: bytes
    token: str = TOKEN

    def request(self, body: bytes, key: str = "") -> bytes:
        more = f"Idempotency-Key: {key}\r\n" if key else ""
        head = (
            f"POST {self.path} HTTP/1.1\r\nHost: localhost\r\n"
            f"Authorization: Bearer {self.token}\r\n"
            f"Content-Type: application/x-ndjson\r\n{more}"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body


class Connection:
    """One keep-alive connection; a request at a time."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._reader, self._writer = reader, writer

    @classmethod
    async def open(cls, target: Target) -> Connection:
        return cls(*await asyncio.open_connection("127.0.0.1", target.port))

    async def post(self, request: bytes) -> bytes:
        """The status of the answer, as three digits."""
        self._writer.write(request)
        head = await self._reader.readuntil(b"\r\n\r\n")
        if b"content-length" in head.lower():
            length = head.lower().split(b"content-length: ")[1].split(b"\r\n")[0]
            await self._reader.readexactly(int(length))
        return head.split(b" ", 2)[1]

    def close(self) -> None:
        self._writer.close()


async def post_all(
    target: Target, requests: Sequence[bytes], connections: int
) -> list[float]:
    """Seconds to each acknowledgement; a connection posts one after the other."""
    waiting = iter(requests)
    seconds: list[float] = []

    async def keep_posting() -> None:
        connection = await Connection.open(target)
        for request in waiting:
            began = time.perf_counter()
            status = await connection.post(request)
            seconds.append(time.perf_counter() - began)
            if status != target.taken:
                raise SystemExit(f"{target.name} answered {status.decode()}")
        connection.close()

    await asyncio.gather(*(keep_posting() for _ in range(connections)))
    return seconds
