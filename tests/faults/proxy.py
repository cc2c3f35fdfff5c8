"""A TCP proxy whose connections can be slowed down, swallowed or reset."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from tests.parts import free_port

CHUNK = 64 * 1024
HOST = "127.0.0.1"


@dataclass
class Weather:
    """What happens to bytes on their way; both directions unless said otherwise."""

    delay_s: float = 0.0
    swallow_answers: bool = False  # requests arrive, answers never do
    swallow_all: bool = False  # half-open: nobody says so


class Proxy:
    """Listens on a port of its own, in a thread of its own."""

    def __init__(self, target_port: int) -> None:
        self._target = target_port
        self.port = free_port()
        self.weather = Weather()
        self._writers: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._server = self._do(asyncio.start_server(self._accept, HOST, self.port))

    def reset(self) -> None:
        """Cut all connections in the middle of whatever they carry."""
        self._do(self._abort())

    def close(self) -> None:
        self._do(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()

    def _do(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(5)

    async def _abort(self) -> None:
        for writer in self._writers:
            writer.transport.abort()

    async def _end(self) -> None:
        self._server.close()
        await self._abort()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        await asyncio.sleep(0)  # what was aborted is closed in the next round

    async def _accept(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._writers.add(writer)
        # Cancelled is it only at the end, and nobody asks it how it ended.
        with suppress(OSError, asyncio.CancelledError):
            await self._join(reader, writer)
        writer.transport.abort()
        self._writers.discard(writer)

    async def _join(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        there = await asyncio.open_connection(HOST, self._target)
        self._writers.add(there[1])
        try:
            await asyncio.gather(
                self._carry(reader, there[1], answers=False),
                self._carry(there[0], writer, answers=True),
            )
        finally:
            there[1].transport.abort()
            self._writers.discard(there[1])

    async def _carry(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, answers: bool
    ) -> None:
        with suppress(OSError):
            while data := await reader.read(CHUNK):
                if self.weather.delay_s:
                    await asyncio.sleep(self.weather.delay_s)
                if self._is_swallowed(answers):
                    continue
                writer.write(data)
                await writer.drain()
        writer.transport.abort()

    def _is_swallowed(self, answers: bool) -> bool:
        weather = self.weather
        return weather.swallow_all or (answers and weather.swallow_answers)
