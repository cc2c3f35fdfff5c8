"""Entries per minute and level for any filter, its text included: what rules judge."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from functools import partial
from typing import Final

from pymongo.database import Database
from pymongo.errors import ExecutionTimeout

from ingest.mongo import Document
from ingest.query.ahead import ahead
from ingest.query.budget import Allowance, Budget
from ingest.query.counting import MINUTE, Tally, tally
from ingest.query.entries import Expired
from ingest.query.filter import LogFilter
from ingest.query.match import Matcher
from ingest.query.plan import blocks_in_time, entries_that_may_match
from ingest.query.reading import Candidates, Reader
from ingest.query.visible import Pinned, pin
from ingest.query.walk import Stretch, walk

MINUTE_MS: Final = MINUTE // timedelta(milliseconds=1)


def per_minute(
    db: Database[Document], log_filter: LogFilter, allowance: Allowance
) -> Tally:
    """Counts of a filter whose bounds are whole minutes. Not exact: at least so many.

    Without a text they come from what the blocks have counted; with one the entries
    of blocks that may match are read, as far as the allowance goes.
    """
    matcher = Matcher(log_filter)
    pinned = pin(db, blocks_in_time(matcher.filter, None))
    try:
        if matcher.query.is_empty:
            return tally(db, matcher.filter, pinned, MINUTE)
        return _Reading(db, matcher, pinned, Budget(allowance)).run()
    except ExecutionTimeout:
        return Tally(Counter(), exact=False)


class _Reading:
    """One pass over the entries that may match."""

    def __init__(
        self,
        db: Database[Document],
        matcher: Matcher,
        pinned: Pinned,
        budget: Budget,
    ) -> None:
        self.db = db
        self.matcher = matcher
        self.filter = matcher.filter
        self.pinned = pinned
        self.budget = budget
        self.reader = Reader(db, matcher)
        self.counts: Counter[tuple[int, str]] = Counter()
        self.exact = True

    def run(self) -> Tally:
        with closing(ahead(self._asked())) as answers:
            for stretch, answer in answers:
                if self.budget.spent():
                    return Tally(self.counts, exact=False)
                self._count(stretch, answer)
        return Tally(self.counts, self.exact)

    def _asked(self) -> Iterator[tuple[Stretch, Callable[[], Candidates]]]:
        conditions = entries_that_may_match(self.filter)
        for stretch in self._stretches():
            if stretch.block is None:
                yield stretch, Candidates
                continue
            asked = [stretch.times(), conditions]
            yield stretch, partial(self.reader.ask, stretch.block, asked)

    def _stretches(self) -> Iterator[Stretch]:
        query = self.matcher.query
        return walk(self.db["blocks"], self.filter, query, self.pinned, until=None)

    def _count(self, stretch: Stretch, answer: Callable[[], Candidates]) -> None:
        self.budget.examined += stretch.block.offsets if stretch.block else 0
        try:
            for time_ms, level in self.reader.times(answer()):
                self.counts[(time_ms // MINUTE_MS, level)] += 1
        except Expired:
            self.exact = False
