"""The time ranges of the search page, and what they mean at a given moment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from ingest.query.ranges import read_range

SPANS: Final[dict[str, timedelta | None]] = {
    "15m": timedelta(minutes=15),
    "1h": timedelta(hours=1),
    "6h": timedelta(hours=6),
    "24h": timedelta(days=1),
    "7d": timedelta(days=7),
    "all": None,
}
LABELS: Final[dict[str, Promise]] = {
    "15m": _("Last 15 minutes"),
    "1h": _("Last hour"),
    "6h": _("Last 6 hours"),
    "24h": _("Last 24 hours"),
    "7d": _("Last 7 days"),
    "all": _("All time"),
}
DEFAULT: Final = "15m"


@dataclass(frozen=True)
class TimeRange:
    """Start (inclusive) and end (exclusive).

    `key` names one of the spans, `words` say another that moves with the clock; both
    are empty for absolute ones.
    """

    key: str
    start: datetime | None
    end: datetime | None
    words: str = ""


ALL_TIME: Final = TimeRange("all", None, None)


def resolve(
    key: str, start: datetime | None, end: datetime | None, now: datetime
) -> TimeRange:
    """Absolute bounds win over a named span.

    A named span is open towards the future: a sender's clock may run ahead.
    """
    if start or end:
        return TimeRange("", start, end)
    span = SPANS[key]
    return TimeRange(key, now - span if span else None, None)


def in_words(words: str, now: datetime, zone: ZoneInfo) -> TimeRange:
    """A range as somebody says it; one that means the same tomorrow is absolute."""
    said, later = (read_range(words, at, zone) for at in (now, now + timedelta(days=1)))
    return TimeRange("", said.start, said.end, words if said != later else "")


def shortest_with(moment: datetime, now: datetime) -> str:
    """The shortest named span that reaches back to a moment."""
    for key, span in SPANS.items():
        if span is None or moment >= now - span + timedelta(seconds=5):
            return key
    return "all"
