"""How many entries there are over time, by level; and what there is to choose from."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from pymongo.database import Database

from ingest.fold.block import to_datetime, to_ms
from ingest.mongo import Document
from ingest.query.counting import tally
from ingest.query.filter import LogFilter
from ingest.query.match import Matcher
from ingest.query.plan import blocks_in_time
from ingest.query.run import search
from ingest.query.visible import MAX_TIME_MS, pin

MAX_BUCKETS: Final = 1_000
# Steps that people read easily; each is whole minutes, as blocks count by minute.
STEPS: Final = tuple(
    timedelta(minutes=minutes)
    for minutes in (
        *(1, 2, 5, 10, 15, 30),
        *(hours * 60 for hours in (1, 2, 3, 6, 12)),
        *(days * 1440 for days in (1, 2, 7, 14, 30, 90, 365, 3650)),
    )
)
MILLISECOND: Final = timedelta(milliseconds=1)


@dataclass(frozen=True)
class Bar:
    start: datetime
    levels: dict[str, int]


@dataclass(frozen=True)
class Histogram:
    """Bars of `step_s` seconds from `start` to `end`, those without entries too."""

    start: datetime | None  # None: nothing is stored in this range
    end: datetime | None
    step_s: int
    rows: list[Bar]
    whole: bool  # a text is searched but not counted: all entries of the other filters
    exact: bool
    later: int  # entries after `end`, of senders whose clock is ahead


@dataclass(frozen=True)
class Frame:
    """The bars of a range: bucket n lasts from n to n + 1 steps since 1970."""

    step: timedelta
    first: int
    last: int

    def bucket(self, time_ms: int) -> int:
        return time_ms // (self.step // MILLISECOND)

    def drawn(
        self, counts: Counter[tuple[int, str]], *, whole: bool, exact: bool
    ) -> Histogram:
        return Histogram(
            start=_time(self.first, self.step),
            end=_time(self.last + 1, self.step),
            step_s=int(self.step.total_seconds()),
            rows=_bars(counts, self.first, self.last, self.step),
            whole=whole,
            exact=exact,
            later=sum(n for (at, _), n in counts.items() if at > self.last),
        )


def histogram(
    db: Database[Document],
    log_filter: LogFilter,
    buckets: int = 60,
    now: datetime | None = None,
) -> Histogram:
    """Counts by level in at most so many bars; the text of the filter is left aside."""
    matcher = Matcher(log_filter)
    log_filter, whole = matcher.filter, not matcher.query.is_empty
    frame = frame_of(db, log_filter, buckets, now or datetime.now(UTC))
    if frame is None:
        return Histogram(None, None, 0, [], whole, exact=True, later=0)
    counted = tally(db, log_filter, pin(db, log_filter.between), frame.step)
    return frame.drawn(counted.counts, whole=whole, exact=counted.exact)


def frame_of(
    db: Database[Document], log_filter: LogFilter, buckets: int, now: datetime
) -> Frame | None:
    """At most so many bars for the range of a filter; None: nothing is stored in it."""
    bounds = _bounds(db, log_filter, now)
    if bounds is None:
        return None
    start, end = bounds
    step = step_for(start, end, buckets)
    return Frame(step, _index(start, step), _index(end - MILLISECOND, step))


def newest(db: Database[Document], log_filter: LogFilter) -> datetime | None:
    """Time of the newest match, whatever range was asked for."""
    found = search(db, replace(log_filter, start=None, end=None), limit=1)
    return found.items[0].timestamp if found.items else None


def services(db: Database[Document]) -> list[str]:
    """All services that have entries, in alphabetical order."""
    # Of a block of duplicates only, whose list is empty, the index gives None.
    found = db["blocks"].distinct("services", maxTimeMS=MAX_TIME_MS)
    return sorted(service for service in found if service is not None)


def of_services(db: Database[Document], log_filter: LogFilter) -> dict[str, int]:
    """How many entries each service has; text and services of the filter left aside."""
    asked = replace(Matcher(log_filter).filter, services=())
    counted = tally(db, asked, pin(db, log_filter.between), STEPS[-1], "service")
    found: Counter[str] = Counter()
    for (_, service), n in counted.counts.items():
        found[service] += n
    return dict(found)


def step_for(start: datetime, end: datetime, buckets: int) -> timedelta:
    """The shortest step with which at most so many bars cover a range."""
    for step in STEPS:
        if _index(end - MILLISECOND, step) - _index(start, step) < buckets:
            return step
    return STEPS[-1]


def _bars(
    counts: Counter[tuple[int, str]], first: int, last: int, step: timedelta
) -> list[Bar]:
    bars = [Bar(_time(bucket, step), {}) for bucket in range(first, last + 1)]
    for (bucket, level), n in sorted(counts.items()):
        if first <= bucket <= last:
            bars[bucket - first].levels[level] = n
    return bars


def _bounds(
    db: Database[Document], log_filter: LogFilter, now: datetime
) -> tuple[datetime, datetime] | None:
    """The range to draw: as asked for, else from the oldest to the newest entry.

    A range that is open to the future ends now: one sender with its clock ahead
    would squeeze all the others into the first bar.
    """
    start, end = log_filter.start, log_filter.end
    if start is None or end is None:
        stored = _stored_range(db, log_filter)
        if stored is None:
            return None
        start = start or stored[0]
        end = end or max(now if log_filter.start else min(now, stored[1]), start)
    return start, max(end, start + MILLISECOND)


def _stored_range(
    db: Database[Document], log_filter: LogFilter
) -> tuple[datetime, datetime] | None:
    stages = [
        {"$match": blocks_in_time(log_filter, None)},
        {
            "$group": {
                "_id": None,
                "oldest": {"$min": "$oldest"},
                "newest": {"$max": "$newest"},
            }
        },
    ]
    for row in db["blocks"].aggregate(stages, maxTimeMS=MAX_TIME_MS):
        return row["oldest"], row["newest"] + MILLISECOND
    return None


def _index(time: datetime, step: timedelta) -> int:
    return to_ms(time) // (step // MILLISECOND)


def _time(index: int, step: timedelta) -> datetime:
    return to_datetime(index * (step // MILLISECOND))
