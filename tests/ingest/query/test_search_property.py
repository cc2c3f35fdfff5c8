"""Whatever is stored and asked: search answers what a look at every entry would."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pymongo.database import Database

from ingest.entry import LogEntry
from ingest.fold.block import LOG_LENGTH, State, position, to_ms
from ingest.query.between import EVERYTHING, Between
from ingest.query.budget import Allowance
from ingest.query.counting import count
from ingest.query.facets import Facets, counting
from ingest.query.filter import LogFilter
from ingest.query.grammar import parse
from ingest.query.histogram import histogram, newest
from ingest.query.match import Matcher
from ingest.query.page import Matched, Page
from ingest.query.run import search, searching
from ingest.query.sample import Sample
from ingest.query.series import MINUTE_MS, per_minute
from ingest.query.visible import pin
from tests.ingest.query.asking import fulfils, random_entry, random_text
from tests.ingest.query.stored import StoredLog, clear, time_at

pytestmark = pytest.mark.parts

Db = Database[dict[str, Any]]

# Seconds from RECEIVED: equal ones, a wrong clock ahead, an epoch of 1970, minutes.
TIMES = [0.0, 0.0, 0.001, 1, 2, 30, 59.999, 60, 61, 119, 3600, 86_400, -1.79e9]
LOGS = [(1, 0), (1, 1), (2, 0)]  # incarnation, partition: a recreated topic too

seeds = st.integers(0, 2**32).map(Random)
entries = st.builds(random_entry, seeds, st.sampled_from(TIMES))
search_texts = st.builds(random_text, seeds)
writes = st.lists(
    st.tuples(
        st.sampled_from(LOGS),
        entries | st.sampled_from(["hole", "finish", "end of day"]),
    ),
    min_size=5,
    max_size=40,
)
bounds = st.none() | st.sampled_from(TIMES).map(time_at)
cursors = st.dictionaries(
    st.sampled_from([position(*log, 0)[:LOG_LENGTH] for log in LOGS]),
    st.integers(0, 20),
).map(lambda at: tuple(sorted(at.items())))
stretches = st.just(EVERYTHING) | st.builds(Between, cursors, cursors)
filters = st.builds(
    LogFilter,
    text=st.just("") | search_texts,
    services=st.sampled_from([(), (), ("api",), ("api", "auth"), ("absent",)]),
    levels=st.sampled_from([(), (), ("ERROR",), ("WARN", "INFO")]),
    start=bounds,
    end=bounds,
    between=stretches,
)
allowances = st.sampled_from([Allowance(), Allowance(60, 1), Allowance(0, 100)])
property_test = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture(autouse=True)
def small_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a few blocks already take several commands."""
    monkeypatch.setattr("ingest.query.walk.FIRST_WINDOW", 2)
    monkeypatch.setattr("ingest.query.walk.LAST_WINDOW", 5)
    monkeypatch.setattr("ingest.query.visible.MOST_NEW", 6)
    monkeypatch.setattr("ingest.query.kept.LEARNED_AT_ONCE", 12)
    monkeypatch.setattr("ingest.query.kept.FEW_OFFSETS", 6)
    monkeypatch.setattr("ingest.query.kept.MOST_CANDIDATES", 4)


class Store:
    """Three logs in one database, empty."""

    def __init__(self, db: Db) -> None:
        clear(db)
        self.logs = {(i, p): StoredLog(db, p, i) for i, p in LOGS}

    def write(self, what: list[tuple[tuple[int, int], Any]]) -> None:
        for key, one in what:
            log = self.logs[key]
            if one == "hole":
                log.add_hole(State.DUPLICATE)
            elif one == "finish":
                log.finish()
            elif one == "end of day":
                log.end_day()
            else:
                log.add(one)

    def matching(self, asked: LogFilter) -> list[str]:
        """Ids of all that match, newest first, by looking at every entry."""
        found = [
            (entry.timestamp, entry_id)
            for log in self.logs.values()
            for entry_id, entry in log.visible.items()
            if matches(asked, entry, entry_id)
        ]
        return [entry_id for _, entry_id in sorted(found, reverse=True)]

    def entry(self, entry_id: str) -> LogEntry:
        visible = [log.visible for log in self.logs.values()]
        return next(entries[entry_id] for entries in visible if entry_id in entries)


