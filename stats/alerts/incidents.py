"""The only place that opens, keeps or resolves incidents. A change is a row first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from stats.alerts.models import Delivery, Incident, Rule, Transition
from stats.alerts.rules import Change, ChangeKind, Outcome, Reason, Verdict, changes

SampleLines = Mapping[datetime, list[dict[str, Any]]]  # by the end of their window


def apply(
    rule: Rule, verdicts: Sequence[Verdict], samples: SampleLines, now: datetime
) -> list[Transition] | None:
    """What the verdicts change; None if another process judged these windows first.

    The claim, the incidents and what has to be delivered are one transaction.
    """
    made: list[Transition] = []
    with transaction.atomic():
        if not _claim(rule, verdicts[-1]):
            return None
        incident = open_incident(rule)
        for verdict in verdicts:
            for change in changes(incident is not None, [verdict]):
                incident = _changed(rule, incident, change, samples)
                made.append(_written(rule, incident, change, now))
            incident = _kept(incident, verdict)
    return made


def switch_off(rule: Rule, now: datetime) -> None:
    """Close what is open: nobody judges the rule any more."""
    with transaction.atomic():
        incident = open_incident(rule)
        if incident is None:
            return
        start, end = rule.judged_to - rule.window, max(rule.judged_to, incident.opened)
        nothing = Verdict(start, end, Outcome.UNKNOWN, Reason.NOT_COUNTED, 0, 0, 0.0)
        change = Change(ChangeKind.SWITCHED_OFF, nothing)
        _written(rule, _changed(rule, incident, change, {}), change, now)


def open_incident(rule: Rule) -> Incident | None:
    return Incident.objects.filter(rule=rule, resolved=None).first()


def _claim(rule: Rule, newest: Verdict) -> bool:
    """Move the rule on; False if it is not where it was when it was read."""
    mine = Rule.objects.filter(pk=rule.pk, enabled=True, judged_to=rule.judged_to)
    return bool(
        mine.update(judged_to=newest.end, outcome=newest.outcome, value=newest.value)
    )


def _changed(
    rule: Rule, incident: Incident | None, change: Change, samples: SampleLines
) -> Incident:
    verdict = change.verdict
    if incident is None:
        return Incident.objects.create(
            rule=rule,
            began=verdict.start,
            opened=verdict.end,
            peak=verdict.value,
            samples=samples.get(verdict.end, []),
        )
    incident.resolved = verdict.end
    incident.save(update_fields=["resolved"])
    return incident


def _kept(incident: Incident | None, verdict: Verdict) -> Incident | None:
    """The incident as the next window finds it; None once it is resolved."""
    if incident is None or incident.resolved:
        return None
    if verdict.outcome is Outcome.FIRING and verdict.value > incident.peak:
        incident.peak = verdict.value
        incident.save(update_fields=["peak"])
    return incident


def _written(
    rule: Rule, incident: Incident, change: Change, now: datetime
) -> Transition:
    """The row of the change, and one for each target that has to be told."""
    verdict = change.verdict
    transition = Transition.objects.create(
        incident=incident,
        kind=change.kind,
        start=verdict.start,
        end=verdict.end,
        total=verdict.total,
        errors=verdict.errors,
        value=verdict.value,
        threshold=rule.threshold,
    )
    Delivery.objects.bulk_create(
        Delivery(transition=transition, target=target, next_try=now)
        for target in dict.fromkeys(rule.targets)
    )
    return transition
