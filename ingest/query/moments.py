"""Times as people give them to a search, in words or pasted in any notation. Pure.

2026-11-22T10:00:00Z   22/Nov/2026:10:00:00 +0900   1764000000   Nov 22 10:00:00
2026-11-22   2026-11-22 10:00   10:00   yesterday   yesterday 17:00   monday 5pm
now   -15m   now-1h   now-1d/d   15 minutes ago   15분 전   어제 17:00
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Final

import msgspec

from ingest.errors import QueryError
from ingest.formats.times import is_storable, read_time

SECOND: Final = timedelta(seconds=1)
MINUTE: Final = timedelta(minutes=1)
DAY: Final = timedelta(days=1)
UNITS: Final = {
    "s": SECOND,
    "m": MINUTE,
    "h": timedelta(hours=1),
    "d": DAY,
    "w": timedelta(weeks=1),
}
# How units are written, each up to the letter that stands for it above.
_UNIT_NAMES: Final = {
    "s": ("s", "sec", "secs", "second", "seconds", "초"),
    "m": ("m", "min", "mins", "minute", "minutes", "분"),
    "h": ("h", "hr", "hrs", "hour", "hours", "시간"),
    "d": ("d", "day", "days", "일"),
    "w": ("w", "week", "weeks", "주"),
}
UNIT_OF: Final = {name: UNITS[u] for u, names in _UNIT_NAMES.items() for name in names}
UNIT: Final = "|".join(sorted(UNIT_OF, key=len, reverse=True))
_DAYS_BACK: Final = {
    "today": 0,
    "yesterday": 1,
    "tomorrow": -1,
    "오늘": 0,
    "어제": 1,
    "그저께": 2,
    "내일": -1,
}
_WEEKDAYS: Final = (
    *("monday", "tuesday", "wednesday", "thursday"),
    *("friday", "saturday", "sunday"),
)
_BACK: Final = re.compile(r"(?:now)?((?:-\d{1,6}[smhdw])+)(/[mhd])?|now(/[mhd])?", re.A)
_AGO: Final = re.compile(rf"(\d{{1,6}}|an?) ?({UNIT}) ?(?:ago|전)", re.A)
_DAY_AND_CLOCK: Final = re.compile(r"([^\W\d]+)(?:(?: at)? (.+))?")
_CLOCK: Final = re.compile(
    r"(\d{1,2})(?::(\d\d))?(?::(\d\d)(?:[.,](\d{1,6}))?)?(?: ?(am|pm))?", re.A
)
_EPOCH: Final = re.compile(r"\d{9,19}(?:\.\d+)?", re.ASCII)
# A `+` in a query string that is not escaped arrives as a space.
_LOST_PLUS: Final = re.compile(r"(\d[Tt ]\d\d:\d\d(?::[\d.]+)?) (\d\d:\d\d)$", re.A)
_DATE: Final = re.compile(r"\d{4}[-/]\d\d?[-/]\d\d?|\d{8}", re.ASCII)


@dataclass(frozen=True)
class Moment:
    """A time in UTC, and how much of time its words name: a day, a minute, nothing."""

    at: datetime
    width: timedelta = timedelta(0)


def read_moment(name: str, text: str, now: datetime, zone: tzinfo = UTC) -> datetime:
    """The time that a parameter means; QueryError says what is allowed.

    What has no zone of its own is meant in `zone`.
    """
    moment = moment_of(text, now, zone)
    if moment is None:
        raise QueryError(
            "bad_time",
            f"`{name}` is no time: {text[:80]!r}.",
            "Use RFC 3339 (2026-11-22T10:00:00Z), back from now (-15m, -2h, -7d),"
            " or words (yesterday 17:00).",
        )
    return moment.at


def moment_of(text: str, now: datetime, zone: tzinfo) -> Moment | None:
    """What a text means as a time; None if it means none."""
    said = " ".join(text.split())
    try:
        found = (
            _back(said.lower(), now, zone)
            or _ago(said.lower(), now)
            or _in_words(said.lower(), now, zone)
            or _notation(said, now, zone)
        )
    except (ValueError, OverflowError):
        return None
    return found if found and is_storable(found.at) else None


def midnight(now: datetime, zone: tzinfo, days_back: int = 0) -> datetime:
    """When the day began that many days ago, there."""
    day = now.astimezone(zone).date() - timedelta(days=days_back)
    return _on(day, time(), zone)


def clock_of(text: str) -> tuple[time, timedelta] | None:
    """A time of day, and its last unit: 17:00, 9:30:15, 5pm."""
    found = _CLOCK.fullmatch(text.strip().lower())
    if found is None or not (found[2] or found[5]):
        return None
    hour = int(found[1])
    if found[5]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if found[5] == "pm" else 0)
    micro = int((found[4] or "0").ljust(6, "0"))
    try:
        clock = time(hour, int(found[2] or 0), int(found[3] or 0), micro)
    except ValueError:
        return None
    return clock, SECOND if found[3] else MINUTE if found[2] else UNITS["h"]


def on_day_of(at: datetime, clock: time, zone: tzinfo) -> datetime:
    """That time of day, on the day of another time."""
    return _on(at.astimezone(zone).date(), clock, zone)


def rfc3339(moment: datetime) -> str:
    """In UTC, to the millisecond, as times are stored."""
    text = msgspec.to_builtins(moment.astimezone(UTC))  # in a fifth of isoformat's time
    return f"{text[:23]}Z" if moment.microsecond else f"{text[:19]}.000Z"


def _on(day: date, clock: time, zone: tzinfo) -> datetime:
    return datetime.combine(day, clock, zone).astimezone(UTC)


def _back(text: str, now: datetime, zone: tzinfo) -> Moment | None:
    found = _BACK.fullmatch(text)
    if found is None:
        return None
    at = now
    for count, unit in re.findall(r"(\d+)([smhdw])", found[1] or ""):
        at -= int(count) * UNITS[unit]
    rounded = found[2] or found[3]
    return Moment(_floor(at, rounded[1], zone) if rounded else at)


def _floor(at: datetime, unit: str, zone: tzinfo) -> datetime:
    if unit == "d":
        return midnight(at, zone)
    whole = at.astimezone(zone).replace(second=0, microsecond=0)
    return (whole.replace(minute=0) if unit == "h" else whole).astimezone(UTC)


def _ago(text: str, now: datetime) -> Moment | None:
    found = _AGO.fullmatch(text)
    if found is None:
        return None
    count = int(found[1]) if found[1].isdigit() else 1
    return Moment(now - count * UNIT_OF[found[2]])


def _in_words(text: str, now: datetime, zone: tzinfo) -> Moment | None:
    if clock := clock_of(text):
        return Moment(on_day_of(now, clock[0], zone), clock[1])
    found = _DAY_AND_CLOCK.fullmatch(text)
    back = _days_back(found[1], now, zone) if found else None
    if found is None or back is None:
        return None
    day = midnight(now, zone, back)
    if not found[2]:
        return Moment(day, DAY)
    clock = clock_of(found[2])
    return Moment(on_day_of(day, clock[0], zone), clock[1]) if clock else None


def _days_back(name: str, now: datetime, zone: tzinfo) -> int | None:
    if name in _WEEKDAYS:
        return (now.astimezone(zone).weekday() - _WEEKDAYS.index(name)) % 7
    return _DAYS_BACK.get(name)


def _notation(text: str, now: datetime, zone: tzinfo) -> Moment | None:
    if text.lstrip("+-").isdigit() and not _EPOCH.fullmatch(text):
        return None
    read = read_time(_LOST_PLUS.sub(r"\1+\2", text), now)
    if read is None:
        return None
    at = read.at
    if "zone" in read.assumed:
        at = at.replace(tzinfo=zone).astimezone(UTC)
    return Moment(at, _width(text))


def _width(text: str) -> timedelta:
    if _DATE.fullmatch(text):
        return DAY
    clock = re.search(r"(?<!\d)\d{1,2}:\d\d(:\d\d)?", text)
    return MINUTE if clock and not clock[1] else SECOND