def counted(asked: LogFilter) -> LogFilter:
    """What is counted without a look at entries: all but what only a look tells."""
    return replace(Matcher(asked).filter, text="")


def matches(asked: LogFilter, entry: LogEntry, entry_id: str) -> bool:
    """What docs/search.md says, as plainly as it can be written."""
    if asked.services and entry.service not in asked.services:
        return False
    if asked.levels and entry.level not in asked.levels:
        return False
    if not in_range(asked, entry.timestamp):
        return False
    if not lies_between(asked.between, bytes.fromhex(entry_id)):
        return False
    return fulfils(parse(asked.text).tree, entry, entry_id)


def lies_between(between: Between, place: bytes) -> bool:
    log, offset = place[:LOG_LENGTH], int.from_bytes(place[LOG_LENGTH:])
    after, upto = dict(between.after), dict(between.upto)
    if offset < after.get(log, 0):
        return False
    if not upto or log in upto:
        return offset < upto.get(log, offset + 1)
    partitions = {other[-4:] for other in upto}
    return log in after and log[-4:] in partitions


def in_range(asked: LogFilter, time: datetime) -> bool:
    after = asked.start is None or time >= asked.start
    return after and (asked.end is None or time < asked.end)


def pages(db: Db, asked: LogFilter, limit: int, allowance: Allowance) -> Iterator[Page]:
    page = search(db, asked, limit, allowance=allowance)
    yield page
    while page.next:
        page = search(db, asked, limit, page.next, allowance)
        yield page


@property_test
@given(writes, filters, st.integers(1, 7))
def test_it_finds_what_a_look_at_every_entry_finds(
    db: Db, what: Any, asked: LogFilter, limit: int
) -> None:
    store = Store(db)
    store.write(what)

    found = [
        item.id for page in pages(db, asked, limit, Allowance()) for item in page.items
    ]

    assert found == store.matching(asked)


@property_test
@given(
    writes,
    st.lists(writes, min_size=1, max_size=3),
    filters,
    st.integers(1, 5),
    allowances,
)
def test_it_neither_repeats_nor_misses_entries_while_others_are_stored(
    db: Db, before: Any, later: Any, asked: LogFilter, limit: int, allowance: Allowance
) -> None:
    store = Store(db)
    store.write(before)
    expected = store.matching(asked)

    found: list[str] = []
    for page in pages(db, asked, limit, allowance):
        found += [item.id for item in page.items]
        store.write(later.pop() if later else [])

    assert found == expected


@property_test
@given(writes, filters, st.integers(1, 7), allowances)
def test_step_by_step_it_tells_the_page_in_order_and_never_too_much(
    db: Db, what: Any, asked: LogFilter, limit: int, allowance: Allowance
) -> None:
    store = Store(db)
    store.write(what)
    expected = store.matching(asked)

    steps = list(searching(db, asked, limit, allowance=allowance))

    page = steps[-1].page
    assert page
    assert [item for step in steps for item in step.items] == page.items
    for step in steps:
        told_by_now = [
            item.id for one in steps[: steps.index(step) + 1] for item in one.items
        ]
        assert told_by_now == expected[: len(told_by_now)]
        assert step.matched <= len(expected)


@property_test
@given(writes, writes, filters)
def test_it_counts_what_was_pinned_and_not_what_came_later(
    db: Db, before: Any, later: Any, asked: LogFilter
) -> None:
    store = Store(db)
    store.write(before)
    expected = len(store.matching(counted(asked)))

    pinned = pin(db, asked.between)
    store.write(later)

    assert count(db, counted(asked), pinned) == Matched(expected, exact=True)


