"""Everything the pipeline page shows, read at one moment."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from pymongo.database import Database

from ingest.fold.block import State
from ingest.kafka.shapes import Snapshot, rates
from ingest.kafka.watch import history
from ingest.ledger import arrivals, stored
from ingest.ledger.arrivals import Arrivals, total
from ingest.ledger.balance import MINUTE, minute_of
from ingest.mongo import Document
from ingest.query.freshness import Freshness, freshness
from ingest.steps.heartbeat import Beat, read_beats
from logsite.pipeline.arrived import Refused, refusals_of
from logsite.pipeline.minutes import (
    Minute,
    ServiceRow,
    Sums,
    TokenRow,
    minute_from,
    services_of,
    sums_of,
    tokens_of,
)

SHOWN: Final = timedelta(hours=1)
RATE_OVER: Final = timedelta(minutes=1)
REFUSED_OVER: Final = 5  # minutes, with the one that is not over
SILENT_S: Final = 10.0  # a worker beats every second
SILENT_CLOCK_S: Final = 5.0  # five rounds a second, while Kafka answers
MAX_LOST: Final = 20  # ranges per partition, the newest
MAX_CODES: Final = 20
MAX_ROWS: Final = 20  # services, and tokens
WORKERS: Final = ("watch", "store")


@dataclass(frozen=True)
class Range:
    """Offsets that were lost, inclusive."""

    first: int
    last: int

    @property
    def count(self) -> int:
        return self.last - self.first + 1


@dataclass(frozen=True)
class PartitionRow:
    """One partition from its log start to its end."""

    number: int
    start: int | None
    visible: int
    end: int
    generation: int
    switches: tuple[Mapping[str, Any], ...]
    lost: tuple[Range, ...]
    stopped: Mapping[str, Any] | None

    @property
    def lag(self) -> int:
        return max(0, self.end - self.visible)


@dataclass(frozen=True)
class WorkerRow:
    """A worker of this machine, by its heartbeat."""

    name: str
    beat: Beat

    @property
    def is_well(self) -> bool:
        return not self.beat.gone and self.beat.age_s <= SILENT_S


@dataclass(frozen=True)
class Rates:
    """A second, over about a minute; None: not known now."""

    offered: float | None = None
    edge: float | None = None
    kafka: float | None = None
    store: float | None = None
    dead: float | None = None


@dataclass(frozen=True)
class Board:
    """The pipeline at one moment."""

    freshness: Freshness
    silent_s: float | None  # since the clock's last round, if that is too long ago
    reasons: tuple[Mapping[str, Any], ...]
    warnings: tuple[str, ...]
    rates: Rates
    partitions: tuple[PartitionRow, ...]
    workers: tuple[WorkerRow, ...]
    members: int | None  # of the store's consumer group
    minutes: tuple[Minute, ...]
    sums: Sums
    dead_letters: tuple[tuple[str, int], ...]  # code, how many
    open_letters: int  # of the last hour; nobody has replayed or discarded them
    services: tuple[ServiceRow, ...]  # of the ledger's minutes, the largest first
    tokens: tuple[TokenRow, ...]  # the same, and of as many minutes of the edge
    refused: tuple[Refused, ...]  # in the last five minutes, the most frequent first

    @property
    def lag(self) -> int:
        return sum(one.lag for one in self.partitions)

    @property
    def requests_refused(self) -> int:
        return sum(one.requests for one in self.refused)


def read(
    db: Database[Document], topic: str, group: str, beats: Path, now: datetime
) -> Board:
    clock = db["clock"].find_one({"_id": "clock"}) or {}
    seen = history.newest(db)
    minutes = [minute_from(one) for one in stored.between(db, now - SHOWN, now)]
    members = seen.group(group) if seen else None
    silent_s = _silent_s(clock, now)
    came = arrivals.by_minute(db, now - SHOWN, now)
    lately = minute_of(now) - (REFUSED_OVER - 1) * MINUTE
    return Board(
        freshness=freshness(db, now),
        silent_s=silent_s,
        reasons=tuple(clock.get("reasons", ())),
        warnings=tuple(clock.get("warnings", ())),
        # Those of before would look as if all went on.
        rates=_rates(db, seen, came, topic, group, now)
        if silent_s is None
        else Rates(),
        partitions=tuple(_partitions(db, clock, seen, topic)),
        workers=tuple(_workers(beats)),
        members=members.members if members else None,
        minutes=tuple(minutes),
        sums=sums_of(minutes),
        dead_letters=tuple(_dead_letters(db, topic)),
        open_letters=db["dead_letters"].count_documents(
            {"topic": topic, "received": {"$gte": now - SHOWN}, "state": None}
        ),
        services=tuple(services_of(minutes)[:MAX_ROWS]),
        tokens=tuple(tokens_of(minutes, total(came, now - SHOWN))[:MAX_ROWS]),
        refused=tuple(refusals_of(total(came, lately))),
    )


def _silent_s(clock: Mapping[str, Any], now: datetime) -> float | None:
    at = clock.get("at")
    silent_s = (now - at).total_seconds() if at else 0.0
    return silent_s if silent_s > SILENT_CLOCK_S else None


def _rates(
    db: Database[Document],
    seen: Snapshot | None,
    came: Mapping[datetime, Arrivals],
    topic: str,
    group: str,
    now: datetime,
) -> Rates:
    last = minute_of(now) - MINUTE
    arrived = came.get(last, Arrivals())
    offered = arrived.offered.total() / MINUTE.total_seconds()
    edge = sum(stored.acknowledged(db, last).values()) / MINUTE.total_seconds()
    died = {"topic": topic, "received": {"$gte": now - RATE_OVER}}
    dead = db["dead_letters"].count_documents(died) / RATE_OVER.total_seconds()
    if seen is None:
        return Rates(offered, edge, dead=dead)
    before = history.before(db, seen, RATE_OVER)
    took_s = (seen.at - before.at).total_seconds()
    done, did = _committed(seen, topic, group), _committed(before, topic, group)
    store = (done - did) / took_s if took_s > 0 else None
    return Rates(offered, edge, rates(before, seen).get(topic), store, dead)


def _committed(seen: Snapshot, topic: str, group: str) -> int:
    found = seen.group(group)
    readings = found.of_topic(topic) if found else ()
    return sum(one.committed or 0 for one in readings)


def _partitions(
    db: Database[Document],
    clock: Mapping[str, Any],
    seen: Snapshot | None,
    topic: str,
) -> list[PartitionRow]:
    known = seen.topic(topic) if seen else None
    starts = {one.number: one.start for one in known.partitions} if known else {}
    heads = {
        head["partition"]: head
        for head in db["heads"].find({"topic": topic, "replaced": {"$ne": True}})
    }
    return [
        PartitionRow(
            number=one["partition"],
            start=starts.get(one["partition"]),
            visible=one["visible"],
            end=one["end"],
            generation=head.get("generation", 0),
            switches=tuple(head.get("switches", ())),
            lost=tuple(_lost(db, topic, one["partition"])),
            stopped=head.get("stopped"),
        )
        for one in clock.get("partitions", ())
        for head in (heads.get(one["partition"], {}),)
    ]


def _lost(db: Database[Document], topic: str, number: int) -> list[Range]:
    """The newest ranges that Kafka deleted before they were read."""
    wanted = {
        "topic": topic,
        "partition": number,
        f"states.{State.LOST.value}": {"$gt": 0},
    }
    newest = db["blocks"].find(wanted, {"holes": 1}).sort("max_received", -1)
    return [
        Range(first, last)
        for block in newest.limit(MAX_LOST)
        for state, first, last in block["holes"]
        if state == State.LOST
    ]


def _workers(folder: Path) -> list[WorkerRow]:
    now = time.time()
    return [
        WorkerRow(name, beat)
        for kind in WORKERS
        for name, beat in sorted(read_beats(folder, kind, now).items())
    ]


def _dead_letters(db: Database[Document], topic: str) -> list[tuple[str, int]]:
    counted = db["dead_letters"].aggregate(
        [
            {"$match": {"topic": topic}},
            {"$group": {"_id": "$code", "count": {"$sum": 1}}},
            {"$sort": {"count": -1, "_id": 1}},  # equal ones must not swap places
            {"$limit": MAX_CODES},
        ]
    )
    return [(one["_id"], one["count"]) for one in counted]
