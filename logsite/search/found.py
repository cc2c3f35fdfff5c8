"""Asks the store for a page of results, and says what to do when there is none."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

import pymongo
from pymongo.database import Database
from pymongo.errors import PyMongoError

from ingest.errors import Busy
from ingest.mongo import database
from ingest.query.budget import Allowance
from ingest.query.filter import LogFilter
from ingest.query.freshness import Freshness, freshness
from ingest.query.histogram import newest, services
from ingest.query.page import Page
from ingest.query.run import search

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
    newest: datetime | None  # of a match outside the range; asked only if none is in it
    nothing_stored: bool = False


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
        found = Found(page, freshness(store), services(store), None)
        return found if page.items else _explained(store, wanted, found)


def _explained(store: Store, wanted: LogFilter, found: Found) -> Found:
    """Why nothing was found: nothing there at all, or nothing in this range."""
    if newest(store, LogFilter()) is None:
        return replace(found, nothing_stored=True)
    if wanted.start is None and wanted.end is None:
        return found  # the search has looked everywhere already
    return replace(found, newest=newest(store, wanted))
