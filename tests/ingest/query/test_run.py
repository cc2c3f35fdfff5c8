"""Search on a real MongoDB: what is seen, in what order, and when it stops."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from pymongo.database import Database
from pymongo.errors import ExecutionTimeout

from ingest.fold.block import State
from ingest.query.between import Between
from ingest.query.budget import Allowance
from ingest.query.entries import Expired, entry
from ingest.query.filter import LogFilter
from ingest.query.freshness import freshness
from ingest.query.histogram import histogram, newest, services
from ingest.query.page import Matched, Page, Partial
from ingest.query.run import search
from ingest.query.visible import Pinned, pin
from tests.ingest.query.stored import (
    DAY,
    RECEIVED,
    StoredLog,
    entry_at,
    time_at,
)

pytestmark = pytest.mark.parts

Db = Database[dict[str, Any]]


def texts(page: Page) -> list[str]:
    return [item.message for item in page.items]


def test_an_entry_without_its_block_is_not_there_yet(db: Db) -> None:
    log = StoredLog(db).add(entry_at(0, "seen"))
    unseen = log.insert_without_block(entry_at(1, "not yet"))

    assert texts(search(db, LogFilter())) == ["seen"]
    assert entry(db, unseen) is None


def test_an_entry_in_a_hole_is_not_there(db: Db) -> None:
    log = StoredLog(db).add(entry_at(0, "seen"))
    left_over = log.insert_without_block(entry_at(1, "left over"))
    log.add_hole(State.VOID)

    assert texts(search(db, LogFilter())) == ["seen"]
    assert entry(db, left_over) is None


def test_of_equal_times_the_higher_id_comes_first_over_all_pages(db: Db) -> None:
    logs = [StoredLog(db, partition) for partition in (0, 1)]
    for number in range(12):
        logs[number % 2].add(entry_at(0, str(number)))

    page = search(db, LogFilter(), limit=5)
    seen = [item.id for item in page.items]
    while page.next:
        page = search(db, LogFilter(), 5, page.next)
        seen += [item.id for item in page.items]

    assert seen == sorted(seen, reverse=True)
    assert len(set(seen)) == 12


@pytest.mark.parametrize("text", ["", "hello"])
def test_a_block_that_only_holds_older_matches_leads_to_another_page(
    db: Db, text: str
) -> None:
    StoredLog(db, partition=0).add(entry_at(5, "hello new"))
    StoredLog(db, partition=1).add(
        entry_at(0, "hello old"), entry_at(5, "hello", level="ERROR")
    )
    asked = LogFilter(text, levels=("INFO",))

    first = search(db, asked, limit=1)
    second = search(db, asked, 1, first.next)

    assert first.next
    assert texts(first) + texts(second) == ["hello new", "hello old"]


def test_a_sender_ahead_of_time_does_not_hide_the_others(db: Db) -> None:
    log = StoredLog(db)
    for number in range(8):
        log.add(entry_at(number, f"now {number}"), entry_at(86_400 + number, "ahead"))

    found = search(db, LogFilter(end=time_at(3600)), limit=3)

    assert texts(found) == ["now 7", "now 6", "now 5"]


def test_a_block_of_an_unknown_version_may_hold_anything(db: Db) -> None:
    StoredLog(db).add(*(entry_at(n, f"line {n}") for n in range(6)))
    db["blocks"].update_one(
        {"first": 0},
        {"$set": {"v": 99}, "$unset": {"terms": 1, "spans": 1, "newest": 1}},
    )

    assert texts(search(db, LogFilter("line 2"))) == ["line 2"]
    assert len(search(db, LogFilter()).items) == 6
    assert search(db, LogFilter(), limit=2).matched == Matched(6, exact=True)


def test_a_word_filter_of_an_unknown_size_may_hold_anything(db: Db) -> None:
    StoredLog(db).add(entry_at(0, "needle"))
    db["blocks"].update_many({}, {"$set": {"terms": b"", "terms_bits": 64}})

    assert texts(search(db, LogFilter("needle"))) == ["needle"]


def test_absent_words_are_answered_without_reading_entries(db: Db) -> None:
    StoredLog(db).add(*(entry_at(n, f"line {n}") for n in range(20)))

    assert search(db, LogFilter("absent")).examined == 0


def test_a_full_page_reads_only_the_newest_blocks(db: Db) -> None:
    StoredLog(db).add(*(entry_at(n, f"line {n}") for n in range(100)))

    assert search(db, LogFilter("line"), limit=3).examined <= 8


def test_a_spent_budget_ends_with_what_was_found_and_a_way_to_go_on(db: Db) -> None:
    StoredLog(db).add(*(entry_at(n, f"line {n}") for n in range(20)))
    asked, one_block = LogFilter("line -7"), Allowance(seconds=60, entries=1)

    page = search(db, asked, allowance=one_block)

    assert texts(page) == ["line 19", "line 18", "line 17", "line 16"]
    assert page.partial == Partial("examined")
    assert page.matched == Matched(4, exact=False)
    rest = search(db, asked, cursor=page.next)
    assert texts(page) + texts(rest) == [
        f"line {n}" for n in range(19, -1, -1) if n - 7
    ]
    assert rest.matched == Matched(19, exact=True)


def test_time_that_runs_out_ends_a_search_too(db: Db) -> None:
    StoredLog(db).add(*(entry_at(n) for n in range(20)))

    page = search(db, LogFilter("absent -x hello"), allowance=Allowance(seconds=0))
    slow = search(db, LogFilter("-x"), allowance=Allowance(seconds=0))

    assert page.partial is None  # nothing had to be read
    assert slow.partial == Partial("time")
    assert slow.next


def test_a_command_that_takes_too_long_is_a_partial_answer(
    db: Db, monkeypatch: pytest.MonkeyPatch
) -> None:
    StoredLog(db).add(*(entry_at(n, f"line {n}") for n in range(8)))

    def give_up(*_: Any) -> Any:
        raise ExecutionTimeout("operation exceeded time limit")

    with monkeypatch.context() as patched:
        patched.setattr("ingest.query.run.all_of_block", give_up)
        page = search(db, LogFilter("line"))

    assert (texts(page), page.partial) == ([], Partial("time"))
    assert len(search(db, LogFilter("line"), cursor=page.next).items) == 8


@pytest.mark.parametrize("name", ["$level", "$$ROOT", "$"])
def test_a_service_that_looks_like_a_field_is_only_a_name(db: Db, name: str) -> None:
    StoredLog(db).add(*(entry_at(n, service=name) for n in range(3)), entry_at(9))
    asked = LogFilter(services=(name,), start=time_at(0), end=time_at(60))

    assert search(db, asked, limit=1).matched == Matched(3, exact=True)
    assert histogram(db, asked).rows[0].levels == {"INFO": 3}


def test_a_day_that_is_dropped_meanwhile_says_expired(db: Db) -> None:
    StoredLog(db).add(*(entry_at(n, f"line {n}") for n in range(8)))
    first = search(db, LogFilter(), limit=2)

    db.drop_collection(f"logs_{DAY}")
    db["blocks"].delete_many({})
    rest = search(db, LogFilter(), cursor=first.next)

    assert (rest.items, rest.next) == ([], None)


def test_entries_that_expire_while_they_are_read_make_the_answer_partial(
    db: Db, monkeypatch: pytest.MonkeyPatch
) -> None:
    StoredLog(db).add(entry_at(0))

    def dropped(*_: Any) -> Any:
        raise Expired

    monkeypatch.setattr("ingest.query.run.newest_of_block", dropped)

    assert search(db, LogFilter()).partial == Partial("expired")


def test_a_block_that_grows_and_moves_behind_the_walk_is_not_missed(
    db: Db, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = StoredLog(db).add(entry_at(0, "old"), entry_at(1, "new"))

    def pin_then_store_more(searched: Db, between: Between) -> Pinned:
        pinned = pin(searched, between)
        log.add(*(entry_at(1000 + n, "later") for n in range(5)))
        return pinned

    monkeypatch.setattr("ingest.query.run.pin", pin_then_store_more)

    assert texts(search(db, LogFilter())) == ["new", "old"]


def test_a_page_keeps_the_range_of_the_first(db: Db) -> None:
    StoredLog(db).add(*(entry_at(n, str(n)) for n in range(6)))
    first = search(db, LogFilter(start=time_at(1)), limit=2)

    rest = search(db, LogFilter(start=time_at(5)), cursor=first.next)

    assert texts(rest) == ["3", "2", "1"]


def test_complete_to_is_what_the_clock_said_before_the_first_page(db: Db) -> None:
    StoredLog(db).add(*(entry_at(n) for n in range(3)))
    db["clock"].insert_one({"_id": "clock", "complete_to": RECEIVED})
    first = search(db, LogFilter(), limit=1)

    db["clock"].update_one({}, {"$set": {"complete_to": time_at(9)}})

    assert first.complete_to == RECEIVED
    assert search(db, LogFilter(), cursor=first.next).complete_to == RECEIVED


def test_freshness_is_how_far_the_clock_is_behind(db: Db) -> None:
    assert freshness(db).complete_to is None
    db["clock"].insert_one(
        {"_id": "clock", "complete_to": RECEIVED, "holds": ["broker"]}
    )

    found = freshness(db, now=RECEIVED + timedelta(seconds=2))

    assert (found.complete_to, found.behind_s) == (RECEIVED, 2.0)
    assert found.holds == ("broker",)


def test_an_empty_store_answers_with_nothing(db: Db) -> None:
    page = search(db, LogFilter("anything"))

    assert (page.items, page.next, page.pinned) == ([], None, {})
    assert page.matched == Matched(0, exact=True)
    assert histogram(db, LogFilter()).rows == []
    assert newest(db, LogFilter()) is None
    assert services(db) == []


def test_a_block_of_duplicates_only_adds_no_service(db: Db) -> None:
    StoredLog(db).add(entry_at(service="shop")).finish().add_hole()

    assert services(db) == ["shop"]


def test_a_histogram_open_to_the_future_ends_now(db: Db) -> None:
    StoredLog(db).add(entry_at(0), entry_at(61), entry_at(86_400))

    drawn = histogram(db, LogFilter(start=time_at(-60)), now=time_at(90))

    assert (drawn.start, drawn.end) == (time_at(-60), time_at(120))
    assert [bar.levels for bar in drawn.rows] == [{}, {"INFO": 1}, {"INFO": 1}]
    assert drawn.later == 1


def test_a_histogram_counts_whole_what_a_text_would_narrow(db: Db) -> None:
    StoredLog(db).add(entry_at(0, "a"), entry_at(1, "b"))

    drawn = histogram(db, LogFilter("a", start=time_at(0), end=time_at(60)))

    assert drawn.whole
    assert [bar.levels for bar in drawn.rows] == [{"INFO": 2}]
