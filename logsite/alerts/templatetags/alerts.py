"""Template filters of the alerts pages: values with their units."""

from __future__ import annotations

from django import template

from logsite.alerts.overview import amount
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
