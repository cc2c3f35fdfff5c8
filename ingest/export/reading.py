"""All that a search means, in stretches: pinned at the start, gone on with anywhere."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from pymongo.database import Database

from ingest.days import kept_from
from ingest.mongo import Document, busy_when_away
from ingest.query.budget import Allowance
from ingest.query.cursor import Cursor, encode
from ingest.query.filter import LogFilter
from ingest.query.freshness import complete_to
from ingest.query.match import Matcher
from ingest.query.page import ID_BYTES, Matched, Page, Place
from ingest.query.run import search
from ingest.query.visible import pin
from ingest.query.walk import LATEST

# Of a stretch, which is in memory as a whole. Many, for each reads the blocks at its
# edges again.
MAX_ROWS: Final = 4_000
MIN_ROWS: Final = 64
STRETCH_BYTES: Final = 64 * 1024 * 1024
# Short enough to be cancelled in between, and for a lease to be renewed.
ALLOWANCE: Final = Allowance(seconds=2.0, entries=2_000_000)
_FIRST: Final = Place(LATEST, b"\xff" * ID_BYTES)  # before every entry


@dataclass(frozen=True)
class Start:
    """Where an export begins, and what it may see."""

    cursor: str
    pinned: dict[str, int]
    complete_to: datetime | None


def begin(db: Database[Document], log_filter: LogFilter) -> Start:
    """Pin what is visible now; QueryError if the text cannot be read."""
    Matcher(log_filter)
    with busy_when_away():
        # The clock first: what it promises then lies within what is pinned.
        clock, pinned = complete_to(db), pin(db, log_filter.between)
    cursor = Cursor(
        start=log_filter.start,
        end=log_filter.end,
        place=_FIRST,
        complete_to=clock,
        matched=Matched(0, exact=False),
        shown=0,
        offsets=pinned.offsets,
    )
    return Start(encode(cursor, log_filter), pinned.named(), clock)


def rows_for(entry_bytes: int) -> int:
    """How many entries of this size a stretch may have."""
    return max(MIN_ROWS, min(MAX_ROWS, STRETCH_BYTES // max(1, entry_bytes)))


def stretch(
    db: Database[Document], log_filter: LogFilter, cursor: str, rows: int
) -> Page:
    """What follows a cursor: entries, newest first, and the cursor behind them."""
    with busy_when_away():
        return search(db, log_filter, rows, cursor, ALLOWANCE)


def was_dropped(db: Database[Document], page: Page, oldest_day: str) -> bool:
    """Whether retention may have dropped entries before this page was read.

    A day is marked before it goes, so what a page misses is marked behind it.
    """
    if page.partial is not None and page.partial.reason == "expired":
        return True
    with busy_when_away():
        return bool(oldest_day) and kept_from(db) > oldest_day
