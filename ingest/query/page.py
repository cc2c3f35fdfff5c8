"""What a search answers: entries, and how much they say about the rest."""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from ingest.mongo import Document

ID_BYTES: Final = 16


@dataclass(frozen=True)
class Item:
    """One entry as it is shown; `id` is its position in hexadecimal digits."""

    id: str
    timestamp: datetime
    received: datetime
    level: str
    service: str
    message: str
    metadata: dict[str, Any]


@dataclass(frozen=True)
class Matched:
    """How many entries match: all of them if exact, else at least so many."""

    count: int
    exact: bool


@dataclass(frozen=True)
class Partial:
    """Why an answer stops before it is full: "time", "examined" or "expired"."""

    reason: str


@dataclass(frozen=True)
class Page:
    items: list[Item]
    next: str | None  # cursor of the following page; None: there is none
    examined: int  # entries that were looked at for this page
    matched: Matched
    complete_to: datetime | None  # acknowledged before: visible to this search
    pinned: dict[str, int]  # "incarnation:partition" -> newest offset that counts
    partial: Partial | None = None


@dataclass(frozen=True)
class Place:
    """A place in the order of results: what follows is older, or has a lower id."""

    timestamp: datetime
    id: bytes

    def after(self) -> dict[str, Any]:
        """The filter for entries that follow."""
        older = {"timestamp": {"$lt": self.timestamp}}
        same = {"timestamp": self.timestamp, "_id": {"$lt": self.id}}
        return {"$or": [older, same]}


class Newest:
    """The newest entries so far, at most `limit`; ordered by time, then position."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.added = 0  # entries that matched, with or without room
        self.left_out = False  # something matched that found no room
        self._heap: list[tuple[datetime, bytes, Document]] = []

    def __len__(self) -> int:
        return len(self._heap)

    def add(self, entry: Document) -> None:
        self.added += 1
        found = (entry["timestamp"], bytes(entry["_id"]), entry)
        if len(self._heap) < self.limit:
            heapq.heappush(self._heap, found)
        else:
            heapq.heappushpop(self._heap, found)
            self.left_out = True

    @property
    def floor(self) -> datetime | None:
        """Once full: nothing older can still get in."""
        return self._heap[0][0] if len(self._heap) == self.limit else None

    def taken(self, newer_than: datetime | None = None, without: int = 0) -> list[Item]:
        """The entries, newest first; only those after a time, if one is given.

        `without`: so many of the newest are left out.
        """
        ordered = sorted(self._heap, reverse=True)
        return [
            item_of(entry)
            for timestamp, _, entry in ordered[without:]
            if newer_than is None or timestamp > newer_than
        ]


def item_of(entry: Document) -> Item:
    return Item(
        id=entry["_id"].hex(),
        timestamp=entry["timestamp"],
        received=entry["received"],
        level=entry["level"],
        service=entry["service"],
        message=entry["message"],
        metadata=entry.get("metadata") or {},
    )
