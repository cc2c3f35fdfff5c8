"""What the rollups say: rows of windows and sums over a range."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from pymongo.database import Database

from ingest.entry import LEVELS
from ingest.mongo import Document
from ingest.query.visible import MAX_TIME_MS
from stats.rollup import STATUS
from stats.windows import Stretch, Width, around, cover

ALL: Final = "all"  # stands for every service together


@dataclass(frozen=True)
class Sums:
    """How many entries of one service, or of all of them."""

    service: str
    total: int = 0
    errors: int = 0

    @property
    def error_rate(self) -> float:
        """Errors in all entries, 0 to 1."""
        return self.errors / self.total if self.total else 0.0

    def __add__(self, other: Sums) -> Sums:
        total, errors = self.total + other.total, self.errors + other.errors
        return Sums(self.service, total, errors)


@dataclass(frozen=True)
class Window(Sums):
    """One window of time."""

    start: datetime = field(kw_only=True)
    levels: dict[str, int] = field(kw_only=True)  # only those that have entries


def complete_to(db: Database[Document]) -> datetime | None:
    """What was acknowledged before then is in the rollups; None: they never ran."""
    status = db["clock"].find_one({"_id": STATUS}, max_time_ms=MAX_TIME_MS)
    return status["complete_to"] if status else None


def windows(
    db: Database[Document],
    width: Width,
    start: datetime,
    end: datetime,
    services: Iterable[str] = (),
) -> list[Window]:
    """The windows that hold any of a range and have entries, oldest first.

    One for each service that is named, or one for all services together.
    """
    names = list(services)
    key = {"window": "$window", "service": "$service" if names else ALL}
    rows = _grouped(db, around(width, start, end), names, key)
    made = (_window(row, row["_id"]) for row in rows)
    return sorted(made, key=lambda window: (window.start, window.service))


def sums(
    db: Database[Document],
    start: datetime,
    end: datetime,
    services: Iterable[str] = (),
) -> list[Sums]:
    """Each service over a range, exact to the minute, the largest first."""
    total: Counter[str] = Counter()
    errors: Counter[str] = Counter()
    for stretch in cover(start, end):
        for row in _grouped(db, stretch, list(services), {"service": "$service"}):
            total[row["_id"]["service"]] += row["total"]
            errors[row["_id"]["service"]] += row["errors"]
    made = [Sums(name, total[name], errors[name]) for name in total]
    return sorted(made, key=lambda one: (-one.total, one.service))


def all_of(sums: Iterable[Sums]) -> Sums:
    return sum(sums, Sums(ALL))


def _grouped(
    db: Database[Document], stretch: Stretch, services: list[str], key: Document
) -> list[Document]:
    within: Document = {"window": {"$gte": stretch.start, "$lt": stretch.end}}
    if services:
        within["service"] = {"$in": services}
    group: dict[str, Any] = {
        "_id": key,
        "total": {"$sum": "$total"},
        "errors": {"$sum": "$errors"},
        **{level: {"$sum": f"$levels.{level}"} for level in LEVELS},
    }
    pipeline = [{"$match": within}, {"$group": group}]
    collection = db[stretch.width.collection]
    return list(collection.aggregate(pipeline, maxTimeMS=MAX_TIME_MS))


def _window(row: Document, key: Document) -> Window:
    return Window(
        service=key["service"],
        total=row["total"],
        errors=row["errors"],
        start=key["window"],
        levels={level: row[level] for level in LEVELS if row[level]},
    )
