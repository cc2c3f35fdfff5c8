"""Celery tasks: exports are worked at, old files go."""

from __future__ import annotations

import logging
from threading import Lock
from typing import Final

from celery import shared_task
from django.utils import timezone
from kombu.exceptions import OperationalError

from logsite.exports import jobs, retention

log = logging.getLogger(__name__)

_working: Final = Lock()  # one thread of a worker is enough: others have other tasks


@shared_task
def work_exports() -> None:
    """Every job that nobody works at, one after the other, each for some time."""
    if not _working.acquire(blocking=False):
        return
    try:
        for job in jobs.due():
            jobs.work(job, jobs.SLICE_S)
    finally:
        _working.release()
    if jobs.due():
        start_working()


def start_working() -> None:
    """At once if Celery can be told; beat tells it all the same."""
    try:
        work_exports.apply_async(ignore_result=True, retry=False)
    except OperationalError as error:
        log.warning("exports.celery_away", extra={"why": str(error)})


@shared_task
def retain_exports() -> None:
    retention.retain(timezone.now())
