"""A page that shows one match, on a real MongoDB."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from pymongo.database import Database

from ingest.query.entries import entry
from ingest.query.filter import LogFilter
from ingest.query.landing import NEWER, Landing, land
from ingest.query.page import Item, Matched
from ingest.query.run import search
from tests.ingest.query.stored import StoredLog, entry_at, time_at

pytestmark = pytest.mark.parts

Db = Database[dict[str, Any]]
ASKED = LogFilter("order", start=time_at(-1), end=time_at(5_000))


def stored(db: Db, *seconds: float) -> list[str]:
    """Ids of orders at these times, each with a line between that does not match."""
    log = StoredLog(db)
    for number, at in enumerate(seconds):
        log.add(entry_at(at, f"order {number}"), entry_at(at, "noise"))
    return [id_ for id_, one in log.visible.items() if one.message != "noise"]


def landed(db: Db, asked: LogFilter, entry_id: str, limit: int = 5) -> Landing | None:
    item = entry(db, entry_id)
    assert item
    return land(db, asked, search(db, asked, limit), item, limit)


def numbers(items: list[Item]) -> list[int]:
    return [int(item.message.removeprefix("order ")) for item in items]


def test_it_shows_the_nearest_newer_matches_the_line_and_older_ones(db: Db) -> None:
    ids = stored(db, *range(0, 3000, 30))
    found = landed(db, ASKED, ids[40])

    assert found
    assert numbers(found.page.items) == list(range(40 + NEWER, 35, -1))
    assert found.above


def test_it_goes_on_below_to_the_last_match(db: Db) -> None:
    ids = stored(db, *range(20))
    found = landed(db, ASKED, ids[8])
    assert found

    page = found.page
    older = numbers(page.items)[-5:]
    while page.next:
        page = search(db, ASKED, 5, page.next)
        older += numbers(page.items)
    assert older == list(range(8, -1, -1))


def test_what_was_jumped_over_is_not_taken_for_counted(db: Db) -> None:
    ids = stored(db, *range(30))
    found = landed(db, ASKED, ids[2])

    assert found
    assert found.page.next is None
    assert found.page.matched == Matched(5, exact=False)


def test_a_count_of_all_matches_stays(db: Db) -> None:
    ids = stored(db, *range(30))
    everything = replace(ASKED, text="")
    found = landed(db, everything, ids[2])

    assert found
    assert found.page.matched == Matched(60, exact=True)


def test_lines_of_one_time_keep_their_order(db: Db) -> None:
    ids = stored(db, *[7] * 30)
    found = landed(db, ASKED, ids[15])

    assert found
    assert numbers(found.page.items) == list(range(15 + NEWER, 10, -1))


def test_no_more_is_above_when_all_newer_matches_are_shown(db: Db) -> None:
    ids = stored(db, *range(20))
    found = landed(db, ASKED, ids[13])

    assert found
    assert numbers(found.page.items)[0] == 19
    assert not found.above


def test_a_range_without_end_is_looked_through(db: Db) -> None:
    ids = stored(db, *range(20))
    found = landed(db, replace(ASKED, end=None), ids[13])

    assert found
    assert numbers(found.page.items)[0] == 19
    assert not found.above


def test_it_sees_what_the_first_page_saw(db: Db) -> None:
    log = StoredLog(db).add(*(entry_at(at, f"order {at}") for at in range(12)))
    item = entry(db, next(iter(log.visible)))
    first = search(db, ASKED, 5)
    log.add(entry_at(1, "order 99"))

    assert item
    found = land(db, ASKED, first, item, 5)
    assert found
    assert 99 not in numbers(found.page.items)


def test_a_line_that_does_not_match_is_not_shown(db: Db) -> None:
    log = StoredLog(db).add(*(entry_at(at, f"order {at}") for at in range(12)))
    noise = list(log.add(entry_at(3, "noise")).visible)[-1]

    assert landed(db, ASKED, noise) is None
