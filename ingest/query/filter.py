"""What a search asks for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ingest.query.between import EVERYTHING, Between


@dataclass(frozen=True)
class LogFilter:
    """Which entries are meant. Services and levels: any of them; none given: all.

    Bounds are aware and cut to the millisecond, as stored times are: no entry is
    then both before one bound and after the same.
    """

    text: str = ""
    services: tuple[str, ...] = ()
    levels: tuple[str, ...] = ()
    start: datetime | None = None  # inclusive
    end: datetime | None = None  # exclusive
    between: Between = EVERYTHING  # of what the tail could show

    def __post_init__(self) -> None:
        for name in ("start", "end"):
            bound = getattr(self, name)
            if bound is not None:
                object.__setattr__(self, name, _aware(to_millisecond(bound)))


def to_millisecond(time: datetime) -> datetime:
    """The time as it is stored: without what is finer than a millisecond."""
    return time.replace(microsecond=time.microsecond // 1000 * 1000)


def _aware(time: datetime) -> datetime:
    if time.tzinfo is None:
        raise ValueError("the bounds of a LogFilter need a time zone")
    return time
