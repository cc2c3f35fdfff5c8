"""Builds what the store worker leaves in MongoDB, for tests of search."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import bson
from pymongo.database import Database

from ingest.documents import ensure_collections
from ingest.entry import LogEntry
from ingest.fold.block import OpenBlock, State, day_of, position, to_ms

Plain = dict[str, Any]
RECEIVED = datetime(2026, 11, 22, 12, tzinfo=UTC)
DAY = day_of(to_ms(RECEIVED))
DAYS = tuple(day_of(to_ms(RECEIVED + timedelta(days=n))) for n in range(3))


_moments = count()  # no two logs are written at the same time


def prepare(db: Database[Plain]) -> None:
    """Collections and indexes as the worker makes them."""
    ensure_collections(db)
    clustered = {"key": {"_id": 1}, "unique": True}
    for day in DAYS:
        db.create_collection(f"logs_{day}", clusteredIndex=clustered)


def clear(db: Database[Plain]) -> None:
    for name in ("blocks", *(f"logs_{day}" for day in DAYS)):
        db[name].delete_many({})


def time_at(seconds: float) -> datetime:
    return RECEIVED + timedelta(seconds=seconds)


def entry_at(
    seconds: float = 0,
    message: str = "hello",
    level: str = "INFO",
    service: str = "api",
    **metadata: Any,
) -> LogEntry:
    """An entry that many seconds after RECEIVED."""
    return LogEntry(time_at(seconds), level, service, message, metadata)


class StoredLog:
    """One partition's log as it is stored: entries in, blocks and documents out."""

    def __init__(
        self,
        db: Database[Plain],
        partition: int = 0,
        incarnation: int = 1,
        block_offsets: int = 4,
    ) -> None:
        self.db = db
        self.partition = partition
        self.incarnation = incarnation
        self.block_offsets = block_offsets
        self.received = RECEIVED
        self.block = OpenBlock(0, to_ms(RECEIVED))
        self.visible: dict[str, LogEntry] = {}  # by id
        self.begun = next(_moments)

    def add(self, *entries: LogEntry) -> StoredLog:
        """Entries first, then the block that makes them visible."""
        for entry in entries:
            self._end_full_block()
            self.block.add_entries([entry], len(entry.message), [to_ms(self.received)])
            self.visible[self._insert(entry, self.block.last)] = entry
        self._write_block()
        return self

    def add_hole(self, state: State = State.DUPLICATE) -> StoredLog:
        self._end_full_block()
        self.block.add_hole(state, 1, to_ms(self.received))
        self._write_block()
        return self

    def insert_without_block(self, entry: LogEntry) -> str:
        """As after a crash before the block was written: it is not visible."""
        return self._insert(entry, self.block.last + 1)

    def finish(self) -> StoredLog:
        """End the block before it is full."""
        self._write_block(done=True)
        self.block = OpenBlock(self.block.last + 1, to_ms(self.received))
        return self

    def end_day(self) -> StoredLog:
        """What follows is received on the next day, if there is one left."""
        if day_of(to_ms(self.received)) != DAYS[-1]:
            self.received += timedelta(days=1)
            self.finish()
        return self

    def _end_full_block(self) -> None:
        if self.block.last - self.block.first + 1 == self.block_offsets:
            self.finish()

    def _write_block(self, done: bool = False) -> None:
        block = self.block.document(self.incarnation, self.partition, "logs", done)
        block["written"] = [[block["first"], time_at(self.begun)]]
        self.db["blocks"].replace_one({"_id": block["_id"]}, block, upsert=True)

    def _insert(self, entry: LogEntry, offset: int) -> str:
        entry_id = position(self.incarnation, self.partition, offset)
        document = document_of(entry, entry_id, self.received)
        day = self.db[f"logs_{self.block.day}"]
        day.replace_one({"_id": entry_id}, document, upsert=True)
        return entry_id.hex()


def document_of(
    entry: LogEntry, entry_id: bytes, received: datetime = RECEIVED
) -> Plain:
    """An entry as the worker stores it."""
    return {
        "_id": entry_id,
        "timestamp": entry.timestamp,
        "received": received,
        "level": entry.level,
        "service": entry.service,
        "message": entry.message,
        "metadata": entry.metadata,
    }


def array_of(documents: Iterable[Plain]) -> bytes:
    """The BSON array that MongoDB answers with."""
    return bson.encode({str(index): one for index, one in enumerate(documents)})
