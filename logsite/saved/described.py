"""A kept search in the words of a list: what it asks for, and for which time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from ingest.errors import QueryError
from logsite.saved.asking import Asked, read
from logsite.search.ranges import TimeRange


@dataclass(frozen=True)
class Described:
    """`within`: None if it is live, or cannot be read any more."""

    text: str
    services: tuple[str, ...] = ()
    levels: tuple[str, ...] = ()
    within: TimeRange | None = None
    is_live: bool = False


def described(query: str, now: datetime, zone: ZoneInfo) -> Described:
    """In the language of today; one of an older release may be unreadable."""
    try:
        return describe(read(query, now, zone))
    except QueryError:
        return Described(query)


def describe(asked: Asked) -> Described:
    data = asked.form.cleaned_data
    return Described(
        text=data["q"],
        services=data["service"],
        levels=data["level"],
        within=None if asked.is_live else asked.within,
        is_live=asked.is_live,
    )
