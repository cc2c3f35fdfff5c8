"""Windows of time: the three widths that are counted, and arithmetic on them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Width:
    """One width of windows, and the collection that holds its counts."""

    name: str
    length: timedelta
    collection: str

    def floor(self, at: datetime) -> datetime:
        """Start of the window that holds a moment."""
        return EPOCH + (at - EPOCH) // self.length * self.length

    def ceil(self, at: datetime) -> datetime:
        """Start of the first window that begins at a moment or later."""
        return -(-(at - EPOCH) // self.length) * self.length + EPOCH


MINUTE: Final = Width("minute", timedelta(minutes=1), "logs_1m_stats")
FIVE_MINUTES: Final = Width("5m", timedelta(minutes=5), "logs_5m_stats")
HOUR: Final = Width("hourly", timedelta(hours=1), "logs_hourly_stats")
WIDTHS: Final = (MINUTE, FIVE_MINUTES, HOUR)  # narrow to wide


@dataclass(frozen=True)
class Stretch:
    """Windows of one width, one after the other: start inclusive, end exclusive."""

    width: Width
    start: datetime
    end: datetime

    @property
    def windows(self) -> int:
        return (self.end - self.start) // self.width.length


def around(width: Width, start: datetime, end: datetime) -> Stretch:
    """The windows of a width that hold any of a range."""
    return Stretch(width, width.floor(start), width.ceil(end))


def cover(start: datetime, end: datetime) -> list[Stretch]:
    """A range as few windows: hours inside, narrower ones at its edges.

    It is exact to the minute: edges that are none reach to the whole minute.
    """
    whole = around(MINUTE, start, end)
    return [piece for piece in _cover(whole, WIDTHS) if piece.start < piece.end]


def _cover(range_: Stretch, widths: tuple[Width, ...]) -> Iterator[Stretch]:
    *narrower, width = widths
    inner = Stretch(width, width.ceil(range_.start), width.floor(range_.end))
    if inner.start >= inner.end:
        if narrower:
            yield from _cover(range_, tuple(narrower))
        return
    if narrower:
        yield from _cover(Stretch(width, range_.start, inner.start), tuple(narrower))
    yield inner
    if narrower:
        yield from _cover(Stretch(width, inner.end, range_.end), tuple(narrower))
