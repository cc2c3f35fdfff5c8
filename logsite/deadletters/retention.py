"""Retention of dead letters: their own, and never without a word of open ones."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.conf import settings
from pymongo.database import Database

from ingest import metrics
from ingest.mongo import Document
from ingest.replay import letters
from logsite.audit.actors import Actor
from logsite.audit.recording import record

log = logging.getLogger(__name__)


def retain(db: Database[Document], now: datetime) -> dict[str, int]:
    """Delete letters older than DEAD_LETTER_DAYS; answers how many by state."""
    before = now - timedelta(days=settings.DEAD_LETTER_DAYS)
    _announce(db, before)
    gone = letters.expire(db, before)
    for state, number in gone.items():
        metrics.count("dead_letters_expired_total", number, state=state)
    if gone:
        log.info("deadletters.expired", extra=gone)
    return gone


def _announce(db: Database[Document], before: datetime) -> None:
    """Before they are gone: what is written twice is better than what never was."""
    lost = letters.groups(db, letters.kept_before(before, letters.OPEN))
    if not lost:
        return
    causes = [[one.code, one.service, one.count] for one in lost]
    detail = {"open": sum(one.count for one in lost), "causes": causes}
    record(Actor.system(), "dead_letter.expire", f"before {before:%Y-%m-%d}", detail)
    log.warning("deadletters.expiring", extra=detail)
