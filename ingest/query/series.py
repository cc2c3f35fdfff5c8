"""Entries per minute and level for any filter, its text included: what rules judge."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Final

from pymongo.database import Database
from pymongo.errors import ExecutionTimeout

from ingest.fold.block import to_ms
from ingest.mongo import Document
from ingest.query.budget import Allowance, Budget
from ingest.query.counting import MINUTE, Tally, tally
from ingest.query.entries import Expired, all_of_block
from ingest.query.filter import LogFilter
from ingest.query.match import Matcher
from ingest.query.narrow import literals
from ingest.query.plan import entries_that_may_match
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
    pinned = pin(db, log_filter.between)
    try:
        matcher = Matcher(log_filter)
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
        self.literal = literals(self.matcher.query)
        self.counts: Counter[tuple[int, str]] = Counter()
        self.exact = True

    def run(self) -> Tally:
        query = self.matcher.query
        for stretch in walk(
            self.db["blocks"], self.filter, query, self.pinned, until=None
        ):
            if self.budget.spent():
                return Tally(self.counts, exact=False)
            self._read(stretch)
        return Tally(self.counts, self.exact)

    def _read(self, stretch: Stretch) -> None:
        if stretch.block is None:
            return
        within = {"timestamp": {"$gte": stretch.oldest, "$lte": stretch.newest}}
        asked = [within, entries_that_may_match(self.filter)]
        self.budget.examined += stretch.block.offsets
        try:
            for entry in all_of_block(self.db, stretch.block, asked, self.literal):
                if self.matcher.stored(entry):
                    minute = to_ms(entry["timestamp"]) // MINUTE_MS
                    self.counts[(minute, entry["level"])] += 1
        except Expired:
            self.exact = False
