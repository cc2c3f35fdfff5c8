"""A partition's log that grows as the store worker writes it, for tests of rollups."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

from pymongo.database import Database

from ingest.days import Days
from ingest.documents import ensure_collections
from ingest.entry import ERROR_LEVELS, LogEntry
from ingest.fold.block import OpenBlock, day_of, position, to_ms
from ingest.store import Store
from stats.documents import DOCUMENTS
from stats.windows import Width

Plain = dict[str, Any]
RECEIVED = datetime(2026, 11, 22, 12, tzinfo=UTC)
DAY = day_of(to_ms(RECEIVED))


def prepare(db: Database[Plain]) -> None:
    """Collections and indexes as the workers make them."""
    ensure_collections(db)
    ensure_collections(db, DOCUMENTS)
    Days(db).uuid(DAY)


def clear(db: Database[Plain]) -> None:
    for name in db.list_collection_names(filter={"name": {"$ne": "logs"}}):
        if not name.startswith("system."):
            db[name].delete_many({})


class GrowingLog:
    """One partition: entries go in first, then the block that makes them visible."""

    def __init__(self, db: Database[Plain], partition: int = 0) -> None:
        self._db = db
        self._store = Store(db)
        self._partition = partition
        self._block = OpenBlock(0, to_ms(RECEIVED))

    def add(self, *entries: tuple[float, str, str]) -> GrowingLog:
        """Entries as minutes from RECEIVED, service and level."""
        for minutes, service, level in entries:
            at = RECEIVED + timedelta(minutes=minutes)
            entry = LogEntry(at, level, service, "hello")
            self._block.add_entries([entry], 10, [to_ms(RECEIVED)])
            self._insert(entry)
        self._write(done=False)
        return self

    def finish(self) -> GrowingLog:
        """End the block before it is full."""
        if self._block.last >= self._block.first:
            self._write(done=True)
            self._block = OpenBlock(self._block.last + 1, to_ms(RECEIVED))
        return self

    def write_again(self) -> None:
        """As after an answer that was lost."""
        self._write(done=False)

    def _write(self, done: bool) -> None:
        self._store.write_blocks([self._block.document(1, self._partition, "t", done)])

    def _insert(self, entry: LogEntry) -> None:
        self._db[f"logs_{DAY}"].insert_one(
            {
                "_id": position(1, self._partition, self._block.last),
                "timestamp": entry.timestamp,
                "received": RECEIVED,
                "level": entry.level,
                "service": entry.service,
                "message": entry.message,
                "metadata": {},
            }
        )


def counted(db: Database[Plain], width: Width) -> dict[Any, Any]:
    """What a $group over the entries says of each window and service."""
    unit = {"date": "$timestamp", "unit": "minute", "binSize": _minutes(width)}
    key = {"window": {"$dateTrunc": unit}, "service": "$service"}
    pipeline: list[Plain] = [
        {"$group": {"_id": {**key, "level": "$level"}, "n": {"$sum": 1}}}
    ]
    windows: dict[Any, Counter[str]] = {}
    for row in db[f"logs_{DAY}"].aggregate(pipeline):
        name = (row["_id"]["window"], row["_id"]["service"])
        windows.setdefault(name, Counter())[row["_id"]["level"]] += row["n"]
    return {name: _fields(levels) for name, levels in windows.items()}


def rolled(db: Database[Plain], width: Width) -> dict[Any, Any]:
    """What the rollups say, in the same form."""
    return {
        (row["window"], row["service"]): (row["total"], row["errors"], row["levels"])
        for row in db[width.collection].find()
    }


def _fields(levels: Counter[str]) -> tuple[int, int, dict[str, int]]:
    errors = sum(levels[level] for level in ERROR_LEVELS)
    return sum(levels.values()), errors, dict(levels)


def _minutes(width: Width) -> int:
    return int(width.length.total_seconds()) // 60
