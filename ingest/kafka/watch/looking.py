"""Looks at the cluster every few seconds, and keeps what it saw in MongoDB."""

from __future__ import annotations

import logging
import threading
import time
from datetime import UTC, datetime
from typing import Final

from pymongo.database import Database

from ingest import metrics
from ingest.errors import Busy
from ingest.kafka.shapes import Snapshot
from ingest.kafka.watch import history
from ingest.kafka.watch.snapshots import take
from ingest.mongo import Document, busy_when_away

logger = logging.getLogger(__name__)

EVERY_S: Final = 5.0


def look(brokers: str, db: Database[Document]) -> Snapshot:
    """Take one snapshot and keep it; raises Busy if a part is away."""
    with metrics.timed("kafka_snapshot_seconds"):
        snapshot = take(brokers, datetime.now(UTC))
    with busy_when_away():
        history.save(db, snapshot)
    return snapshot


def keep_looking(
    brokers: str, db: Database[Document], stopping: threading.Event
) -> None:
    """Until told to stop. Beside the data clock, which must not wait for this."""
    waiting = False
    while not stopping.is_set():
        started = time.monotonic()
        try:
            look(brokers, db)
            waiting = False
        except Busy as busy:
            if not waiting:
                logger.warning("watch.snapshot.waiting", extra={"why": str(busy)[:300]})
            waiting = True
        stopping.wait(max(0.0, EVERY_S - (time.monotonic() - started)))
