"""Exports as jobs: made, worked at by one process at a time, cancelled, deleted.

All of a job is in its row and the names of its pieces, so whoever takes it up after a
kill goes on behind the last piece that was counted.
"""

from __future__ import annotations

import hashlib
import logging
import time
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import msgspec
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from ingest import metrics
from ingest.errors import Busy, QueryError
from ingest.export import pieces
from ingest.export.estimate import estimate
from ingest.export.reading import begin, rows_for, stretch, was_dropped
from ingest.export.rows import Layout, beginning, lines
from ingest.mongo import database
from ingest.query.filter import LogFilter
from ingest.query.page import Page
from logsite.audit.actors import Actor
from logsite.audit.recording import record
from logsite.exports import limits
from logsite.exports.models import ENDED, Export, FilePiece, State
from logsite.leases import RETRY, NotMine

log = logging.getLogger(__name__)

SLICE_S: Final = 10.0  # then other jobs have their turn
HASHED_BETWEEN: Final = 32  # pieces: the lease is renewed that often


class GaveUp(Exception):
    """The export can never be finished; the reason is for people."""


@dataclass(frozen=True)
class Wanted:
    """What somebody wants to have as a file."""

    filter: LogFilter
    layout: Layout


# -- making, cancelling, deleting ------------------------------------------------------


def start(actor: Actor, wanted: Wanted) -> Export:
    """A job that waits for Celery; raises QueryError, TooMany or TooLarge."""
    guess = estimate(database(), wanted.filter, wanted.layout)
    begun = begin(database(), wanted.filter)
    with transaction.atomic():
        limits.check_jobs(str(actor))
        limits.check_space(str(actor), guess.size)
        job: Export = Export.objects.create(
            by=str(actor),
            asked=msgspec.to_builtins(wanted.filter),
            format=wanted.layout.format,
            columns=list(wanted.layout.columns),
            gzip=wanted.layout.gzip,
            pinned=begun.pinned,
            complete_to=begun.complete_to,
            cursor=begun.cursor,
            stretch=rows_for(guess.entry_bytes),
            to_examine=guess.examine,
            oldest_day=guess.oldest_day,
            guessed_rows=guess.rows,
            guessed_size=guess.size,
            remarks=msgspec.to_builtins(guess.remarks),
        )
        detail = {**job.asked, "format": job.format, "rows": guess.rows}
        record(actor, "export.start", str(job), detail)
    return job


def cancel(actor: Actor, job: Export) -> bool:
    """Ask it to end after what it is doing; False if it has ended."""
    going = Export.objects.filter(pk=job.pk).exclude(state__in=ENDED)
    if not going.update(state=State.CANCELLING):
        return False
    record(actor, "export.cancel", str(job))
    return True


def delete(actor: Actor, job: Export) -> None:
    """One that has ended, with its file."""
    name = str(job)
    pieces.drop(database(), [job.pk])
    with transaction.atomic():
        job.delete()
        record(actor, "export.delete", name)


# -- working ---------------------------------------------------------------------------


def due() -> list[Export]:
    """Jobs that nobody works at, the oldest first."""
    waiting = Export.objects.exclude(state__in=ENDED)
    return list(waiting.filter(lease_until__lte=timezone.now()).order_by("pk"))


def work(job: Export, seconds: float) -> None:
    """Work at a job for some time, unless somebody else does."""
    if not job.take() or job.has_ended:
        return
    try:
        _go_on(job, time.monotonic() + seconds)
        job.release()
    except Busy as busy:
        log.warning("exports.waiting", extra={"export": job.pk, "why": str(busy)})
        job.note(error=str(busy)[:500], lease_until=timezone.now() + RETRY)
    except NotMine:
        log.warning("exports.taken", extra={"export": job.pk})
    except Exception as bug:  # the lease runs out, and it is tried again
        log.exception("exports.bug", extra={"export": job.pk})
        job.note(error=repr(bug)[:500])


def _go_on(job: Export, deadline: float) -> None:
    names = job.pieces.values_list("name", flat=True)
    pieces.sweep(database(), job.pk, list(names))
    waiting = Export.objects.filter(pk=job.pk, state=State.WAITING)
    waiting.update(state=State.RUNNING)
    while time.monotonic() < deadline:
        job.renew()
        if job.state == State.CANCELLING:
            return _give_up(job, State.CANCELLED)
        if not job.cursor:
            return _finish(job)
        try:
            _add(job, stretch(database(), job.filter, job.cursor, job.stretch))
        except (GaveUp, QueryError) as error:
            return _give_up(job, State.FAILED, str(error))
    return None


def _add(job: Export, page: Page) -> None:
    """What a stretch brought: written first, then counted, all at once or not."""
    content = lines(page.items, job.layout) if page.items else b""
    if not job.pieces.exists():
        content = beginning(job.layout) + content
    size = job.size + len(content)
    if size > limits.room_for(job.by, without=job):
        raise GaveUp(f"there is no room for more than {limits.shown(job.size)}")
    kept = pieces.keep(database(), job.pk, content)
    is_whole = job.is_whole and not was_dropped(database(), page, job.oldest_day)
    with transaction.atomic():
        job.note(
            cursor=page.next or "",
            examined=job.examined + page.examined,
            rows=job.rows + len(page.items),
            size=size,
            is_whole=is_whole,
            error="",
        )
        FilePiece.objects.bulk_create(
            FilePiece(export=job, name=piece.name, size=piece.size) for piece in kept
        )
    metrics.count("export_rows_total", len(page.items))


def _finish(job: Export) -> None:
    """Read the file back: what its checksum says is what will be downloaded."""
    digest = hashlib.sha256()
    for number, piece in enumerate(job.pieces.all()):
        digest.update(pieces.read(database(), piece.name))
        if number % HASHED_BETWEEN == HASHED_BETWEEN - 1:
            job.renew()
    _end(job, State.DONE, sha256=digest.hexdigest())


def _give_up(job: Export, state: State, why: str = "") -> None:
    _end(job, state, error=why[:500])
    pieces.drop(database(), [job.pk])
    job.pieces.all().delete()


def _end(job: Export, state: State, **fields: Any) -> None:
    now = timezone.now()
    kept = {"expires": now + timedelta(hours=settings.EXPORT_HOURS)}
    detail = {"rows": job.rows, "bytes": job.size, **fields}
    with transaction.atomic():
        job.note(state=state, finished=now, **kept, **fields)
        record(Actor.system(), f"export.{state}", str(job), detail)
    job.state = state
    metrics.count("export_jobs_total", state=state.value)
    log.info("exports.ended", extra={"export": job.pk, "state": state, **detail})
