"""Entries for the pages, stored by the code of the store worker itself."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from pymongo.database import Database

from ingest.documents import ensure_collections
from ingest.entries import Entries
from ingest.entry import LogEntry
from ingest.fold.block import to_ms
from ingest.fold.state import Lane, Message, PartitionFold
from ingest.store import Store

LANE = Lane(topic="logs", partition=0, incarnation=7)


def line(
    message: str,
    level: str = "INFO",
    service: str = "payment-service",
    ago_s: float = 60,
    **metadata: Any,
) -> LogEntry:
    """An entry that many seconds ago."""
    at = datetime.now(UTC) - timedelta(seconds=ago_s)
    return LogEntry(at, level, service, message, metadata)


class Seeded:
    """A store that pages can read, with more lines whenever a test wants them."""

    def __init__(self, db: Database[dict[str, Any]]) -> None:
        self.db = db
        self.fold = PartitionFold(LANE, 0)
        ensure_collections(db)

    def add(self, entries: Iterable[LogEntry]) -> None:
        now = datetime.now(UTC)
        first = self.fold.next
        messages = [
            Message(offset, to_ms(now), 0, entry.message.encode(), None, entry)
            for offset, entry in enumerate(entries, first)
        ]
        self.fold.fold(messages)
        writes = self.fold.take_writes()
        Entries(self.db).insert(writes.entries, writes.sizes)
        Store(self.db).write_blocks(writes.blocks)
        self.set_clock(now)

    def set_clock(self, complete_to: datetime) -> None:
        """As the process `watch` does."""
        clock = {"_id": "clock", "complete_to": complete_to, "at": complete_to}
        self.db["clock"].replace_one({"_id": "clock"}, clock, upsert=True)
