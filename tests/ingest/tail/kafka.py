"""A topic with lines in it, and what a tail says of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import aclosing
from typing import Any

import msgspec

from ingest.query.filter import LogFilter
from ingest.tail.frames import Tail
from ingest.tail.hub import Hub
from ingest.tail.lives import Starts

WAIT_S = 60.0


def unraised(_topic_id: str) -> Starts:
    """Every partition is in its first generation."""
    return {}


class Viewer:
    """Reads a tail as a socket does, and remembers every frame."""

    def __init__(self, hub: Hub, text: str = "", cursor: str = "") -> None:
        self.tail = Tail(hub, LogFilter(text), cursor)
        self.frames: list[dict[str, Any]] = []
        self._task = asyncio.create_task(self._read())

    async def _read(self) -> None:
        async with aclosing(self.tail.frames()) as stream:
            async for frame in stream:
                self.frames.append(msgspec.json.decode(frame))

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [frame for frame in self.frames if frame["type"] == kind]

    @property
    def messages(self) -> list[str]:
        return [
            entry["message"]
            for frame in self.of("entries")
            for entry in frame["entries"]
        ]

    @property
    def skipped(self) -> int:
        return sum(frame["count"] for frame in self.of("skipped"))

    @property
    def cursor(self) -> str:
        """Of the last frame, as a browser keeps it."""
        return str(self.frames[-1]["cursor"])

    async def until(self, done: Callable[[], Any]) -> None:
        async with asyncio.timeout(WAIT_S):
            while not done():
                if self._task.done():
                    self._task.result()
                await asyncio.sleep(0.01)

    async def hello(self) -> None:
        await self.until(lambda: self.of("hello"))

    async def close(self) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
