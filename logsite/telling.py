"""Tells a database, from time to time, what a web process keeps in memory."""

from __future__ import annotations

import asyncio
import os
import socket
import uuid
from abc import ABC, abstractmethod
from contextlib import suppress
from typing import ClassVar


def new_process() -> str:
    """A name for one start of one process: what it counts begins at 0."""
    return f"{socket.gethostname()[:60]}-{os.getpid()}-{uuid.uuid4().hex[:8]}"


class Teller(ABC):
    """Runs beside the edge. Nobody waits for it: what cannot be told is told later."""

    every_s: ClassVar = 3.0

    def __init__(self) -> None:
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        name = type(self).__name__
        self._task = asyncio.create_task(self._keep_telling(), name=name)

    async def stop(self) -> None:
        """After the edge: what it still had is told too."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        await self.tell()

    @abstractmethod
    async def tell(self) -> None:
        """Tell what is new; never raises because a database is away."""

    async def _keep_telling(self) -> None:
        while True:
            await asyncio.sleep(self.every_s)
            await self.tell()
