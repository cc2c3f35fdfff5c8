"""The watch process: the data clock, and snapshots of Kafka."""

from __future__ import annotations

import logging
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from pymongo import DESCENDING
from pymongo.database import Database

from ingest import metrics, mongo
from ingest.errors import Busy
from ingest.fold.block import position
from ingest.heads import MAX_OFFSET
from ingest.kafka.admin import end_offsets, topic_id
from ingest.kafka.watch.clock import DataClock, holds
from ingest.kafka.watch.looking import keep_looking
from ingest.mongo import Document, busy_when_away
from ingest.steps.heartbeat import Heartbeat
from ingest.workers import lane

logger = logging.getLogger(__name__)

EVERY_S: Final = 0.2
IDENTITY_EVERY_S: Final = 5.0
RETRY_S: Final = 1.0


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
    """Reads what is visible and where the partitions end; writes the clock."""

    def __init__(self, settings: WatchSettings, db: Database[Document]) -> None:
        self._settings = settings
        self._db = db
        self._clock = DataClock()
        self._identity = ""
        self._identity_at = -IDENTITY_EVERY_S

    def round(self, now: float) -> None:
        """One look at everything; raises Busy if a part is away."""
        with busy_when_away():
            self._renew_identity(now)
            visible = self._visible()
            at = self._server_time()
            ends = end_offsets(self._settings.brokers, self._settings.topic)
            self._clock.tick(visible, at, ends)
            self._publish(at, visible, ends)

    def _renew_identity(self, now: float) -> None:
        # A topic that was made anew starts its offsets again, and so does the clock.
        if now - self._identity_at < IDENTITY_EVERY_S:
            return
        identity = topic_id(self._settings.brokers, self._settings.topic)
        self._identity_at = now
        if identity != self._identity:
            self._identity = identity
            self._clock = DataClock(self._stored_clock())

    def _stored_clock(self) -> datetime | None:
        stored = self._db["clock"].find_one({"_id": "clock"})
        return stored["complete_to"] if stored else None

    def _visible(self) -> dict[int, int]:
        """Per partition, behind the later of head and newest block."""
        visible = {}
        for head in self._db["heads"].find({"topic_id": self._identity}):
            number = head["partition"]
            visible[number] = max(head["last"], self._newest_offset(number)) + 1
        return visible

    def _newest_offset(self, partition: int) -> int:
        here = lane(self._settings.topic, self._identity, partition)
        lowest = position(here.incarnation, partition, 0)
        highest = position(here.incarnation, partition, MAX_OFFSET)
        newest = self._db["blocks"].find_one(
            {"_id": {"$gte": lowest, "$lte": highest}},
            {"last": 1},
            sort=[("_id", DESCENDING)],
        )
        return newest["last"] if newest else -1

    def _server_time(self) -> datetime:
        # A command's times are naive unless it is told otherwise.
        hello = self._db.command("hello", codec_options=self._db.codec_options)
        local_time: datetime = hello["localTime"]
        return local_time

    def _publish(
        self, at: datetime, visible: dict[int, int], ends: dict[int, int]
    ) -> None:
        complete_to = self._clock.complete_to
        reasons = holds(visible, ends)
        self._db["clock"].replace_one(
            {"_id": "clock"},
            {
                "complete_to": complete_to,
                "at": at,
                "partitions": [
                    {"partition": n, "visible": visible.get(n, 0), "end": end}
                    for n, end in sorted(ends.items())
                ],
                "holds": reasons,
            },
            upsert=True,
        )
        _show(complete_to, at, visible, ends, len(reasons))


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
    with ThreadPoolExecutor(1, "kafka") as pool:
        looking = pool.submit(keep_looking, settings.brokers, db, stopping)
        # A bug on either side ends both: the process is started again.
        looking.add_done_callback(lambda _: stopping.set())
        try:
            _keep_time(Watcher(settings, db), heartbeat, stopping)
        finally:
            stopping.set()
        looking.result()


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
    heartbeat.end()
