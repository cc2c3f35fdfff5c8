"""Saves what people change of a rule, and leaves alone where its evaluation stands."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from django.db import transaction

from stats.alerts.incidents import switch_off
from stats.alerts.models import Rule
from stats.alerts.rules import floor_minute

EDITABLE: Final = (
    *("name", "kind", "query", "services", "levels"),
    *("window_minutes", "threshold", "minimum", "targets", "enabled"),
)


def save_rule(rule: Rule, now: datetime) -> None:
    """Save a rule as a form, the API or the admin has filled it.

    The rule may be judged at the same moment: only what people edit is written.
    """
    before = Rule.objects.filter(pk=rule.pk).first()
    if before is None:
        rule.save()
        return
    fields = list(EDITABLE)
    if rule.enabled and not before.enabled:
        # What happened while it was off is not judged.
        rule.judged_to, rule.outcome = floor_minute(now), ""
        fields += ["judged_to", "outcome"]
    with transaction.atomic():
        rule.save(update_fields=fields)
        if before.enabled and not rule.enabled:
            switch_off(rule, now)
