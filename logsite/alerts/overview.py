"""What the alerts pages show of rules, incidents and deliveries."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy, ngettext

from logsite.search.found import StoreAway, answering
from stats.alerts import evaluations
from stats.alerts.evaluations import Evaluated
from stats.alerts.models import Delivery, Incident, Rule
from stats.alerts.rules import MINUTE, Kind, Outcome, Reason

# A round comes every few seconds: a rule that is later than this waits for something.
PATIENCE: Final = timedelta(seconds=45)
REASONS: Final[dict[Reason, Promise]] = {
    Reason.REACHED: gettext_lazy("at or above the threshold"),
    Reason.BELOW: gettext_lazy("below the threshold"),
    Reason.TOO_FEW: gettext_lazy("too few entries for a rate"),
    Reason.NOT_COUNTED: gettext_lazy("counting took too long"),
}


@dataclass(frozen=True)
class Watched:
    """A rule as one line of the list."""

    rule: Rule
    state: str  # firing, quiet, unknown, off, new
    value: str
    waits_for: datetime | None  # the data that the next window needs


@dataclass(frozen=True)
class Judged:
    """One evaluation as one line of the history."""

    start: datetime
    end: datetime
    outcome: str
    reason: Promise
    value: str
    threshold: str
    total: int
    errors: int


@dataclass(frozen=True)
class Told:
    """A delivery; of the target only as much as is no secret."""

    delivery: Delivery
    target: str


def watched(rules: Iterable[Rule], now: datetime) -> list[Watched]:
    """Firing ones first."""
    lines = [_watched(rule, now) for rule in rules]
    return sorted(lines, key=lambda line: line.state != Outcome.FIRING)


def history(rule: Rule, limit: int, end: datetime | None = None) -> list[Judged] | None:
    """Its newest evaluations; None if MongoDB does not answer."""
    try:
        with answering() as store:
            found = evaluations.newest(store, rule.pk, limit, end=end)
    except StoreAway:
        return None
    return [_judged(one) for one in found]


def told(incident: Incident) -> list[Told]:
    asked = Delivery.objects.filter(transition__incident=incident)
    return [
        Told(one, shortened(one.target)) for one in asked.select_related("transition")
    ]


def shortened(target: str) -> str:
    """Of a webhook scheme and host: what follows is often a secret."""
    parts = urlsplit(target)
    return f"{parts.scheme}://{parts.hostname}/…" if parts.netloc else target


def amount(kind: str, value: float) -> str:
    """A value or a threshold with its unit."""
    if kind == Kind.ERROR_RATE:
        return f"{value:.3g} %"
    count = round(value)
    return ngettext("%(n)s entry", "%(n)s entries", count) % {"n": f"{count:,}"}


def _watched(rule: Rule, now: datetime) -> Watched:
    needed = rule.judged_to + MINUTE + timedelta(seconds=settings.ALERT_DELAY_S)
    waits = rule.enabled and now > needed + PATIENCE
    state = (rule.outcome or "new") if rule.enabled else "off"
    value = "" if rule.value is None else amount(rule.kind, rule.value)
    return Watched(rule, state, value, needed if waits else None)


def _judged(one: Evaluated) -> Judged:
    verdict = one.verdict
    return Judged(
        start=verdict.start,
        end=verdict.end,
        outcome=verdict.outcome,
        reason=REASONS[verdict.reason],
        value=amount(one.kind, verdict.value),
        threshold=amount(one.kind, one.threshold),
        total=verdict.total,
        errors=verdict.errors,
    )
