"""Asks the store for a page of results, and says what to do when there is none."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import pymongo
from pymongo.database import Database
from pymongo.errors import PyMongoError

from ingest.errors import Busy
from ingest.mongo import database
from ingest.query.budget import Allowance
from ingest.query.filter import LogFilter
from ingest.query.freshness import Freshness, freshness
from ingest.query.histogram import services
from ingest.query.page import Page
from ingest.query.run import search
from logsite.search.empty import Empty, explained

log = logging.getLogger(__name__)

PAGE_ROWS: Final = 50
FIRST: Final = Allowance(seconds=0.5)  # of a page; then it goes on by itself
REACH_S: Final = 2  # then the page says that MongoDB does not answer
ANSWER_S: Final = 10  # for all that one page needs

Store = Database[dict[str, Any]]


class StoreAway(Exception):
    """MongoDB did not answer in time."""


@dataclass(frozen=True)
class Found:
    """A page of entries with what surrounds it."""

    page: Page
    freshness: Freshness
    services: list[str]
    empty: Empty | None = None  # why there is nothing, if nothing was found

    @property
    def nothing_stored(self) -> bool:
        return self.empty is not None and self.empty.nothing_stored


@contextmanager
def answering() -> Iterator[Store]:
    """The store, bounded in time; its absence has one name, and is found out soon."""
    try:
        store = database()
        # Asked first: within a timeout the driver tries again until it has passed.
        with pymongo.timeout(REACH_S):
            store.command("ping")
        with pymongo.timeout(ANSWER_S):
            yield store
    except (Busy, PyMongoError) as error:
        log.warning("logsite.search.store_away", extra={"error": str(error)})
        raise StoreAway from error


def find(wanted: LogFilter) -> Found:
    with answering() as store:
        page = search(store, wanted, limit=PAGE_ROWS, allowance=FIRST)
        is_empty = not page.items and not page.next
        empty = explained(store, wanted) if is_empty else None
        return Found(page, freshness(store), services(store), empty)
