"""What came to the edges, by minute of their own clocks: offered, rejected, refused.

It stands beside what they had acknowledged, and no sum of the ledger knows of it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from pymongo.database import Database

from ingest.ledger.stored import EDGE_MINUTES, tell_of_edge_minutes
from ingest.mongo import Document

Refusal = tuple[str, int, str]  # token id, "" where none was known; status; code


@dataclass(slots=True)
class Arrivals:
    """Of some time, over all tokens."""

    offered: Counter[str] = field(default_factory=Counter)  # entries of what was read
    rejected: Counter[str] = field(default_factory=Counter)  # of these, one by one
    refused: Counter[Refusal] = field(default_factory=Counter)  # whole requests

    def copy(self) -> Arrivals:
        return Arrivals(self.offered.copy(), self.rejected.copy(), self.refused.copy())

    def add(self, other: Arrivals) -> None:
        self.offered.update(other.offered)
        self.rejected.update(other.rejected)
        self.refused.update(other.refused)


def write(
    db: Database[Document], process: str, minutes: Mapping[int, Arrivals]
) -> None:
    """What came to one web process, by minute since 1970."""
    told = {number: _told(arrived) for number, arrived in minutes.items()}
    tell_of_edge_minutes(db, process, told)


def by_minute(
    db: Database[Document], start: datetime, end: datetime
) -> dict[datetime, Arrivals]:
    """Over all web processes, of the minutes that begin in this time."""
    found: dict[datetime, Arrivals] = {}
    wanted = {"minute": {"$gte": start, "$lt": end}}
    fields = {"minute": 1, "offered": 1, "rejected": 1, "refused": 1}
    for told in db[EDGE_MINUTES].find(wanted, fields):
        found.setdefault(told["minute"], Arrivals()).add(_arrivals(told))
    return found


def total(minutes: Mapping[datetime, Arrivals], since: datetime) -> Arrivals:
    """Of the minutes that begin then or later."""
    found = Arrivals()
    for minute, arrived in minutes.items():
        if minute >= since:
            found.add(arrived)
    return found


def _told(arrived: Arrivals) -> Document:
    return {
        "offered": dict(arrived.offered),
        "rejected": dict(arrived.rejected),
        "refused": [[*why, count] for why, count in arrived.refused.items()],
    }


def _arrivals(told: Document) -> Arrivals:
    """Nothing, where only acknowledgements were told of the minute."""
    refused = {
        (token, status, code): n for token, status, code, n in told.get("refused", ())
    }
    return Arrivals(
        Counter(told.get("offered", {})),
        Counter(told.get("rejected", {})),
        Counter(refused),
    )
