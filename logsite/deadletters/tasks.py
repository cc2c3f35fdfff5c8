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
from logsite.working import work_at

_busy: Final = Lock()


@shared_task
def work_replays() -> None:
    """Each job for some time."""
    work_at(
        work_replays,
        _busy,
        lambda: jobs.due(timezone.now()),
        lambda job: jobs.work(job.pk, jobs.SLICE_S),
    )


@shared_task
def retain_letters() -> None:
    retention.retain(database(), timezone.now())
    for state, number in letters.counts(database()).items():
        metrics.gauge("dead_letters", number, state=state)
