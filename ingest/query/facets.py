"""How the matches of a search are distributed: over time, levels, services, values.

Without a text, counts come from the blocks; with one every match is read, newest first,
and what is known grows on the way. Values of fields are those of the newest matches.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from pymongo.database import Database
from pymongo.errors import ExecutionTimeout

from ingest.fold.block import to_ms
from ingest.mongo import Document
from ingest.query.budget import Allowance, Budget
from ingest.query.counting import tally
from ingest.query.entries import Expired
from ingest.query.filter import LogFilter
from ingest.query.histogram import Frame, Histogram, frame_of
from ingest.query.match import Matcher
from ingest.query.page import Matched
from ingest.query.reading import Answer, Reader
from ingest.query.sample import Field, Sample
from ingest.query.visible import pin

TOP: Final = 10  # values of a field
_FOREVER: Final = timedelta(days=36_500)
_NOTHING: Final = Histogram(None, None, 0, [], whole=False, exact=True, later=0)


@dataclass(frozen=True)
class Facets:
    """What is counted by now; of a text all that is newer than `reached`."""

    matched: Matched
    examined: int
    reached: datetime | None
    histogram: Histogram
    levels: dict[str, int]
    services: dict[str, int]
    sampled: int  # of the newest matches: those whose fields were looked at
    fields: list[Field]


class Counting:
    """Counts in the making; ask for `facets()` now and then."""

    def __init__(
        self, reader: Reader, frame: Frame | None, allowance: Allowance
    ) -> None:
        self.reader = reader
        self.frame = frame
        self.budget = Budget(allowance)
        self.bars: Counter[tuple[int, str]] = Counter()
        self.services: Counter[str] = Counter()
        self.sample = Sample()
        self.reached: datetime | None = None
        self.exact = False
        self.ended = False
        self.cut = False  # by the allowance, before all matches were read
        self.reads_all = not reader.matcher.query.is_empty

    def facets(self, top: int = TOP) -> Facets:
        levels: Counter[str] = Counter()
        for (_, level), n in self.bars.items():
            levels[level] += n
        return Facets(
            matched=Matched(levels.total(), self.exact),
            examined=self.budget.examined,
            reached=self.reached,
            histogram=self._drawn(),
            levels=dict(levels),
            services=dict(self.services),
            sampled=self.sample.entries,
            fields=self.sample.fields(top),
        )

    def _drawn(self) -> Histogram:
        if self.frame is None:
            return _NOTHING
        return self.frame.drawn(self.bars, whole=False, exact=self.exact)

    def run(self) -> Iterator[None]:
        try:
            if not self.reads_all:
                self._count_blocks()
            yield
            yield from self._read()
        except ExecutionTimeout:
            self.exact = False
        self.ended = True
        yield

    def _count_blocks(self) -> None:
        """Of a text that asks for services and levels only, or for nothing."""
        db, asked, pinned = (
            self.reader.db,
            self.reader.matcher.filter,
            self.reader.pinned,
        )
        step = self.frame.step if self.frame else _FOREVER
        found = tally(db, asked, pinned, step)
        self.bars, self.exact = found.counts, found.exact
        for (_, service), n in tally(
            db, asked, pinned, _FOREVER, "service"
        ).counts.items():
            self.services[service] += n

    def _read(self) -> Iterator[None]:
        whole = True
        for stretch, answer in self.reader.answers():
            self.reached = stretch.newest
            yield
            if self.sample.full and not self.reads_all:
                return
            if self.budget.spent():
                self.cut = self.reads_all
                return
            self.budget.examined += stretch.block.offsets if stretch.block else 0
            try:
                self._look_at(answer)
            except Expired:
                whole = False
        self.exact = self.exact or (self.reads_all and whole)

    def _look_at(self, answer: Answer) -> None:
        if self.sample.full:
            for brief in answer.brief():
                self._count(*brief)
            return
        for entry in answer.matches():
            if self.reads_all:
                time_ms = to_ms(entry["timestamp"])
                self._count(time_ms, entry["level"], entry["service"])
            if not self.sample.full:
                self.sample.add(entry.get("metadata") or {})

    def _count(self, time_ms: int, level: str, service: str) -> None:
        self.bars[(self.frame.bucket(time_ms) if self.frame else 0, level)] += 1
        self.services[service] += 1


def counting(
    db: Database[Document],
    log_filter: LogFilter,
    buckets: int = 60,
    allowance: Allowance | None = None,
    now: datetime | None = None,
) -> Iterator[Counting]:
    """The counts after each step; the last one has `ended`."""
    matcher = Matcher(log_filter)
    frame = frame_of(db, matcher.filter, buckets, now or datetime.now(UTC))
    reader = Reader(db, matcher, pin(db, log_filter.between))
    counts = Counting(reader, frame, allowance or Allowance())
    for _ in counts.run():
        yield counts
