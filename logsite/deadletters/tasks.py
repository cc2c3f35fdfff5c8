"""Celery tasks: replays are worked at, old letters go."""

from __future__ import annotations

from threading import Lock
from typing import Final

from celery import shared_task
from django.utils import timezone

from ingest import metrics
from ingest.mongo import database
from ingest.replay import letters
from logsite.deadletters import jobs, retention

_working: Final = Lock()  # one thread of a worker is enough: others have other tasks


@shared_task
def work_replays() -> None:
    """Every job that nobody works at, one after the other, each for some time."""
    if not _working.acquire(blocking=False):
        return
    try:
        for job in jobs.due(timezone.now()):
            jobs.work(job.pk, jobs.SLICE_S)
    finally:
        _working.release()
    if jobs.due(timezone.now()):
        work_replays.delay()


@shared_task
def retain_letters() -> None:
    retention.retain(database(), timezone.now())
    for state, number in letters.counts(database()).items():
        metrics.gauge("dead_letters", number, state=state)
