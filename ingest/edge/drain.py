"""Brings what was spooled to Kafka, oldest first, and then takes it off the disk."""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

from pymongo.database import Database

from ingest import metrics
from ingest.edge.delivery import Delivery
from ingest.edge.recall import Known, Recall, forgotten, missing
from ingest.edge.registry import forget, register
from ingest.edge.spool import Spool
from ingest.edge.spoolfile import Spooled, unpacked
from ingest.edge.spoolfolder import Segment, SpoolFolder, abandoned
from ingest.errors import Busy, Unavailable
from ingest.kafka.producer import Message
from ingest.mongo import Document

log = logging.getLogger(__name__)

EVERY_S: Final = 0.5
BATCH: Final = 5_000  # messages that are sent together, or one request


class Drain:
    """One task beside the requests; it also takes over what dead processes left."""

    def __init__(
        self,
        root: Path,
        spool: Spool,
        delivery: Delivery,
        db: Database[Document],
        topic: str,
        now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
    ) -> None:
        self._root = root
        self._spool = spool
        self._delivery = delivery
        self._db = db
        self._recall = Recall(db, topic)
        self._now_ms = now_ms
        self._adopted: list[SpoolFolder] = []
        self._told: set[str] = set()  # names that the data clock may know
        self._telling = asyncio.Lock()

    async def run(self) -> None:
        """Until cancelled. Nothing that goes wrong here may end it."""
        while True:
            try:
                await self.round()
            except (Unavailable, Busy) as error:
                log.info("ingest.spool.waiting", extra={"why": str(error)})
            except Exception:
                log.exception("ingest.spool.drain_failed")
            await asyncio.sleep(EVERY_S)

    async def round(self) -> None:
        """Send all that there is; raises Unavailable or Busy where it has to wait."""
        self._adopted.extend(await asyncio.to_thread(list, abandoned(self._root)))
        self._told.update(folder.name for folder in self._adopted)
        await self.tell()
        if not self._delivery.may_try:
            return
        for folder in list(self._adopted):
            for segment in folder.segments():
                await self._drain(folder, segment)
        for segment in await self._spool.ready_segments():
            size = segment.path.stat().st_size
            await self._drain(self._spool.folder, segment)
            self._spool.removed(size)
        await self.tell()
        for folder in list(filter(self._is_finished, self._adopted)):
            self._adopted.remove(folder)
            folder.remove()

    def _is_finished(self, folder: SpoolFolder) -> bool:
        """A folder stays until it is forgotten elsewhere: else nobody would do that."""
        return folder.name not in self._told and not folder.segments()

    async def tell(self) -> None:
        """Tell the data clock what waits, before it can pass it."""
        async with self._telling:  # what is told last is what holds
            await self._tell_now()

    async def _tell_now(self) -> None:
        waiting = [self._spool.folder, *self._adopted]
        oldest = {f.name: s[0].oldest_ms for f in waiting if (s := f.segments())}
        for name, oldest_ms in oldest.items():
            self._told.add(name)  # even if nobody says whether it was written
            await asyncio.to_thread(register, self._db, name, oldest_ms)
        for name in self._told - set(oldest):
            if await asyncio.to_thread(forget, self._db, name):
                self._told.discard(name)

    async def _drain(self, folder: SpoolFolder, segment: Segment) -> None:
        data = await asyncio.to_thread(segment.path.read_bytes)
        records, good = unpacked(data)
        if good < len(data):
            folder.quarantine(segment, data, good)
            os.truncate(segment.path, good)
        segment = segment.attempted(self._now_ms())
        known = await self._known(records, segment)
        for batch in batches([missing(record, known) for record in records]):
            await self._delivery.send_to_kafka(batch)
            metrics.count("ingest_entries_drained_total", len(batch))
        segment.remove()

    async def _known(self, records: Sequence[Spooled], segment: Segment) -> Known:
        attempted_ms = segment.attempted_ms or self._now_ms()
        doubtful = forgotten(records, attempted_ms, self._now_ms())
        if not doubtful:
            return {}
        try:
            return await asyncio.to_thread(self._recall.known, doubtful, attempted_ms)
        except Busy:
            self._delivery.let_requests_try()
            raise

    def close(self) -> None:
        self._spool.close()
        for folder in (self._spool.folder, *self._adopted):
            if self._is_finished(folder):
                folder.remove()
            else:
                folder.let_go()


def batches(records: Sequence[Spooled]) -> Iterator[list[Message]]:
    """Whole requests together, in order, up to BATCH messages."""
    batch: list[Message] = []
    for record in records:
        batch += record.messages()
        if len(batch) >= BATCH:
            yield batch
            batch = []
    if batch:
        yield batch
