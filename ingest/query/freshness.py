"""How far behind what can be searched is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from pymongo.database import Database

from ingest.mongo import Document
from ingest.query.visible import MAX_TIME_MS


@dataclass(frozen=True)
class Freshness:
    """Everything acknowledged before `complete_to` can be found."""

    complete_to: datetime | None  # None: the data clock never ran
    behind_s: float | None
    holds: tuple[str, ...]  # what keeps the clock from moving on


def freshness(db: Database[Document], now: datetime | None = None) -> Freshness:
    clock = _clock(db)
    if clock is None:
        return Freshness(None, None, ())
    behind = (now or datetime.now(UTC)) - clock["complete_to"]
    return Freshness(
        complete_to=clock["complete_to"],
        behind_s=max(0.0, behind.total_seconds()),  # clocks of two machines differ
        holds=tuple(clock.get("holds") or ()),
    )


def complete_to(db: Database[Document]) -> datetime | None:
    clock = _clock(db)
    return complete_to_of(clock) if clock else None


def complete_to_of(clock: Document) -> datetime | None:
    """What the clock's document says; None: it never ran."""
    return clock.get("complete_to") or None


def _clock(db: Database[Document]) -> Document | None:
    found = db["clock"].find_one({"_id": "clock"}, max_time_ms=MAX_TIME_MS)
    return found if found and complete_to_of(found) else None
