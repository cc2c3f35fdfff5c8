"""Judges every rule whose next window is whole: counts, decides, writes down."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings
from pymongo.database import Database
from pymongo.errors import PyMongoError

from ingest import metrics
from ingest.entry import ERROR_LEVELS
from ingest.fold.block import to_datetime
from ingest.mongo import Document, is_away
from ingest.query.budget import Allowance
from ingest.query.counting import Tally
from ingest.query.freshness import complete_to
from ingest.query.run import search
from ingest.query.series import MINUTE_MS, per_minute
from stats.alerts import evaluations
from stats.alerts.incidents import apply, open_incident
from stats.alerts.models import Rule
from stats.alerts.notices import rfc3339
from stats.alerts.rules import (
    ChangeKind,
    Series,
    Tick,
    Verdict,
    changes,
    data_time,
    due,
    judge,
)

logger = logging.getLogger(__name__)

COUNTING: Final = Allowance(seconds=10, entries=5_000_000)  # of one rule, one round
SAMPLES: Final = 5
SAMPLE_LENGTH: Final = 500  # characters of a line


def judge_rules(db: Database[Document], now: datetime) -> int:
    """One round over all rules; how many incidents changed. `now` only dates it."""
    try:
        clock = complete_to(db)
        return _judge_all(db, clock, now) if clock else 0
    except PyMongoError as error:
        if not is_away(error):
            raise
        logger.warning("alerts.waiting", extra={"why": str(error)[:300]})
        return 0


def _judge_all(db: Database[Document], clock: datetime, now: datetime) -> int:
    whole = data_time(clock, timedelta(seconds=settings.ALERT_DELAY_S))
    changed = 0
    for rule in Rule.objects.filter(enabled=True):
        try:
            changed += judge_rule(db, rule, whole, now)
        except Exception as error:
            if is_away(error):
                raise
            # A rule that cannot be judged must not silence the others.
            metrics.count("alerts_failed_total")
            logger.exception("alerts.rule.failed", extra={"rule": rule.name})
    return changed


def judge_rule(
    db: Database[Document], rule: Rule, whole: datetime, now: datetime
) -> int:
    """Judge the windows that ended since the last round."""
    ends = due(rule.judged_to, whole)
    if not ends:
        return 0
    series = series_of(db, rule, ends[0] - rule.window, ends[-1])
    verdicts = [judge(rule.condition, series, end) for end in ends]
    # The decision log first: what an incident came from is there before it.
    evaluations.keep(db, rule.pk, rule.condition, verdicts, now)
    made = apply(rule, verdicts, _samples(db, rule, verdicts), now)
    if made is None:
        return 0
    metrics.count("alerts_windows_judged_total", len(verdicts))
    for transition in made:
        metrics.count("alerts_transitions_total", kind=transition.kind)
        facts = {"incident": transition.incident_id, "change": transition.kind}
        logger.info("alerts.incident.changed", extra={"rule": rule.name, **facts})
    return len(made)


def series_of(
    db: Database[Document], rule: Rule, start: datetime, end: datetime
) -> Series:
    """What a rule watches, minute by minute."""
    return _series(per_minute(db, rule.log_filter(start, end), COUNTING))


def _series(counted: Tally) -> Series:
    minutes: dict[datetime, Tick] = {}
    for (minute, level), n in counted.counts.items():
        at = to_datetime(minute * MINUTE_MS)
        before = minutes.get(at, Tick(0, 0))
        errors = n if level in ERROR_LEVELS else 0
        minutes[at] = Tick(before.total + n, before.errors + errors)
    return Series(minutes, counted.exact)


def _samples(
    db: Database[Document], rule: Rule, verdicts: list[Verdict]
) -> Mapping[datetime, list[dict[str, Any]]]:
    """Lines of the windows that open an incident; read before anything is locked."""
    steps = changes(open_incident(rule) is not None, verdicts)
    return {
        step.verdict.end: _lines(db, rule, step.verdict)
        for step in steps
        if step.kind is ChangeKind.OPENED
    }


def _lines(
    db: Database[Document], rule: Rule, verdict: Verdict
) -> list[dict[str, Any]]:
    found = search(db, rule.culprits(verdict.start, verdict.end), limit=SAMPLES)
    return [
        {
            "id": item.id,
            "timestamp": rfc3339(item.timestamp),
            "level": item.level,
            "service": item.service,
            "message": item.message[:SAMPLE_LENGTH],
        }
        for item in found.items
    ]
