"""Retention: whole days that are older than it go, once they are rolled up."""

from __future__ import annotations

import logging
from datetime import datetime

from pymongo.database import Database

from ingest import metrics
from ingest.days import drop_expired
from ingest.generations import Generations
from ingest.mongo import Document, busy_when_away
from ingest.store import Store
from stats.rollup import roll_up_and_drop

logger = logging.getLogger(__name__)


def retain(db: Database[Document], now: datetime, retention_days: int) -> list[str]:
    """Drop the days before the retention; answers which."""
    with busy_when_away():
        days = drop_expired(db, now, retention_days, roll_up_and_drop)
        Generations(db, Store(db)).sweep()
    for day in days:
        metrics.count("store_days_dropped_total")
        logger.info("stats.day.dropped", extra={"day": day})
    return days
