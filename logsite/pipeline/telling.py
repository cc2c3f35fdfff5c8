"""Tells MongoDB what came to the edge of this process and was acknowledged."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from typing import Final

import pymongo
from pymongo.errors import PyMongoError

from ingest.edge.tally import Tally
from ingest.ledger import arrivals
from ingest.ledger.arrivals import Arrivals
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
        acknowledged = self._tally.acknowledged.take_changed()
        arrived = self._tally.arrived.take_changed()
        if not (acknowledged or arrived):
            return
        try:
            await asyncio.to_thread(self._write, acknowledged, arrived)
        except PyMongoError as error:
            self._tally.acknowledged.put_back(acknowledged)
            self._tally.arrived.put_back(arrived)
            log.warning("logsite.edge_minutes.untold", extra={"error": str(error)})

    def _write(
        self,
        acknowledged: Mapping[int, Mapping[str, int]],
        arrived: Mapping[int, Arrivals],
    ) -> None:
        with pymongo.timeout(PATIENCE_S):
            write_edge_minutes(database(), self._process, acknowledged)
            arrivals.write(database(), self._process, arrived)
