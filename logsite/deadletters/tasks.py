"""Celery tasks: replays are worked at, old letters go."""

from __future__ import annotations

import logging
from threading import Lock
from typing import Final

from celery import shared_task
from django.utils import timezone
from kombu.exceptions import OperationalError

from ingest import metrics
from ingest.mongo import database
from ingest.replay import letters
from logsite.deadletters import jobs, retention

log = logging.getLogger(__name__)

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
        start_working()


def start_working() -> None:
    """At once if Celery can be told; beat tells it all the same."""
    try:
        work_replays.apply_async(ignore_result=True, retry=False)
    except OperationalError as error:
        log.warning("deadletters.celery_away", extra={"why": str(error)})


@shared_task
def retain_letters() -> None:
    retention.retain(database(), timezone.now())
    for state, number in letters.counts(database()).items():
        metrics.gauge("dead_letters", number, state=state)
