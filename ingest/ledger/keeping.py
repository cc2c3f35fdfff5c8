"""Keeps the ledger: a minute is opened when it is over, closed when it is visible."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from pymongo import ASCENDING
from pymongo.database import Database

from ingest import metrics
from ingest.ledger import stored
from ingest.ledger.balance import MINUTE, Account, Balance, Stretch, Tally, minute_of
from ingest.ledger.marks import began_again, better, read_marks, stretches
from ingest.mongo import Document, busy_when_away
from ingest.rounds import keep, warner

logger = logging.getLogger(__name__)

EVERY_S: Final = 5.0
# Clocks of brokers, MongoDB and this machine may differ by so much.
SKEW: Final = timedelta(seconds=5)
AT_ONCE: Final = 30  # minutes that one round opens, and that it closes
LOOK_BACK: Final = timedelta(hours=1)  # so long a minute that is out may come right
OUT: Final[Document] = {
    "$or": [{"remainder": {"$gt": 0}}, {"excess": {"$gt": 0}}, {"gaps": {"$ne": []}}]
}


@dataclass(frozen=True)
class Ledger:
    """The ledger of one topic."""

    brokers: str
    topic: str
    db: Database[Document]

    def round(self) -> None:
        """Open and close what is due; raises Busy if a part is away."""
        with busy_when_away():
            clock = self.db["clock"].find_one({"_id": "clock"})
            if clock is None:
                return
            self._open(clock["at"])
            if clock["complete_to"] is not None:
                self._close(clock["complete_to"], clock["at"])
            self._show(clock["at"])

    # -- minutes that are over -------------------------------------------------------

    def _open(self, now: datetime) -> None:
        newest = stored.newest(self.db)
        first = newest["_id"] + MINUTE if newest else self._beginning(now)
        due = list(minutes(first, now - SKEW))[:AT_ONCE]
        if not due:
            return
        marks = read_marks(self.brokers, self.topic, [*due, due[-1] + MINUTE])
        heads = stored.heads_of(self.db, marks.topic_id)
        before = stored.stretches_of(newest) if newest else []
        for minute in due:
            before = stretches(minute, marks, heads, before)
            balance = self._balance(minute, before)
            stored.write(self.db, stored.opened(balance, now))
        stored.forget(self.db, now)

    def _beginning(self, now: datetime) -> datetime:
        """A ledger that is begun looks a little back, not at a week."""
        oldest = self.db["heads"].find_one(sort=[("begun", ASCENDING)])
        begun = oldest.get("begun") if oldest else None
        return minute_of(max(begun or now, now - LOOK_BACK))

    def _balance(self, minute: datetime, found: Sequence[Stretch]) -> Balance:
        unread = [Account(one, Tally()) for one in found]
        return Balance(minute, unread, stored.acknowledged(self.db, minute))

    # -- minutes of which all is visible ---------------------------------------------

    def _close(self, complete_to: datetime, now: datetime) -> None:
        for written in self._due(complete_to, now):
            minute = written["_id"]
            balance = self._account(minute, written)
            if balance is None:
                stored.write(self.db, {"_id": minute, "final": True})
                continue
            last_look = minute < now - LOOK_BACK
            stored.write(self.db, stored.closed(balance, now, last_look))
            _alarm(balance, written)

    def _due(self, complete_to: datetime, now: datetime) -> Iterable[Document]:
        """New ones first, then those that are out, then a last look after an hour."""
        visible = {"$lt": minute_of(complete_to - SKEW)}
        wanted: list[Document] = [
            {"_id": visible, "closed": False},
            {"_id": visible, "closed": True, "final": False, **OUT},
            {"_id": {"$lt": now - LOOK_BACK}, "closed": True, "final": False},
        ]
        due: dict[datetime, Document] = {}
        for conditions in wanted:
            found = self.db[stored.LEDGER].find(conditions).sort("_id", ASCENDING)
            due |= {one["_id"]: one for one in found.limit(AT_ONCE)}
        return list(due.values())[:AT_ONCE]

    def _account(self, minute: datetime, written: Document) -> Balance | None:
        """None if offsets began again since it was closed: it stays as it was."""
        marks = read_marks(self.brokers, self.topic, [minute, minute + MINUTE])
        heads = stored.heads_of(self.db, marks.topic_id)
        noted = stored.stretches_of(written)
        found = better(stretches(minute, marks, heads), noted)
        if written["closed"] and not _same_lives(found, noted):
            return None
        again = began_again(minute, heads)
        told = stored.accounts(self.db, self.topic, minute, found, again)
        return Balance(minute, told, stored.acknowledged(self.db, minute))

    # -- what people and Prometheus see ----------------------------------------------

    def _show(self, now: datetime) -> None:
        newest = stored.between(self.db, now - LOOK_BACK, now)
        judged = [minute for minute in newest if minute["closed"]]
        metrics.gauge("ledger_remainder", sum(one["remainder"] for one in judged))
        metrics.gauge("ledger_excess", sum(one["excess"] for one in judged))
        metrics.gauge("ledger_gaps", sum(len(one["gaps"]) for one in judged))
        metrics.gauge("ledger_open_minutes", len(newest) - len(judged))


def minutes(first: datetime, end: datetime) -> Iterator[datetime]:
    """Whole minutes from `first` on that are over by `end`."""
    while first + MINUTE <= end:
        yield first
        first += MINUTE


def _same_lives(found: Iterable[Stretch], noted: Iterable[Stretch]) -> bool:
    known = {one.partition: one.incarnation for one in noted}
    return all(known.get(o.partition, o.incarnation) == o.incarnation for o in found)


def _alarm(balance: Balance, written: Document) -> None:
    """Once for each new finding: it is an alarm, not a heartbeat."""
    found = {
        "remainder": balance.remainder,
        "excess": balance.excess,
        "gaps": [list(gap) for gap in balance.gaps],
    }
    if balance.is_clean or {name: written.get(name) for name in found} == found:
        return
    new = max(0, balance.remainder - written.get("remainder", 0))
    metrics.count("ledger_unaccounted_total", new)
    logger.error(
        "ledger.minute.out", extra={"minute": balance.minute.isoformat(), **found}
    )


def keep_ledger(ledger: Ledger, stopping: threading.Event) -> None:
    """Until told to stop. Beside the data clock, which must not wait for this."""
    keep(ledger.round, EVERY_S, stopping, warner(logger, "ledger.waiting"))
