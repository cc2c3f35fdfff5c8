"""Replays as jobs: made, worked at by one process at a time, cancelled.

All of a job is in its row and in the letters that it claimed, so whoever takes it up
after a kill goes on where it was.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cache
from typing import Final

import msgspec
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from pymongo.database import Database

from ingest import metrics
from ingest.errors import Busy, QueryError
from ingest.kafka.outbox import Outbox
from ingest.mongo import Document, database
from ingest.replay import letters
from ingest.replay.claims import Claims
from ingest.replay.letters import Selection
from ingest.replay.rules import plain, read_rule
from ingest.replay.run import Mending, Replayer, replayer
from logsite.audit.actors import Actor
from logsite.audit.recording import record
from logsite.deadletters.models import ENDED, MAX_RATE, USUAL_RATE, Replay, State
from logsite.leases import RETRY, NotMine

log = logging.getLogger(__name__)

BATCH: Final = 500  # letters that are claimed together
SLICE_S: Final = 10.0  # then other jobs have their turn
REPLAYER_OF = Callable[[Replay], Replayer]


# -- making and cancelling -----------------------------------------------------------


def start(
    actor: Actor, selection: Selection, mending: Mending, rate: int = USUAL_RATE
) -> Replay:
    """A job that waits for Celery; raises QueryError if there is nothing to do."""
    if not 1 <= rate <= MAX_RATE:
        raise QueryError("bad_rate", f"The rate is 1 to {MAX_RATE:,} letters a second.")
    bounded = msgspec.structs.replace(selection, upto=selection.upto or timezone.now())
    total = letters.count(database(), bounded.query())
    if not total:
        raise QueryError("no_letters", "No open dead letter is meant.")
    with transaction.atomic():
        job = Replay.objects.create(
            by=str(actor),
            selection=msgspec.to_builtins(bounded),
            rule=plain(mending.rule),
            by_hand=_text(mending.by_hand),
            insist=mending.insist,
            rate=rate,
            total=total,
        )
        detail = {"letters": total, "rule": job.rule, "rate": rate}
        detail |= {"by_hand": job.by_hand is not None, "insist": job.insist}
        detail |= {"cause": selection.cause} if selection.cause else {}
        record(actor, "dead_letter.replay", f"replay {job.pk}", detail)
    return job


def cancel(actor: Actor, job: Replay) -> bool:
    """Ask it to end after what it is doing; False if it has ended."""
    going = Replay.objects.filter(pk=job.pk).exclude(state__in=ENDED)
    if not going.update(state=State.CANCELLING):
        return False
    record(actor, "dead_letter.cancel", f"replay {job.pk}")
    return True


# -- working -------------------------------------------------------------------------


def due(now: datetime) -> list[Replay]:
    """Jobs that nobody works at, the oldest first."""
    waiting = Replay.objects.exclude(state__in=ENDED).filter(lease_until__lte=now)
    return list(waiting.order_by("pk"))


def work(job_id: int, seconds: float, make: REPLAYER_OF | None = None) -> Replay | None:
    """Work at a job for some time; None if somebody else does."""
    job = Replay.objects.exclude(state__in=ENDED).filter(pk=job_id).first()
    if job is None or not job.take() or job.has_ended:
        return None
    if job.state == State.WAITING:
        waiting = Replay.objects.filter(pk=job.pk, state=State.WAITING)
        waiting.update(state=State.RUNNING)
        job.refresh_from_db()
    try:
        _go_on((make or _replayer_of)(job), job, time.monotonic() + seconds)
    except Busy as busy:
        log.warning(
            "deadletters.replay.waiting", extra={"job": job.pk, "why": str(busy)}
        )
        job.error = str(busy)[:500]
    except NotMine:
        log.warning("deadletters.replay.taken", extra={"job": job.pk})
        return None
    except Exception as bug:  # the lease runs out, and it is tried again
        log.exception("deadletters.replay.bug", extra={"job": job.pk})
        job.note(error=repr(bug)[:500])
        return None
    free = timezone.now() + (RETRY if job.error else timedelta())
    job.note(lease_until=free, error=job.error, sent=_sent(job))
    return job


def _go_on(worker: Replayer, job: Replay, deadline: float) -> None:
    worker.settle(timezone.now())
    mending, selection = mending_of(job), selection_of(job)
    job.error = ""
    while time.monotonic() < deadline:
        job.renew()
        if job.state == State.CANCELLING:
            return _end(job, State.CANCELLED)
        began = time.monotonic()
        after = bytes.fromhex(job.cursor) if job.cursor else None
        size = min(job.rate, BATCH)
        some = letters.find(database(), selection.query(), after, size)
        if not some:
            return _end(job, State.DONE)
        ends = worker.replay(some, mending, timezone.now())
        job.cursor = some[-1]["_id"].hex()
        job.ends = dict(Counter(job.ends) + ends)
        job.note(cursor=job.cursor, ends=job.ends, sent=_sent(job), error="")
        time.sleep(max(0.0, began + len(some) / job.rate - time.monotonic()))
    return None


def _end(job: Replay, state: State) -> None:
    sent = _sent(job)
    with transaction.atomic():
        job.note(state=state, finished=timezone.now(), sent=sent)
        detail = {"sent": sent, **job.ends}
        record(
            Actor.system(), f"dead_letter.replay_{state}", f"replay {job.pk}", detail
        )
    job.state = state
    metrics.count("replay_jobs_total", state=state.value)
    log.info(
        "deadletters.replay.ended", extra={"job": job.pk, "state": state, **detail}
    )


# -- what a row means ----------------------------------------------------------------


def selection_of(job: Replay) -> Selection:
    return msgspec.convert(job.selection, Selection)


def mending_of(job: Replay) -> Mending:
    by_hand = None if job.by_hand is None else job.by_hand.encode()
    return Mending(read_rule(job.rule), by_hand, job.insist)


def _sent(job: Replay) -> int:
    return _claims(database(), job).count()


def _claims(db: Database[Document], job: Replay) -> Claims:
    return Claims(db, f"replay-{job.pk}", job.by, settings.SECRET_KEY.encode())


def _replayer_of(job: Replay) -> Replayer:
    db, brokers = database(), settings.KAFKA_BROKERS
    claims, topic = _claims(db, job), settings.LOG_TOPIC
    return replayer(db, brokers, topic, claims, _outbox(brokers))


@cache
def _outbox(brokers: str) -> Outbox:
    return Outbox(brokers)


def _text(value: bytes | None) -> str | None:
    return None if value is None else value.decode()
