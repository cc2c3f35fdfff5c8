"""Patterns of the matches on a real MongoDB: counted, dated, and found again."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from pymongo.database import Database

from ingest.errors import QueryError
from ingest.query.budget import Allowance
from ingest.query.filter import LogFilter
from ingest.query.page import Matched
from ingest.query.patterns import TREND_BARS, Pattern, patterns
from ingest.query.run import search
from tests.ingest.query.stored import StoredLog, entry_at, time_at

pytestmark = pytest.mark.parts

Db = Database[dict[str, Any]]


@pytest.fixture
def lines(db: Db) -> Db:
    """Orders, refusals and one crash in two partitions, a second apart."""
    rng = Random(5)
    logs = [StoredLog(db, partition) for partition in (0, 1)]
    for second in range(60):
        text, level, service = f"order {rng.randrange(10_000)} paid", "INFO", "shop"
        if second % 4 == 3:
            text, level = f"card {rng.randrange(100)} of mina declined", "WARN"
        if second == 30:
            text, level, service = "heap is full\n  at x.py", "ERROR", "api"
        rng.choice(logs).add(entry_at(second, text, level, service))
    return db


def by_template(found: list[Pattern]) -> dict[str, int]:
    return {one.template: one.count for one in found}


def test_matches_are_counted_by_template_the_most_frequent_first(lines: Db) -> None:
    found = patterns(lines, LogFilter())

    assert list(by_template(found.items).items()) == [
        ("order <num> paid", 44),
        ("card <num> of mina declined", 15),
        ("heap is full", 1),
    ]
    assert (found.total, found.grouped, found.sampled) == (3, 60, 1.0)
    assert found.matched == Matched(60, exact=True)


def test_a_pattern_says_when_where_and_how_loud(lines: Db) -> None:
    order, card, crash = patterns(lines, LogFilter()).items

    assert (crash.first, crash.last) == (time_at(30), time_at(30))
    assert (crash.services, crash.levels) == ({"api": 1}, {"ERROR": 1})
    assert crash.share == pytest.approx(1 / 60)
    assert (card.first, card.last) == (time_at(3), time_at(59))
    assert len(order.trend) == TREND_BARS
    assert sum(order.trend) == 44


def test_only_matches_are_grouped(lines: Db) -> None:
    asked = LogFilter("mina", start=time_at(10), end=time_at(20))

    found = patterns(lines, asked)

    assert by_template(found.items) == {"card <num> of mina declined": 3}
    assert (found.start, found.end) == (time_at(10), time_at(20))


def test_the_search_text_of_a_pattern_finds_its_entries_again(lines: Db) -> None:
    for pattern in patterns(lines, LogFilter()).items:
        page = search(lines, LogFilter(pattern.query), limit=100)
        assert len(page.items) == pattern.count
        assert pattern.newest == page.items[0].id

        rest = search(lines, LogFilter(f"-{pattern.query}"), limit=100)
        assert len(rest.items) == 60 - pattern.count


def test_rare_ones_beyond_the_limit_are_told_of(lines: Db) -> None:
    found = patterns(lines, LogFilter(), limit=1)

    assert len(found.items) == 1
    assert found.total == 3


def test_what_takes_too_long_is_a_sample_of_the_whole_range(lines: Db) -> None:
    found = patterns(lines, LogFilter(), allowance=Allowance(entries=20))

    assert found.sampled == pytest.approx(20 / 60, abs=0.1)
    assert found.grouped == found.examined
    assert found.matched == Matched(found.grouped, exact=False)
    seen = [one.first for one in found.items] + [one.last for one in found.items]
    assert (max(seen) - min(seen)).total_seconds() > 30


def test_nothing_that_matches_has_no_patterns(lines: Db) -> None:
    found = patterns(lines, LogFilter("absent"))

    assert found.items == []
    assert (found.grouped, found.sampled, found.start) == (0, 1.0, None)


def test_a_text_that_cannot_be_read_is_refused(lines: Db) -> None:
    with pytest.raises(QueryError):
        patterns(lines, LogFilter("a OR"))
