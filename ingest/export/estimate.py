"""How large an export will be, told before it begins, from a look at a few entries."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from pymongo.database import Database
from pymongo.errors import ExecutionTimeout

from ingest.export.columns import EmptyColumn, empty_columns
from ingest.export.rows import Layout, beginning, lines
from ingest.mongo import Document, busy_when_away
from ingest.query.budget import Allowance
from ingest.query.filter import LogFilter
from ingest.query.match import Matcher
from ingest.query.page import Page
from ingest.query.plan import Conditions, blocks_in_time, blocks_that_may_match
from ingest.query.run import search
from ingest.query.visible import MAX_TIME_MS

PLAIN: Final = Layout(gzip=False)
SAMPLE: Final = 500  # entries whose lines are measured
ALLOWANCE: Final = Allowance(seconds=1.0, entries=200_000)


@dataclass(frozen=True)
class Estimate:
    """How many rows and bytes, and what has to be looked at for them."""

    rows: int
    exact: bool  # of rows; bytes are always about
    size: int  # bytes of the file
    examine: int  # entries, whether they match or not
    oldest_day: str  # of these, as their collections are called; "" if not known
    entry_bytes: int  # of one, where they are large
    remarks: list[EmptyColumn]


def estimate(db: Database[Document], log_filter: LogFilter, layout: Layout) -> Estimate:
    """QueryError if the text cannot be read."""
    with busy_when_away():
        page = search(db, log_filter, SAMPLE, allowance=ALLOWANCE)
        blocks = _blocks(db, log_filter)
    rows = rows_of(page, Matcher(log_filter).query.is_empty, blocks.offsets)
    return Estimate(
        rows=rows,
        exact=page.matched.exact,
        size=size_of(page, rows, layout),
        examine=blocks.offsets,
        oldest_day=blocks.oldest_day,
        # A block may have a few large ones that are just what is asked for.
        entry_bytes=max(blocks.entry_bytes, size_of(page, 1, PLAIN)),
        remarks=empty_columns(layout.columns, page.items, page.next is None),
    )


def rows_of(page: Page, is_counted: bool, examine: int) -> int:
    """Exact or counted by blocks; else the share among those that were looked at."""
    if page.matched.exact or is_counted or not page.examined:
        return page.matched.count
    share = len(page.items) / page.examined
    return max(page.matched.count, round(share * examine))


def size_of(page: Page, rows: int, layout: Layout) -> int:
    """Of the file, if all entries are as long as the newest ones."""
    head = len(beginning(layout))
    if not page.items:
        return head
    return head + round(len(lines(page.items, layout)) / len(page.items) * rows)


@dataclass(frozen=True)
class _Blocks:
    """What is to be looked at; nothing is known where that takes too long to tell."""

    offsets: int = 0
    oldest_day: str = ""
    entry_bytes: int = 0  # on average, in the block with the largest


def _blocks(db: Database[Document], log_filter: LogFilter) -> _Blocks:
    """Those that may hold a match."""
    asked = Matcher(log_filter)
    chosen = blocks_that_may_match(asked.filter, asked.query, None)
    offsets = {"$add": [{"$subtract": ["$last", "$first"]}, 1]}
    told = {
        "offsets": {"$sum": offsets},
        "oldest_day": {"$min": "$day"},
        "entry_bytes": {"$max": {"$toInt": {"$divide": ["$bytes", offsets]}}},
    }
    stages: list[Conditions] = [
        {"$match": {"$and": [blocks_in_time(asked.filter, None), *chosen]}},
        {"$group": {"_id": None, **told}},
        {"$unset": "_id"},
    ]
    try:
        for found in db["blocks"].aggregate(stages, maxTimeMS=MAX_TIME_MS):
            return _Blocks(**found)
    except ExecutionTimeout:
        pass  # it will be seen while it goes on
    return _Blocks()
