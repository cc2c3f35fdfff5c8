"""Timestamps in the usual notations, read as aware times in UTC."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Final

MONTHS: Final = (
    *("jan", "feb", "mar", "apr", "may", "jun"),
    *("jul", "aug", "sep", "oct", "nov", "dec"),
)
AHEAD: Final = timedelta(days=1)  # a time without a year is at most this far ahead
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
# Largest size that is read as seconds, milliseconds, microseconds; above: nanoseconds.
# Seconds so reach the year 5138, and milliseconds begin in March 1973.
_EPOCH_UNITS: Final = ((10**11, 1), (10**14, 10**3), (10**17, 10**6))
_NANOSECONDS: Final = 10**9
_UTC_NAMES: Final = ("Z", "UTC", "GMT")
_MAX_TEXT: Final = 80  # characters; no notation is longer

_CLOCK: Final = r"(?P<clock>\d{1,2}:\d{2}(?::\d{2})?)(?:[.,](?P<fraction>\d{1,12}))?"
_ZONE: Final = r"(?:\s*(?P<zone>[zZ]|UTC|GMT|[+-]\d{2}(?::?\d{2})?))?"
_MONTH: Final = r"(?P<month>[A-Za-z]{3})"
_WEEKDAY: Final = r"(?:[A-Za-z]{3},?\s+)?"
_NOTATIONS: Final = tuple(
    re.compile(pattern, re.ASCII)
    for pattern in (
        # RFC 3339, ISO 8601, and 2024/05/31 10:00:00
        r"(?P<year>\d{4})[-/](?P<number>\d{2})[-/](?P<day>\d{2})"
        rf"(?:[Tt_ ]\s*{_CLOCK}{_ZONE})?",
        # Apache and CLF: [31/May/2024:10:00:00 +0200]
        rf"\[?(?P<day>\d{{1,2}})/{_MONTH}/(?P<year>\d{{4}})[: ]{_CLOCK}{_ZONE}\]?",
        # ctime, Apache's error log: Fri May 31 10:00:00.123456 2024
        rf"\[?{_WEEKDAY}{_MONTH}\s+(?P<day>\d{{1,2}})\s+{_CLOCK}{_ZONE}"
        r"\s+(?P<year>\d{4})\]?",
        # syslog, RFC 3164: May 31 10:00:00
        rf"{_MONTH}\s+(?P<day>\d{{1,2}})\s+{_CLOCK}{_ZONE}",
    )
)
_BASIC: Final = re.compile(r"\d{8}T\d{4,6}(?:[.,]\d{1,9})?(?:Z|[+-]\d{2}:?\d{2})?")
_NUMBER: Final = re.compile(r"[+-]?\d{1,20}(?:\.\d{1,20})?", re.ASCII)
_RFC_2822: Final = re.compile(
    r"(?:[A-Za-z]{3},\s*)?\d{1,2}\s+[A-Za-z]{3}\s+\d{4}\s+\d{2}:\d{2}.*", re.ASCII
)


@dataclass(frozen=True, slots=True)
class ReadTime:
    """A time in UTC, and what the sender did not say: "zone", "year"."""

    at: datetime
    assumed: tuple[str, ...] = ()


def read_time(value: object, now: datetime) -> ReadTime | None:
    """The time that a value spells; None if it cannot be read.

    A time without a zone is taken as UTC, one without a year in the latest year
    that does not put it more than a day after `now`.
    """
    try:
        read = _read(value, now)
    except (ValueError, OverflowError, TypeError):
        return None
    return read if read and is_storable(read.at) else None


def nanoseconds_text(nanoseconds: int) -> str:
    """Nanoseconds since 1970 in RFC 3339, with all of their digits.

    Beyond the calendar the digits themselves: no time can be read from them either.
    """
    seconds, fraction = divmod(nanoseconds, _NANOSECONDS)
    try:
        whole = _second_text(seconds)
    except OverflowError:
        return f"{nanoseconds} ns"
    digits = f".{fraction:09}".rstrip("0") if fraction else ""
    return f"{whole}{digits}Z"


@lru_cache(maxsize=1024)
def _second_text(seconds: int) -> str:
    """One entry comes seldom alone in its second."""
    return (EPOCH + timedelta(seconds=seconds)).isoformat()[:19]


def is_storable(at: datetime) -> bool:
    """Years at either end of the calendar may leave it on the way to another zone."""
    return 1 < at.year < 9999


def _read(value: object, now: datetime) -> ReadTime | None:
    if isinstance(value, str):
        return _from_text(value.strip(), now)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return ReadTime(_from_epoch(value))
    return None


def _from_text(text: str, now: datetime) -> ReadTime | None:
    if len(text) > _MAX_TEXT:
        return None
    if _NUMBER.fullmatch(text):
        return ReadTime(_from_digits(text))
    for notation in _NOTATIONS:
        if match := notation.fullmatch(text):
            return _from_parts(match.groupdict(), now)
    if _BASIC.fullmatch(text):
        return _in_utc(datetime.fromisoformat(text))
    if _RFC_2822.fullmatch(text):
        return _in_utc(parsedate_to_datetime(text))
    return None


def _from_parts(parts: dict[str, str | None], now: datetime) -> ReadTime | None:
    month = _month(parts)
    year = parts.get("year")
    clock = _clock_of(parts)
    if year is None:
        return _latest_year(f"{month:02}-{int(parts['day'] or 0):02}T{clock}", now)
    day = f"{year}-{month:02}-{int(parts['day'] or 0):02}"
    return _with_leap_second(f"{day}T{clock}")


def _month(parts: dict[str, str | None]) -> int:
    if number := parts.get("number"):
        return int(number)
    return MONTHS.index(str(parts.get("month")).lower()) + 1


def _clock_of(parts: dict[str, str | None]) -> str:
    """Time of day and zone as datetime.fromisoformat wants them."""
    clock = parts.get("clock") or "00:00"
    clock = (clock if clock.count(":") == 2 else f"{clock}:00").zfill(8)
    fraction = f".{text[:6]}" if (text := parts.get("fraction")) else ""
    zone = parts.get("zone") or ""
    return clock + fraction + ("+00:00" if zone.upper() in _UTC_NAMES else zone)


def _with_leap_second(text: str) -> ReadTime:
    """23:59:60 is read as the second that follows 23:59:59."""
    if text[17:19] != "60":
        return _in_utc(datetime.fromisoformat(text))
    before = _in_utc(datetime.fromisoformat(f"{text[:17]}59{text[19:]}"))
    return ReadTime(before.at + timedelta(seconds=1), before.assumed)


def _latest_year(rest: str, now: datetime) -> ReadTime | None:
    # 29 February may lie eight years back: 1896 to 1904, 2096 to 2104.
    for year in range(now.year + 1, now.year - 9, -1):
        try:
            read = _with_leap_second(f"{year:04}-{rest}")
        except ValueError:
            continue
        if read.at <= now + AHEAD:
            return ReadTime(read.at, ("year", *read.assumed))
    return None


def _in_utc(at: datetime) -> ReadTime:
    if at.tzinfo is None:
        return ReadTime(at.replace(tzinfo=UTC), ("zone",))
    return ReadTime(at.astimezone(UTC))


def _from_epoch(value: float) -> datetime:
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(value)
    return _from_digits(repr(value) if abs(value) < 10**16 else str(int(value)))


def _from_digits(text: str) -> datetime:
    """Whole digits stay whole: a float would lose the microseconds."""
    whole, _, fraction = text.partition(".")
    units = _units_per_second(abs(int(whole)))
    shift = 10**9 // units  # nanoseconds in one unit
    part = int(fraction.ljust(9, "0")[:9]) * shift // 10**9 if fraction else 0
    nanoseconds = int(whole) * shift + (-part if whole.startswith("-") else part)
    return EPOCH + timedelta(microseconds=nanoseconds // 1_000)


def _units_per_second(size: int) -> int:
    for largest, units in _EPOCH_UNITS:
        if size < largest:
            return units
    return _NANOSECONDS
