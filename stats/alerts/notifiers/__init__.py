"""The notifiers that there are; one more is one more module, and a line here."""

from __future__ import annotations

from typing import Final

from stats.alerts.notifiers.base import BadTarget, Notifier
from stats.alerts.notifiers.email import EmailNotifier
from stats.alerts.notifiers.webhook import WebhookNotifier

NOTIFIERS: Final[tuple[Notifier, ...]] = (EmailNotifier(), WebhookNotifier())


def notifier_for(target: str) -> Notifier:
    """The notifier of a target, which begins with its scheme and a colon."""
    scheme = target.partition(":")[0].lower()
    for notifier in NOTIFIERS:
        if scheme in notifier.schemes:
            return notifier
    known = ", ".join(f"{name}:" for one in NOTIFIERS for name in one.schemes)
    raise BadTarget(f"A target begins with one of {known}")


def check_target(target: str) -> None:
    """Raise BadTarget if nobody can be told there."""
    notifier_for(target).check(target)
