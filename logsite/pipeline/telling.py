"""Tells MongoDB what the edge of this process had acknowledged, as well as it can."""

from __future__ import annotations

import asyncio
import logging
from typing import Final

import pymongo
from pymongo.errors import PyMongoError

from ingest.edge.tally import Minutes, Tally
from ingest.ledger.stored import write_edge_minutes
from ingest.mongo import database
from logsite.telling import Teller

log = logging.getLogger(__name__)

PATIENCE_S: Final = 2.0


class EdgeTeller(Teller):
    """Without MongoDB it tells later."""

    def __init__(self, tally: Tally, process: str) -> None:
        super().__init__()
        self._tally = tally
        self._process = process

    async def tell(self) -> None:
        minutes = self._tally.take_changed()
        if not minutes:
            return
        try:
            await asyncio.to_thread(self._write, minutes)
        except PyMongoError as error:
            self._tally.put_back(minutes)
            log.warning("logsite.edge_minutes.untold", extra={"error": str(error)})

    def _write(self, minutes: Minutes) -> None:
        with pymongo.timeout(PATIENCE_S):
            write_edge_minutes(database(), self._process, minutes)
