"""A page of a search that shows one of its matches, wherever among them it is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from pymongo.database import Database

from ingest.mongo import Document
from ingest.query.budget import Allowance
from ingest.query.cursor import Cursor, decode, encode
from ingest.query.filter import LogFilter
from ingest.query.page import ID_BYTES, Item, Page, Place
from ingest.query.run import search
from ingest.query.walk import LATEST

NEWER: Final = 10  # matches above the one that is meant
LOOKED_AT: Final = 500  # matches of one window, of which the oldest are the nearest
WINDOWS: Final = [
    timedelta(seconds=0.01 * 10**power) for power in range(12)
]  # to 31 years
QUICKLY: Final = Allowance(seconds=0.3, entries=200_000)


@dataclass(frozen=True)
class Landing:
    """`above`: there are newer matches than those on the page, as far as is known."""

    page: Page
    above: bool


def land(
    db: Database[Document],
    asked: LogFilter,
    first: Page,
    item: Item,
    limit: int,
    allowance: Allowance | None = None,
) -> Landing | None:
    """The page with an entry; None if it is no match.

    `first` is the first page of the search: it sees what that one saw.
    """
    if first.next is None:
        return None
    begun = decode(first.next, asked)
    page = search(db, asked, limit, encode(_from(begun, item), asked), allowance)
    if not page.items or page.items[0].id != item.id:
        return None
    newer, above = _newer(db, asked, begun, item)
    return Landing(replace(page, items=newer + page.items), above)


def _from(begun: Cursor, item: Item) -> Cursor:
    """Where the entry is the first to follow."""
    behind = int(item.id, 16) + 1
    place = Place(item.timestamp, behind.to_bytes(ID_BYTES, "big"))
    return replace(begun, place=place, jumped=True)


def _newer(
    db: Database[Document], asked: LogFilter, begun: Cursor, item: Item
) -> tuple[list[Item], bool]:
    """The nearest, newest first, and whether there may be more of them."""
    nearest: list[Item] = []
    for window in WINDOWS:
        end = item.timestamp + min(window, LATEST - item.timestamp)
        is_all = begun.end is not None and end >= begun.end
        cursor = _between(begun, item.timestamp, begun.end if is_all else end)
        page = search(db, asked, LOOKED_AT, encode(cursor, asked), QUICKLY)
        if page.next or page.partial:
            return nearest[-NEWER:], True
        nearest = [one for one in page.items if _order(one) > _order(item)]
        if is_all or len(nearest) >= NEWER:
            return nearest[-NEWER:], not is_all or len(nearest) > NEWER
    return nearest[-NEWER:], len(nearest) > NEWER


def _between(begun: Cursor, start: datetime, end: datetime | None) -> Cursor:
    place = Place(end, bytes(ID_BYTES)) if end else begun.place
    return replace(begun, start=start, end=end, place=place)


def _order(item: Item) -> tuple[datetime, str]:
    return item.timestamp, item.id
