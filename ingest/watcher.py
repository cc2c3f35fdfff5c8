"""The watch process: the data clock, the ledger, and snapshots of Kafka."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from pymongo.database import Database

from ingest import metrics, mongo
from ingest.errors import Busy
from ingest.kafka.watch.ends import AppendTimes
from ingest.kafka.watch.holds import Hold, skew_warning
from ingest.kafka.watch.looking import keep_looking
from ingest.kafka.watch.observation import Observation
from ingest.kafka.watch.skew import ALLOWED
from ingest.kafka.watch.timekeeper import Timekeeper
from ingest.kafka.watch.views import Confirmer
from ingest.ledger.keeping import Ledger, keep_ledger
from ingest.mongo import Document, busy_when_away
from ingest.observer import Observer
from ingest.recognition import Recognition
from ingest.steps.heartbeat import Heartbeat

logger = logging.getLogger(__name__)

EVERY_S: Final = 0.2
RETRY_S: Final = 1.0


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class WatchSettings:
    """What the watch process needs to know."""

    brokers: str
    topic: str
    mongo_url: str
    heartbeat_dir: Path
    metrics_port: int = 0
    metrics_host: str = "127.0.0.1"


class Watcher:
    """Reads, decides and writes the data clock, round by round."""

    def __init__(
        self,
        settings: WatchSettings,
        db: Database[Document],
        confirmer: Confirmer | None = None,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        names = settings.brokers, settings.topic
        self._db = db
        self._observer = Observer(*names, db, clock)
        self._recognition = Recognition(db, *names)
        self._confirmer = confirmer or Confirmer(*names)
        self._append_times = AppendTimes(*names)
        self._keeper: Timekeeper | None = None

    def round(self, now_s: float) -> None:
        """One look at everything; raises Busy if a part is away."""
        with busy_when_away():
            seen = self._observer.look()
            keeper = self._keeper = self._keeper or Timekeeper(self._stored_clock())
            keeper.one_broker = not self._confirmer.is_needed
            holds = keeper.round(
                seen,
                lambda number: self._recognition.is_same(seen.heads[number]),
                self._confirmer.newest,
            )
            skew = self._append_times.skew(seen.at, seen.end_offsets, now_s)
            self._publish(seen, keeper.complete_to, holds, skew)

    def close(self) -> None:
        self._recognition.close()

    def _stored_clock(self) -> datetime | None:
        stored = self._db["clock"].find_one({"_id": "clock"})
        return stored["complete_to"] if stored else None

    def _publish(
        self,
        seen: Observation,
        complete_to: datetime | None,
        holds: list[Hold],
        skew: timedelta,
    ) -> None:
        warnings = [] if abs(skew) <= ALLOWED else [skew_warning(skew)]
        self._db["clock"].replace_one(
            {"_id": "clock"},
            {
                "complete_to": complete_to,
                "at": seen.at,
                "partitions": seen.partitions(),
                "holds": [hold.words for hold in holds],
                "reasons": [hold.document() for hold in holds],
                "warnings": warnings,
            },
            upsert=True,
        )
        metrics.gauge("watch_clock_skew_seconds", _s(seen.skew), clock="mongodb")
        metrics.gauge("watch_clock_skew_seconds", _s(skew), clock="brokers")
        _show(complete_to, seen.at, seen.visible, seen.end_offsets, len(holds))


def _s(skew: timedelta) -> float:
    return round(skew.total_seconds(), 3)


def _show(
    complete_to: datetime | None,
    at: datetime,
    visible: dict[int, int],
    ends: dict[int, int],
    reasons: int,
) -> None:
    if complete_to is not None:
        behind_s = max(0.0, (at - complete_to).total_seconds())
        metrics.gauge("watch_complete_to_seconds", complete_to.timestamp())
        metrics.gauge("watch_behind_seconds", behind_s)
    metrics.gauge("watch_holds", reasons)
    for number, end in ends.items():
        lag = max(0, end - visible.get(number, 0))
        metrics.gauge("store_lag_messages", lag, partition=str(number))


def run_watch(settings: WatchSettings, stopping: threading.Event) -> None:
    """Watch until told to stop; a part that is away is waited for."""
    metrics.serve(settings.metrics_port, settings.metrics_host)
    heartbeat = Heartbeat(settings.heartbeat_dir, "watch")
    db = mongo.connect(settings.mongo_url)
    names = settings.brokers, settings.topic
    confirmer = Confirmer(*names)
    ledger = Ledger(*names, db)
    beside: list[Callable[[], None]] = [
        lambda: keep_looking(settings.brokers, db, stopping),
        lambda: confirmer.keep_asking(stopping),
        lambda: keep_ledger(ledger, stopping),
    ]
    with ThreadPoolExecutor(len(beside), "watch") as pool:
        running = [pool.submit(work) for work in beside]
        for each in running:
            # A bug on any side ends all: the process is started again.
            each.add_done_callback(lambda _: stopping.set())
        try:
            _keep_time(Watcher(settings, db, confirmer), heartbeat, stopping)
        finally:
            stopping.set()
        for each in running:
            each.result()


def _keep_time(
    watcher: Watcher, heartbeat: Heartbeat, stopping: threading.Event
) -> None:
    waiting = False
    while not stopping.is_set():
        started = time.monotonic()
        heartbeat.beat()
        try:
            watcher.round(started)
        except Busy as busy:
            if not waiting:
                logger.warning("watch.waiting", extra={"why": str(busy)[:300]})
            waiting = True
            stopping.wait(RETRY_S)
            continue
        waiting = False
        stopping.wait(max(0.0, EVERY_S - (time.monotonic() - started)))
    watcher.close()
    heartbeat.end()
