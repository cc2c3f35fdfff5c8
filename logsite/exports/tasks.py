"""Celery tasks: exports are worked at, old files go."""

from __future__ import annotations

from threading import Lock
from typing import Final

from celery import shared_task
from django.utils import timezone

from logsite.exports import jobs, retention
from logsite.working import work_at

_busy: Final = Lock()


@shared_task
def work_exports() -> None:
    """Each job for some time."""
    work_at(work_exports, _busy, jobs.due, lambda job: jobs.work(job, jobs.SLICE_S))


@shared_task
def retain_exports() -> None:
    retention.retain(timezone.now())
