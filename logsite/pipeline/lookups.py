"""Looks for what was pasted, and says of each hop when it was passed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import islice
from typing import Final

from django.conf import settings
from pymongo.database import Database

from ingest.errors import QueryError
from ingest.fold.block import to_datetime
from ingest.mongo import Document
from ingest.query.entries import entry
from ingest.query.fates import Fate, Told
from ingest.query.filter import LogFilter
from ingest.query.freshness import Freshness, freshness
from ingest.query.page import Item
from ingest.query.run import search
from ingest.query.tracing import Tracer, topic_name
from logsite.pipeline.clues import Clue, Kind
from logsite.pipeline.receipts import (
    COUNTED,
    EntryFate,
    count_fates,
    entries_of,
    part_of,
    read_receipt,
)

SHOWN: Final = 50  # entries of a receipt
NEWEST: Final = 5  # entries that a line may be
# What somebody looks for comes first.
_ORDER: Final = (
    *(Fate.UNKNOWN, Fate.LOST, Fate.DEAD, Fate.EXPIRED),
    *(Fate.WAITING, Fate.DUPLICATE, Fate.STORED),
)


class HopName(StrEnum):
    READ = "read"  # by the edge
    APPENDED = "appended"  # by Kafka
    ACKNOWLEDGED = "acknowledged"  # by Kafka, to the edge: 202 follows
    VISIBLE = "visible"  # stored: search finds it


@dataclass(frozen=True)
class Hop:
    """When the last entry had passed it; None: not yet, or not known."""

    name: HopName
    at: datetime | None
    after_ms: int | None = None  # the first hop


@dataclass(frozen=True)
class Lookup:
    """What was found."""

    clue: Clue
    freshness: Freshness
    hops: tuple[Hop, ...] = ()
    total: int = 0  # entries of the receipt
    fates: tuple[tuple[Fate, int], ...] = ()  # those that occur, the worst first
    items: tuple[EntryFate, ...] = ()
    entries: tuple[Item, ...] = ()
    mended: int = 0  # dead letters that were sent again, and all that came of it stored
    problem: QueryError | None = None

    @property
    def counted(self) -> int:
        return sum(count for _, count in self.fates)

    @property
    def waits(self) -> bool:
        return Fate.WAITING in dict(self.fates)

    @property
    def is_well(self) -> bool:
        found = Counter(dict(self.fates))
        found[Fate.DEAD] -= self.mended
        return (+found).keys() <= {Fate.STORED, Fate.DUPLICATE}

    @property
    def is_searchable(self) -> bool:
        """Whether search finds any of it under its own id."""
        return bool(dict(self.fates).keys() & {Fate.STORED, Fate.WAITING})


def look_up(db: Database[Document], clue: Clue, now: datetime) -> Lookup:
    fresh = freshness(db, now)
    try:
        if clue.kind is Kind.RECEIPT:
            return _of_receipt(db, clue, fresh)
        if clue.kind is Kind.ENTRY:
            return _of_entry(db, clue, fresh)
        return Lookup(clue, fresh, entries=tuple(_of_line(db, clue)))
    except QueryError as problem:
        return Lookup(clue, fresh, problem=problem)


def _of_receipt(db: Database[Document], clue: Clue, fresh: Freshness) -> Lookup:
    receipt = read_receipt(clue.value)
    runs = list(part_of(receipt.runs, 0, COUNTED))
    told = Tracer(db, settings.LOG_TOPIC).trace(topic_name(receipt.topic_id), runs)
    edge = receipt.edge
    times = (edge.read_ms, edge.acknowledged_ms) if edge else (None, None)
    return Lookup(
        clue=clue,
        freshness=fresh,
        hops=_hops(told, *times),
        total=sum(run.count for run in receipt.runs),
        fates=_worst_first(told),
        items=tuple(_shown(told)),
        mended=_mended(told),
    )


def _of_entry(db: Database[Document], clue: Clue, fresh: Freshness) -> Lookup:
    told = Tracer(db, settings.LOG_TOPIC).trace_position(bytes.fromhex(clue.value))
    if told is None:
        return Lookup(clue, fresh)
    found = entry(db, clue.value) if told.fate is Fate.STORED else None
    return Lookup(
        clue=clue,
        freshness=fresh,
        hops=_hops([told], None, None),
        total=1,
        fates=_worst_first([told]),
        items=tuple(entries_of(told)),
        mended=_mended([told]),
        entries=(found,) if found else (),
    )


def _of_line(db: Database[Document], clue: Clue) -> list[Item]:
    for phrase in clue.phrases:
        if found := search(db, LogFilter(text=phrase), NEWEST).items:
            return found
    return []


def _worst_first(told: Sequence[Told]) -> tuple[tuple[Fate, int], ...]:
    counts = count_fates(told)
    return tuple((fate, counts[fate]) for fate in _ORDER if counts[fate])


def _mended(told: Iterable[Told]) -> int:
    stored = {Fate.STORED, Fate.DUPLICATE}
    return sum(
        one.run.count
        for one in told
        if one.fate is Fate.DEAD
        and one.replays
        and {after.fate for after in one.replays} <= stored
    )


def _shown(told: Sequence[Told]) -> list[EntryFate]:
    numbered, number = [], 0
    for one in told:
        numbered.append((one, number))
        number += one.run.count
    numbered.sort(key=lambda pair: _ORDER.index(pair[0].fate))
    each = (entry for one, first in numbered for entry in entries_of(one, first))
    return list(islice(each, SHOWN))


def _hops(
    told: Sequence[Told], read_ms: int | None, acknowledged_ms: int | None
) -> tuple[Hop, ...]:
    appended = [one.run.appended_ms for one in told if one.run.appended_ms >= 0]
    appended += [
        one.extent.received
        for one in told
        if one.extent and one.extent.received and one.run.appended_ms < 0
    ]
    visible = [one.visible_at(one.run.last) for one in told]
    known = [at for at in visible if at]
    passed = {
        HopName.READ: _at(read_ms),
        HopName.APPENDED: _at(max(appended, default=None)),
        HopName.ACKNOWLEDGED: _at(acknowledged_ms),
        HopName.VISIBLE: max(known) if len(known) == len(visible) > 0 else None,
    }
    first = next((at for at in passed.values() if at), None)
    return tuple(Hop(name, at, _after(first, at)) for name, at in passed.items())


def _at(ms: int | None) -> datetime | None:
    return None if ms is None else to_datetime(ms)


def _after(first: datetime | None, at: datetime | None) -> int | None:
    if first is None or at is None or at == first:
        return None
    return round((at - first).total_seconds() * 1000)
