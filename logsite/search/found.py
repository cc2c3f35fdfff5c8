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
from ingest.query.filter import LogFilter
from ingest.query.freshness import Freshness, freshness
from ingest.query.histogram import newest, services
from ingest.query.page import Page
from ingest.query.run import search

log = logging.getLogger(__name__)

PAGE_ROWS: Final = 50
TIMEOUT_S: Final = 10  # then the page says that MongoDB does not answer

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
def answering(timeout_s: float = TIMEOUT_S) -> Iterator[None]:
    """Bounds everything asked of MongoDB inside, and names its absence once."""
    try:
        with pymongo.timeout(timeout_s):
            yield
    except (Busy, PyMongoError) as error:
        log.warning("logsite.search.store_away", extra={"error": str(error)})
        raise StoreAway from error


def find(store: Store, wanted: LogFilter) -> Found:
    with answering():
        page = search(store, wanted, limit=PAGE_ROWS)
        found = Found(page, freshness(store), services(store), None)
        return found if page.items else _explained(store, wanted, found)


def _explained(store: Store, wanted: LogFilter, found: Found) -> Found:
    """Why nothing was found: nothing there at all, or nothing in this range."""
    if newest(store, LogFilter()) is None:
        return replace(found, nothing_stored=True)
    return replace(found, newest=newest(store, wanted))
