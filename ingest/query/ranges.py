"""Ranges of time as people say or paste them. Pure: now and zone are passed in.

last 15 minutes   2h   최근 1시간   today   yesterday   this week
yesterday 17:00   2026-03-01   2026-03-01 10:00 to 11:00   10:00 - 11:30
since monday   before 2026-03-01   now-2h to now-1h   <start>/<end>
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final

from ingest.errors import QueryError
from ingest.query.moments import (
    DAY,
    UNIT,
    UNIT_OF,
    Moment,
    clock_of,
    midnight,
    moment_of,
    on_day_of,
)

MAX_RANGE_LENGTH: Final = 200  # characters
HINT: Final = "Such as `last 15 minutes`, `yesterday 17:00`, `10:00 to 11:00`."
_LAST: Final = re.compile(
    rf"(?:(?:last|past|최근|지난) )?(\d{{1,6}}) ?({UNIT})|(?:last|past|최근) ({UNIT})",
    re.A,
)
_THIS: Final = re.compile(r"(?:this|이번) (hour|day|week|month|주|달)")
_SINCE: Final = re.compile(r"(?:since|from|after) (.+)|(.+?)(?: ?부터| ?이후)")
_BEFORE: Final = re.compile(r"(?:before|until|till) (.+)|(.+?)(?: ?까지| ?이전)")
_BETWEEN: Final = re.compile(
    r"(?:from |between )?(.+?)(?: to | and | until | [-–—~] |~|\.\.| ?부터 )"
    r"(.+?)(?:까지)?"
)
_INTERVAL: Final = re.compile(r"([^/]*\d[T ][^/]*)/([^/]*\d[T ][^/]*)")


@dataclass(frozen=True)
class Range:
    """Start (inclusive) and end (exclusive) in UTC; None: open on that side."""

    start: datetime | None = None
    end: datetime | None = None


def read_range(text: str, now: datetime, zone: tzinfo = UTC) -> Range:
    """What a text means as a range; QueryError if it means none."""
    said = " ".join(text.split())
    found = None
    if len(said) <= MAX_RANGE_LENGTH:
        found = _read(said, now.astimezone(UTC), zone)
    if found is None:
        raise QueryError("bad_range", f"This is no range of time: {said[:80]!r}.", HINT)
    if found.start and found.end and found.start >= found.end:
        raise QueryError("bad_range", "The end has to be after the start.", HINT)
    return found


def _read(said: str, now: datetime, zone: tzinfo) -> Range | None:
    return (
        _back_from_now(said.lower(), now, zone)
        or _named(said, now, zone)
        or _two_ends(_INTERVAL.fullmatch(said), now, zone)
        or _two_ends(_BETWEEN.fullmatch(said), now, zone)
        or _one_end(said, now, zone)
    )


def _back_from_now(said: str, now: datetime, zone: tzinfo) -> Range | None:
    """Open towards the future: a sender's clock may run ahead."""
    if found := _LAST.fullmatch(said):
        try:
            return Range(now - int(found[1] or 1) * UNIT_OF[found[2] or found[3]])
        except OverflowError:
            return None
    if found := _THIS.fullmatch(said):
        return Range(_began(found[1], now, zone))
    return Range(midnight(now, zone)) if said in ("today", "오늘") else None


def _began(unit: str, now: datetime, zone: tzinfo) -> datetime:
    there = now.astimezone(zone)
    if unit == "hour":
        return there.replace(minute=0, second=0, microsecond=0).astimezone(UTC)
    back = {"week": there.weekday(), "주": there.weekday(), "day": 0}
    return midnight(now, zone, back.get(unit, there.day - 1))


def _named(said: str, now: datetime, zone: tzinfo) -> Range | None:
    """A day, a minute or a second; since a moment that is none of these."""
    moment = moment_of(said, now, zone)
    if moment is None:
        return None
    return Range(moment.at, _end_of(moment, zone) if moment.width else None)


def _two_ends(found: re.Match[str] | None, now: datetime, zone: tzinfo) -> Range | None:
    if found is None:
        return None
    start = moment_of(found[1], now, zone)
    end = _end(found[2], start, now, zone) if start else None
    return Range(start.at, end) if start and end else None


def _end(said: str, start: Moment, now: datetime, zone: tzinfo) -> datetime | None:
    """A time of day alone is on the day of the start, or else on the next."""
    if clock := clock_of(said):
        at = on_day_of(start.at, clock[0], zone)
        return at if at > start.at else on_day_of(at + DAY, clock[0], zone)
    moment = moment_of(said, now, zone)
    if moment is None:
        return None
    return _end_of(moment, zone) if moment.width == DAY else moment.at


def _end_of(moment: Moment, zone: tzinfo) -> datetime:
    if moment.width == DAY:  # which has 23 or 25 hours now and then
        return midnight(moment.at + timedelta(hours=36), zone)
    return moment.at + moment.width


def _one_end(said: str, now: datetime, zone: tzinfo) -> Range | None:
    for pattern, starts in ((_SINCE, True), (_BEFORE, False)):
        found = pattern.fullmatch(said)
        moment = moment_of(found[1] or found[2], now, zone) if found else None
        if moment:
            return Range(moment.at) if starts else Range(None, moment.at)
    return None
