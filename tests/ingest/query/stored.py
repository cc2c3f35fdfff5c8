"""Builds what the store worker leaves in MongoDB, for tests of search."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from pymongo.database import Database

from ingest.documents import ensure_collections
from ingest.entry import LogEntry
from ingest.fold.block import OpenBlock, State, position, to_ms

Plain = dict[str, Any]
RECEIVED = datetime(2026, 11, 22, 12, tzinfo=UTC)


def entry_at(
    seconds: float = 0,
    message: str = "hello",
    level: str = "INFO",
    service: str = "api",
    **metadata: Any,
) -> LogEntry:
    """An entry that many seconds after RECEIVED."""
    timestamp = RECEIVED + timedelta(seconds=seconds)
    return LogEntry(timestamp, level, service, message, metadata)


class StoredLog:
    """One partition's log as it is stored: entries in, blocks and documents out."""

    def __init__(
        self,
        db: Database[Plain],
        partition: int = 0,
        incarnation: int = 1,
        block_offsets: int = 4,
        first: int = 0,
    ) -> None:
        self.db = db
        self.partition = partition
        self.incarnation = incarnation
        self.block_offsets = block_offsets
        self.block = OpenBlock(first, to_ms(RECEIVED))
        self.unwritten: list[Plain] = []
        ensure_collections(db)

    def add(self, *entries: LogEntry) -> StoredLog:
        for entry in entries:
            self._end_full_block()
            received = RECEIVED
            self.block.add_entry(entry, len(entry.message), to_ms(received))
            self.unwritten.append(self._document(entry, received))
        return self.write()

    def add_hole(self, state: State = State.DUPLICATE, count: int = 1) -> StoredLog:
        for _ in range(count):
            self._end_full_block()
            self.block.add_hole(state, 1, to_ms(RECEIVED))
        return self.write()

    def ids(self) -> list[str]:
        return [found["_id"].hex() for found in self._entries().find()]

    def write(self, done: bool = False) -> StoredLog:
        """Entries first, then the block that makes them visible."""
        if self.unwritten:
            self._entries().insert_many(self.unwritten)
        self.unwritten = []
        self._write_block(done)
        return self

    def write_entries_only(self, *entries: LogEntry) -> None:
        """As after a crash before the block was written: nothing of it is visible."""
        for offset, entry in enumerate(entries, self.block.last + 1):
            document = self._document(entry, RECEIVED, offset)
            self._entries().insert_one(document)

    def _write_block(self, done: bool) -> None:
        block = self.block.document(self.incarnation, self.partition, "logs", done)
        self.db["blocks"].replace_one({"_id": block["_id"]}, block, upsert=True)

    def _end_full_block(self) -> None:
        if self.block.last - self.block.first + 1 < self.block_offsets:
            return
        self.write(done=True)
        self.block = OpenBlock(self.block.last + 1, to_ms(RECEIVED))

    def _document(
        self, entry: LogEntry, received: datetime, offset: int | None = None
    ) -> Plain:
        last = self.block.last if offset is None else offset
        return {
            "_id": position(self.incarnation, self.partition, last),
            "timestamp": entry.timestamp,
            "received": received,
            "level": entry.level,
            "service": entry.service,
            "message": entry.message,
            "metadata": entry.metadata,
        }

    def _entries(self) -> Any:
        name = f"logs_{self.block.day}"
        if name not in self.db.list_collection_names():
            self.db.create_collection(
                name, clusteredIndex={"key": {"_id": 1}, "unique": True}
            )
        return self.db[name]
