"""Celery tasks that work at jobs: told at once, one thread of a worker at a time."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection
from threading import Lock
from typing import Any, TypeVar

from celery import Task
from kombu.exceptions import OperationalError

log = logging.getLogger(__name__)

Job = TypeVar("Job")


def tell_celery(task: Task[Any, Any]) -> None:
    """At once if Celery can be told; beat tells it all the same."""
    try:
        task.apply_async(ignore_result=True, retry=False)
    except OperationalError as error:
        said = {"task": task.name, "why": str(error)}
        log.warning("logsite.working.celery_away", extra=said)


def work_at(
    task: Task[Any, Any],
    busy: Lock,
    due: Callable[[], Collection[Job]],
    work: Callable[[Job], object],
) -> None:
    """Every job that nobody works at, one after the other; then those come since.

    One thread of a worker is enough: the others have other tasks.
    """
    if not busy.acquire(blocking=False):
        return
    try:
        for job in due():
            work(job)
    finally:
        busy.release()
    if due():
        tell_celery(task)
