"""What a target is told about a transition: the same facts as JSON and as text."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import urlencode

from django.conf import settings
from django.urls import reverse

from ingest.query.filter import LogFilter
from stats.alerts.models import Rule, Transition
from stats.alerts.notifiers.base import Notice
from stats.alerts.rules import ChangeKind, Kind

PAYLOAD_VERSION: Final = 1


def notice_of(transition: Transition) -> Notice:
    title, samples = _title(transition), _samples(transition)
    page = absolute(transition.incident.get_absolute_url())
    payload = _payload(transition, title, page, samples)
    return Notice(title, _text(title, samples, page), payload)


def absolute(path: str) -> str:
    return settings.PUBLIC_URL.rstrip("/") + path


def search_path(wanted: LogFilter) -> str:
    """The search page with the same entries."""
    asked = [("q", wanted.text)] if wanted.text else []
    asked += [("service", service) for service in wanted.services]
    asked += [("level", level) for level in wanted.levels]
    bounds = {"from": wanted.start, "to": wanted.end}
    asked += [(name, rfc3339(at)) for name, at in bounds.items() if at]
    return f"{reverse('search')}?{urlencode(asked)}"


def rfc3339(time: datetime) -> str:
    text = time.astimezone(UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")


def amount(kind: str, value: float) -> str:
    """A value or a threshold with its unit: 120 entries, 7.5 %."""
    if kind == Kind.ERROR_RATE:
        return f"{value:.3g} %"
    return "1 entry" if value == 1 else f"{value:,.10g} entries"


def _title(transition: Transition) -> str:
    rule = transition.incident.rule
    if transition.kind == ChangeKind.SWITCHED_OFF:
        return f"[switched off] {rule.name}: it is not watched any more"
    state = "firing" if transition.kind == ChangeKind.OPENED else "resolved"
    found, limit = (
        amount(rule.kind, value) for value in (transition.value, transition.threshold)
    )
    what = "error rate " if rule.kind == Kind.ERROR_RATE else ""
    window = f"{transition.start:%H:%M}-{transition.end:%H:%M} UTC"
    return f"[{state}] {rule.name}: {what}{found} in {window} (threshold {limit})"


def _samples(transition: Transition) -> list[dict[str, Any]]:
    """Lines only when it opens: a resolved incident has none of its own."""
    opened = transition.kind == ChangeKind.OPENED
    return transition.incident.samples if opened else []


def _text(title: str, samples: list[dict[str, Any]], page: str) -> str:
    lines = [
        f"{one['timestamp']} {one['level']} {one['service']}: {one['message']}"
        for one in samples
    ]
    return "\n".join([title, *lines, page])


def _payload(
    transition: Transition, title: str, page: str, samples: list[dict[str, Any]]
) -> dict[str, Any]:
    incident, rule = transition.incident, transition.incident.rule
    wanted = rule.culprits(transition.start, transition.end)
    return {
        "version": PAYLOAD_VERSION,
        "id": transition.pk,  # the same again if a delivery is repeated
        "event": f"incident.{transition.kind}",
        "text": f"{title}\n{page}",
        "rule": _rule(rule, transition.threshold),
        "incident": {
            "id": incident.pk,
            "opened": rfc3339(incident.opened),
            "resolved": rfc3339(incident.resolved) if incident.resolved else None,
            "peak": incident.peak,
            "url": page,
        },
        "window": {"start": rfc3339(transition.start), "end": rfc3339(transition.end)},
        "count": transition.total,
        "errors": transition.errors,
        "error_rate": _rate(transition),
        "value": transition.value,
        "samples": samples,
        "search_url": absolute(search_path(wanted)),
    }


def _rule(rule: Rule, threshold: float) -> dict[str, Any]:
    return {
        "id": rule.pk,
        "name": rule.name,
        "kind": rule.kind,
        "query": rule.query,
        "services": rule.services,
        "levels": rule.levels,
        "window_minutes": rule.window_minutes,
        "threshold": threshold,
    }


def _rate(transition: Transition) -> float:
    """A fraction, as everywhere in the API."""
    return transition.errors / transition.total if transition.total else 0.0
