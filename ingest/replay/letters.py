"""What dead letters there are: groups by cause, and the letters of a selection."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
from pymongo import UpdateOne
from pymongo.database import Database

from ingest.causes import cause_of
from ingest.entries import DEAD_LETTERS
from ingest.mongo import Document, busy_when_away
from ingest.replay.claims import CLAIMED, DISCARDED, REPLAYED

OPEN: Final = "open"
STATES: Final = (OPEN, CLAIMED, REPLAYED, DISCARDED)
TREND: Final = 12  # bars
MAX_GROUPS: Final = 200
MAX_IDS: Final = 1_000  # letters that are named one by one
UNGROUPED: Final = 2_000  # letters of an earlier release that are grouped at once


class Selection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which letters: those named, or all open ones of a cause up to a moment."""

    cause: str = ""
    ids: list[str] = []
    upto: datetime | None = None

    def query(self, state: str = OPEN) -> Document:
        """What finds them, as far as they are in this state; "" means any."""
        query: Document = of_state(state)
        if self.cause:
            query["cause"] = self.cause
        else:
            query["_id"] = {"$in": [bytes.fromhex(one) for one in self.ids]}
        if self.upto is not None:
            query["at"] = {"$lte": self.upto}
        return query


@dataclass(frozen=True)
class Group:
    """Letters of one cause. `trend` counts them over equal spans, oldest first."""

    cause: str
    stage: str
    code: str
    gist: str
    service: str
    count: int
    first: datetime
    last: datetime
    trend: tuple[int, ...] = ()


def of_state(state: str) -> Document:
    """What finds letters in a state; an open one has none."""
    if not state:
        return {}
    return {"state": None if state == OPEN else state}


def groups(db: Database[Document], match: Document) -> list[Group]:
    """Letters by cause, the largest group first; at most MAX_GROUPS."""
    with busy_when_away():
        name_causes(db)
        found = db[DEAD_LETTERS].aggregate(
            [
                {"$match": match},
                {
                    "$group": {
                        "_id": "$cause",
                        "count": {"$sum": 1},
                        "first": {"$min": "$received"},
                        "last": {"$max": "$received"},
                        **{
                            name: {"$first": f"${name}"}
                            for name in ("stage", "code", "gist", "service")
                        },
                    }
                },
                {"$sort": {"count": -1, "_id": 1}},
                {"$limit": MAX_GROUPS},
            ]
        )
        return [Group(cause=one.pop("_id") or "", **one) for one in found]


def trends(
    db: Database[Document], found: Iterable[Group], span: timedelta, now: datetime
) -> dict[str, tuple[int, ...]]:
    """By cause: how many letters came in each part of the span up to now."""
    start, part = now - span, span / TREND
    counts: dict[str, list[int]] = {one.cause: [0] * TREND for one in found}
    with busy_when_away():
        rows = db[DEAD_LETTERS].aggregate(
            [
                {
                    "$match": {
                        "cause": {"$in": list(counts)},
                        "received": {"$gt": start, "$lte": now},
                    }
                },
                {"$group": {"_id": _bar(start, part), "count": {"$sum": 1}}},
            ]
        )
        for row in rows:
            bar = min(TREND - 1, int(row["_id"]["bar"]))
            counts[row["_id"]["cause"]][bar] += row["count"]
    return {cause: tuple(bars) for cause, bars in counts.items()}


def _bar(start: datetime, part: timedelta) -> Document:
    since_ms = {"$subtract": ["$received", start]}
    bar = {"$floor": {"$divide": [since_ms, part // timedelta(milliseconds=1)]}}
    return {"cause": "$cause", "bar": bar}


def counts(db: Database[Document]) -> dict[str, int]:
    """How many letters are in each state."""
    grouped = {"$group": {"_id": {"$ifNull": ["$state", OPEN]}, "n": {"$sum": 1}}}
    with busy_when_away():
        found = db[DEAD_LETTERS].aggregate([grouped])
        return dict.fromkeys(STATES, 0) | {one["_id"]: one["n"] for one in found}


def find(
    db: Database[Document], query: Document, after: bytes | None, limit: int
) -> list[Document]:
    """Letters in the order of their positions, those after one of them."""
    wanted = dict(query)
    if after is not None:
        wanted = {"$and": [wanted, {"_id": {"$gt": after}}]}
    with busy_when_away():
        return list(db[DEAD_LETTERS].find(wanted).sort("_id", 1).limit(limit))


def count(db: Database[Document], query: Mapping[str, Any]) -> int:
    with busy_when_away():
        return db[DEAD_LETTERS].count_documents(query)


def one(db: Database[Document], name: str) -> Document | None:
    """A letter by its position in hex."""
    with busy_when_away():
        name_causes(db)
        return db[DEAD_LETTERS].find_one({"_id": bytes.fromhex(name)})


def descendants(db: Database[Document], letter: Document) -> list[Document]:
    """The dead letters that its replay became."""
    fields = {"_id": 1, "code": 1, "state": 1, "message": 1}
    with busy_when_away():
        found = db[DEAD_LETTERS].find({"origin": letter["_id"]}, fields)
        return list(found.sort("_id", 1))


def discard(
    db: Database[Document], query: Document, by: str, reason: str, now: datetime
) -> int:
    """Give up open letters for good; answers how many."""
    said = {"state": DISCARDED, "discard": {"at": now, "by": by, "reason": reason}}
    with busy_when_away():
        return (
            db[DEAD_LETTERS]
            .update_many({**query, "state": None}, {"$set": said})
            .modified_count
        )


def name_causes(db: Database[Document]) -> None:
    """Say the cause of letters that an earlier release has kept without it."""
    fields = dict.fromkeys(("stage", "code", "message", "key", "value"), 1)
    letters = db[DEAD_LETTERS]
    changes = []
    for letter in letters.find({"cause": None}, fields).limit(UNGROUPED):
        name, gist, service = cause_of(letter)
        named = {"cause": name, "gist": gist, "service": service}
        changes.append(UpdateOne({"_id": letter["_id"]}, {"$set": named}))
    if changes:
        letters.bulk_write(changes, ordered=False)


def kept_before(moment: datetime, state: str) -> Document:
    """What finds letters in a state that are kept since before a moment."""
    return {"at": {"$lt": moment}, **of_state(state)}


def expire(db: Database[Document], before: datetime) -> dict[str, int]:
    """Delete letters kept since before a moment; answers how many, by state.

    A claimed one stays: what became of it is not known yet.
    """
    gone = {}
    with busy_when_away():
        for state in (OPEN, REPLAYED, DISCARDED):
            old = kept_before(before, state)
            if deleted := db[DEAD_LETTERS].delete_many(old).deleted_count:
                gone[state] = deleted
    return gone
