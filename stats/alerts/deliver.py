"""Tells targets of transitions: claims what waits, sends it, records how that went.

Whoever claims a delivery has some time to send it. If that process dies, the delivery
waits again: a target may be told twice, with the same id, and is never forgotten.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Exists, F, OuterRef, QuerySet
from django.utils.timezone import now as wall_clock

from ingest import metrics
from stats.alerts.models import Delivery
from stats.alerts.notices import notice_of
from stats.alerts.notifiers import notifier_for
from stats.alerts.notifiers.base import BadTarget, NotifyError

logger = logging.getLogger(__name__)

LEASE: Final = timedelta(minutes=2)  # longer than any notifier needs
# After the first, the second... failed attempt; after the last one it is given up.
RETRY_AFTER: Final = tuple(
    timedelta(seconds=seconds) for seconds in (10, 30, 120, 600, 1800)
)
MAX_ERROR_LENGTH: Final = 1_000


def deliver(now: datetime) -> int:
    """Tell every target whose turn it is; how many were told."""
    return sum(_attempt(delivery) for delivery in claimed(now))


def claimed(now: datetime) -> Iterator[Delivery]:
    """Deliveries that are due, each given to exactly one process."""
    for delivery in _due(now).select_related("transition__incident__rule"):
        mine = Delivery.objects.filter(pk=delivery.pk, attempts=delivery.attempts)
        # 0 rows: another process got there first.
        if mine.update(attempts=F("attempts") + 1, next_try=now + LEASE):
            delivery.attempts += 1
            yield delivery


def _due(now: datetime) -> QuerySet[Delivery]:
    waiting = Delivery.objects.filter(delivered=None, given_up=None)
    # A target hears that an incident opened before it hears that it was resolved.
    earlier = waiting.filter(
        transition__incident=OuterRef("transition__incident"),
        target=OuterRef("target"),
        pk__lt=OuterRef("pk"),
    )
    return waiting.filter(~Exists(earlier), next_try__lte=now)


def _attempt(delivery: Delivery) -> bool:
    started = time.monotonic()
    try:
        notifier = notifier_for(delivery.target)
        notifier.send(delivery.target, notice_of(delivery.transition))
    except (NotifyError, BadTarget) as error:
        permanent = isinstance(error, BadTarget) or error.permanent
        _failed(delivery, str(error), time.monotonic() - started, permanent=permanent)
        return False
    except Exception as error:  # a bug of one notifier must not silence the others
        logger.exception("alerts.delivery.bug", extra={"delivery": delivery.pk})
        _failed(delivery, repr(error), time.monotonic() - started, permanent=False)
        return False
    _record(
        delivery, delivered=wall_clock(), error="", took_s=time.monotonic() - started
    )
    metrics.count("alerts_deliveries_total", outcome="delivered")
    return True


def _failed(delivery: Delivery, error: str, took_s: float, *, permanent: bool) -> None:
    now = wall_clock()
    said = {"error": error[:MAX_ERROR_LENGTH], "took_s": took_s}
    last = permanent or delivery.attempts > len(RETRY_AFTER)
    if last:
        _record(delivery, given_up=now, **said)
    else:
        retry = now + RETRY_AFTER[delivery.attempts - 1]
        _record(delivery, next_try=retry, **said)
    outcome = "given_up" if last else "failed"
    metrics.count("alerts_deliveries_total", outcome=outcome)
    logger.log(
        logging.ERROR if last else logging.WARNING,
        "alerts.delivery.failed",
        extra={"delivery": delivery.pk, "outcome": outcome, "error": error},
    )


def _record(delivery: Delivery, **fields: object) -> None:
    # Only the attempt that this process claimed: a later one has its own to tell.
    Delivery.objects.filter(pk=delivery.pk, attempts=delivery.attempts).update(**fields)
