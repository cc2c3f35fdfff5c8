"""Looks at the cluster every few seconds, and keeps what it saw in MongoDB."""

from __future__ import annotations

import logging
import threading
from datetime import UTC, datetime
from typing import Final

from pymongo.database import Database

from ingest import metrics
from ingest.kafka.shapes import Snapshot
from ingest.kafka.watch import history
from ingest.kafka.watch.snapshots import take
from ingest.mongo import Document, busy_when_away
from ingest.rounds import keep, warner

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
    waiting = warner(logger, "watch.snapshot.waiting")
    keep(lambda: look(brokers, db), EVERY_S, stopping, waiting)
