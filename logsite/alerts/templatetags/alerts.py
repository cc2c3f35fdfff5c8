"""Template filters of the alerts pages: values with their units, sample lines."""

from __future__ import annotations

from datetime import datetime

from django import template

from logsite.alerts.overview import amount
from logsite.search import visible as characters
from stats.alerts.models import Incident, Rule

register = template.Library()


@register.filter
def limit(rule: Rule) -> str:
    """The threshold of a rule."""
    return amount(rule.kind, rule.threshold)


@register.filter
def peak(incident: Incident) -> str:
    return amount(incident.rule.kind, incident.peak)


@register.filter
def lasted(incident: Incident) -> float:
    """Seconds from its beginning to the end of the last window that fired."""
    end = incident.resolved or incident.opened
    return (end - incident.began).total_seconds()


@register.filter
def moment(text: str) -> datetime:
    """The time of a sample line."""
    return datetime.fromisoformat(text)


@register.filter
def visible(text: str) -> str:
    """A line without characters that hide or turn others."""
    return characters.visible(text)
