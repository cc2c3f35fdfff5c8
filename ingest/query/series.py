"""Entries per minute and level for any filter, its text included: what rules judge."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Final

from pymongo.database import Database
from pymongo.errors import ExecutionTimeout

from ingest.mongo import Document
from ingest.query.budget import Allowance, Budget
from ingest.query.counting import MINUTE, Tally, tally
from ingest.query.entries import Expired
from ingest.query.filter import LogFilter
from ingest.query.match import Matcher
from ingest.query.reading import Reader
from ingest.query.visible import pin

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
        return _read(Reader(db, matcher, pinned), Budget(allowance))
    except ExecutionTimeout:
        return Tally(Counter(), exact=False)


def _read(reader: Reader, budget: Budget) -> Tally:
    counts: Counter[tuple[int, str]] = Counter()
    exact = True
    for stretch, answer in reader.answers():
        if budget.spent():
            return Tally(counts, exact=False)
        budget.examined += stretch.block.offsets if stretch.block else 0
        try:
            for time_ms, level, _ in answer.brief():
                counts[(time_ms // MINUTE_MS, level)] += 1
        except Expired:
            exact = False
    return Tally(counts, exact)
