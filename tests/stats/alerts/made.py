"""An incident as the evaluation leaves it, made without one."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from stats.alerts.models import Delivery, Incident, Rule, Transition
from stats.alerts.rules import MINUTE

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
TARGET = "https://hooks.example.com/key"


def fired(name: str = "Errors", opened: datetime = NOON, **fields: Any) -> Incident:
    """An open incident of a new rule; one target still has to be told."""
    settings = {"name": name, "kind": "count", "threshold": 1, "targets": [TARGET]}
    rule = Rule.objects.create(**settings, outcome="firing", value=7)
    incident = Incident.objects.create(
        rule=rule, began=opened - MINUTE, opened=opened, peak=7, **fields
    )
    transition = Transition.objects.create(
        incident=incident,
        kind="opened",
        start=opened - MINUTE,
        end=opened,
        total=7,
        errors=7,
        value=7,
        threshold=1,
    )
    Delivery.objects.create(transition=transition, target=TARGET, next_try=opened)
    return incident
