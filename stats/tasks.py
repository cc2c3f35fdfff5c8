"""Celery tasks: each calls one function. All can be repeated, late or at once."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from typing import Any

from celery import shared_task
from django.conf import settings
from pymongo.database import Database

from ingest.documents import ensure_collections
from ingest.mongo import database
from stats import retention, rollup
from stats.alerts import deliver as delivering
from stats.alerts import evaluate
from stats.alerts.documents import ensure_evaluations
from stats.documents import DOCUMENTS


@shared_task
def roll_up() -> None:
    rollup.roll_up(_database())


@shared_task
def retain() -> None:
    retention.retain(_database(), datetime.now(UTC), settings.RETENTION_DAYS)


@shared_task
def judge_rules() -> None:
    evaluate.judge_rules(_database(), datetime.now(UTC))


@shared_task
def deliver() -> None:
    delivering.deliver(datetime.now(UTC))


@cache
def _database() -> Database[dict[str, Any]]:
    """MongoDB, with the collections of stats."""
    db = database()
    ensure_collections(db, DOCUMENTS)
    ensure_evaluations(db)
    return db
