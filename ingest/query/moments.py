"""Times as people give them to a search: RFC 3339, or back from now."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Final

from ingest.errors import QueryError

_UNITS: Final = {
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
}
_BACK: Final = re.compile(r"(?:now)?-(\d{1,6})([smhdw])|now", re.ASCII)
# A `+` in a query string that is not escaped arrives as a space.
_RFC_3339: Final = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d(?:\.\d+)?)(?:([Zz])|([+ -])(\d\d:\d\d))",
    re.ASCII,
)


def read_moment(name: str, text: str, now: datetime) -> datetime:
    """The time that a parameter means; QueryError says what is allowed.

    read_moment("from", "2026-11-22T10:00:00Z", now)
    read_moment("from", "-15m", now)  # also now-15m, now; units s m h d w
    """
    try:
        moment = _back(text.strip(), now) or _absolute(text.strip())
    except (ValueError, OverflowError):
        moment = None
    if moment is None:
        raise QueryError(
            "bad_time",
            f"`{name}` is no time: {text[:80]!r}.",
            "Use RFC 3339 (2026-11-22T10:00:00Z) or back from now (-15m, -2h, -7d).",
        )
    return moment


def rfc3339(moment: datetime) -> str:
    """In UTC, to the millisecond, as times are stored."""
    text = moment.astimezone(UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")


def _back(text: str, now: datetime) -> datetime | None:
    match = _BACK.fullmatch(text)
    if match is None:
        return None
    count, unit = match.groups()
    return now - int(count) * _UNITS[unit] if count else now


def _absolute(text: str) -> datetime | None:
    match = _RFC_3339.fullmatch(text)
    if match is None:
        return None
    day, clock, zulu, sign, offset = match.groups()
    zone = "+00:00" if zulu else f"{sign.replace(' ', '+')}{offset}"
    # More digits than microseconds are cut: stored times have milliseconds.
    whole, _, fraction = clock.partition(".")
    text = f"{day}T{whole}.{(fraction or '0')[:6].ljust(6, '0')}{zone}"
    return datetime.fromisoformat(text).astimezone(UTC)
