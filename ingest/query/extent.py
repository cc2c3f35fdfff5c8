"""How much lies in the range of a search, and how much of it was passed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from pymongo.database import Database

from ingest.mongo import Document
from ingest.query.cursor import decode
from ingest.query.filter import LogFilter
from ingest.query.histogram import Histogram, histogram

BARS: Final = 240


@dataclass(frozen=True)
class Extent:
    """Entries of the other filters over time, whatever the text."""

    counted: Histogram

    @property
    def entries(self) -> int:
        bars = sum(n for bar in self.counted.rows for n in bar.levels.values())
        return bars + self.counted.later

    def passed(self, reached: datetime | None) -> int:
        """About how many are newer than a time."""
        end = self.counted.end
        if reached is None or end is None or reached >= end:
            return 0
        return round(self.counted.later + sum(self._newer(reached)))

    def _newer(self, time: datetime) -> Iterator[float]:
        for bar in self.counted.rows:
            before_s = (time - bar.start).total_seconds()
            older = min(max(before_s / self.counted.step_s, 0.0), 1.0)
            yield sum(bar.levels.values()) * (1 - older)


def extent(
    db: Database[Document], log_filter: LogFilter, cursor: str | None = None
) -> Extent:
    """What a search walks through; with a cursor that is what its first page did."""
    if cursor:
        first = decode(cursor, log_filter)
        log_filter = replace(log_filter, start=first.start, end=first.end)
    return Extent(histogram(db, log_filter, BARS))
