"""Tells MongoDB what the edge of this process had acknowledged, as well as it can."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import uuid
from contextlib import suppress
from typing import Final

import pymongo
from pymongo.errors import PyMongoError

from ingest.edge.tally import Minutes, Tally
from ingest.ledger.stored import write_edge_minutes
from ingest.mongo import database

log = logging.getLogger(__name__)

EVERY_S: Final = 3.0
PATIENCE_S: Final = 2.0


class EdgeTeller:
    """Runs beside the edge. Nobody waits for it: without MongoDB it tells later."""

    def __init__(self, tally: Tally) -> None:
        self._tally = tally
        self._task: asyncio.Task[None] | None = None
        # Each start is another one: its counts begin at 0 again.
        self._process = f"{socket.gethostname()}-{os.getpid()}-{uuid.uuid4().hex[:8]}"

    async def start(self) -> None:
        self._task = asyncio.create_task(self._keep_telling(), name="edge-minutes")

    async def stop(self) -> None:
        """After the edge: what it still had acknowledged is told too."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        await self.tell()

    async def tell(self) -> None:
        minutes = self._tally.take_changed()
        if not minutes:
            return
        try:
            await asyncio.to_thread(self._write, minutes)
        except PyMongoError as error:
            self._tally.put_back(minutes)
            log.warning("logsite.edge_minutes.untold", extra={"error": str(error)})

    async def _keep_telling(self) -> None:
        while True:
            await asyncio.sleep(EVERY_S)
            await self.tell()

    def _write(self, minutes: Minutes) -> None:
        with pymongo.timeout(PATIENCE_S):
            write_edge_minutes(database(), self._process, minutes)