@property_test
@given(writes, filters)
def test_it_counts_each_match_in_its_minute(
    db: Db, what: Any, asked: LogFilter
) -> None:
    store = Store(db)
    store.write(what)
    matching = [store.entry(entry_id) for entry_id in store.matching(asked)]

    found = per_minute(db, asked, Allowance(seconds=60))

    assert found.counts == Counter(
        (to_ms(entry.timestamp) // MINUTE_MS, entry.level) for entry in matching
    )
    assert found.exact


@property_test
@given(writes, filters)
def test_it_says_how_many_match_and_whether_that_is_exact(
    db: Db, what: Any, asked: LogFilter
) -> None:
    store = Store(db)
    store.write(what)
    expected = len(store.matching(asked))

    for page in pages(db, asked, 3, Allowance()):
        assert page.matched.count <= expected
        assert page.matched.count == expected or not page.matched.exact
        assert page.matched.exact or (not Matcher(asked).query.is_empty and page.next)


@property_test
@given(writes, filters, st.integers(1, 100))
def test_it_draws_every_entry_once_in_its_bar(
    db: Db, what: Any, asked: LogFilter, buckets: int
) -> None:
    store = Store(db)
    store.write(what)
    expected = [store.entry(entry_id) for entry_id in store.matching(counted(asked))]

    drawn = histogram(db, asked, buckets, now=time_at(100_000))

    step = timedelta(seconds=drawn.step_s)
    bars = Counter(
        (bar.start, level)
        for entry in expected
        for bar in drawn.rows
        for level in [entry.level]
        if bar.start <= entry.timestamp < bar.start + step
    )
    assert {
        (bar.start, level): n for bar in drawn.rows for level, n in bar.levels.items()
    } == dict(bars)
    assert bars.total() + drawn.later == len(expected)
    assert drawn.exact


def facets(db: Db, asked: LogFilter, buckets: int) -> Iterator[Facets]:
    for counts in counting(db, asked, buckets, now=time_at(100_000)):
        yield counts.facets(top=1_000)


@property_test
@given(writes, filters, st.integers(1, 100))
def test_facets_are_those_of_a_look_at_every_entry(
    db: Db, what: Any, asked: LogFilter, buckets: int
) -> None:
    store = Store(db)
    store.write(what)
    expected = [store.entry(entry_id) for entry_id in store.matching(asked)]
    sample = Sample()
    for entry in expected:
        sample.add(entry.metadata)

    *_, found = facets(db, asked, buckets)

    assert found.matched == Matched(len(expected), exact=True)
    assert found.levels == dict(Counter(entry.level for entry in expected))
    assert found.services == dict(Counter(entry.service for entry in expected))
    assert found.fields == sample.fields(top=1_000)
    bars = [n for bar in found.histogram.rows for n in bar.levels.values()]
    assert sum(bars) + found.histogram.later == len(expected)


@property_test
@given(writes, filters)
def test_facets_grow_from_the_newest_entry_on(
    db: Db, what: Any, asked: LogFilter
) -> None:
    store = Store(db)
    store.write(what)
    expected = [store.entry(entry_id) for entry_id in store.matching(asked)]
    textless = Matcher(asked).query.is_empty

    for found in facets(db, asked, buckets=60):
        newer = [e for e in expected if found.reached and e.timestamp > found.reached]
        assert found.matched.count <= len(expected)
        assert found.matched.count >= (len(expected) if textless else len(newer))
        assert found.matched.count == len(expected) or not found.matched.exact


@property_test
@given(writes, filters)
def test_it_says_when_the_newest_match_was_whatever_the_range(
    db: Db, what: Any, asked: LogFilter
) -> None:
    store = Store(db)
    store.write(what)
    unbounded = replace(asked, start=None, end=None)

    expected = [
        store.entry(entry_id).timestamp for entry_id in store.matching(unbounded)
    ]

    assert newest(db, asked) == (expected[0] if expected else None)
