"""Long searches: followed step by step, in their turn, until the reader leaves."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Final, TypeVar

import pymongo
from django.conf import settings
from pymongo.errors import ExecutionTimeout

from ingest import metrics
from ingest.query.budget import Allowance
from ingest.query.extent import Extent, extent
from ingest.query.facets import Counting, Facets, counting
from ingest.query.filter import LogFilter
from ingest.query.page import Page
from ingest.query.progress import Progress, paced
from ingest.query.run import searching
from logsite.search.found import ANSWER_S, Store
from logsite.search.turns import Turns, Waiting, crowded

Step = TypeVar("Step")
LIGHT_S: Final = 0.5  # most searches are over by then and never wait
EVERY_S: Final = 0.25  # between two reports
PATIENCE_S: Final = 10.0  # an answer in one piece does not wait longer for its turn
STREAMED: Final = Allowance(seconds=300, entries=10**12)


@cache
def turns() -> Turns:
    """Of this process."""
    return Turns(settings.SEARCHES_AT_ONCE, settings.SEARCHES_IN_LINE)


@cache
def count_turns() -> Turns:
    """Counts have a line of their own: a list never waits for them."""
    return Turns(1, settings.SEARCHES_IN_LINE)


@dataclass(frozen=True)
class Report:
    """A search on its way: how much there is, and how much of it was passed."""

    progress: Progress
    entries: int | None = None  # None: it could not be counted in time, or is done
    passed: int | None = None


def in_turn(
    store: Store, wanted: LogFilter, limit: int, cursor: str | None = None
) -> Page:
    """One page, in one piece. Crowded if its turn does not come in good time."""
    begun = time.monotonic()
    with metrics.timed("search_seconds"):
        steps = bounded(searching(store, wanted, limit, cursor))
        for step in turns().take(steps, LIGHT_S):
            if isinstance(step, Progress) and step.page:
                return step.page
            if isinstance(step, Waiting) and time.monotonic() > begun + PATIENCE_S:
                break
    raise crowded()


def follow(
    store: Store, wanted: LogFilter, limit: int, cursor: str | None = None
) -> Generator[Report | Waiting, None, None]:
    """Reports, the last one with the page. QueryError before the first one."""
    found = bounded(searching(store, wanted, limit, cursor, STREAMED))
    first = next(found)
    return _reports(store, wanted, cursor, turns().take(_again(first, found), LIGHT_S))


@dataclass(frozen=True)
class Counted:
    """Counts on their way; those that have `ended` are the last ones."""

    facets: Facets
    ended: bool


def count_up(
    store: Store, wanted: LogFilter, buckets: int, allowance: Allowance = STREAMED
) -> Generator[Counted | Waiting, None, None]:
    """Facets that grow. QueryError before the first one."""
    found = bounded(counting(store, wanted, buckets, allowance))
    first = next(found)
    return _counted(count_turns().take(_again(first, found), LIGHT_S))


def _counted(
    steps: Iterator[Counting | Waiting],
) -> Generator[Counted | Waiting, None, None]:
    due = time.monotonic() + EVERY_S
    for step in steps:
        if isinstance(step, Waiting):
            yield step
        elif step.ended or time.monotonic() >= due:
            yield Counted(step.facets(), step.ended)
            due = time.monotonic() + EVERY_S


def counted_in_turn(store: Store, wanted: LogFilter, buckets: int) -> Facets:
    """In one piece, as far as one answer goes."""
    begun = time.monotonic()
    for step in count_up(store, wanted, buckets, Allowance()):
        if isinstance(step, Counted) and step.ended:
            return step.facets
        if isinstance(step, Waiting) and time.monotonic() > begun + PATIENCE_S:
            break
    raise crowded()


def _again(first: Step, steps: Iterator[Step]) -> Iterator[Step]:
    yield first
    yield from steps


def _reports(
    store: Store,
    wanted: LogFilter,
    cursor: str | None,
    steps: Iterator[Progress | Waiting],
) -> Generator[Report | Waiting, None, None]:
    whole: Extent | None = None
    for step in paced(steps, EVERY_S):
        if isinstance(step, Waiting):
            yield step
        elif step.page:
            yield Report(step)
        else:
            whole = whole or _extent(store, wanted, cursor)
            passed = whole.passed(step.reached) if whole else None
            yield Report(step, whole.entries if whole else None, passed)


def _extent(store: Store, wanted: LogFilter, cursor: str | None) -> Extent | None:
    try:
        return extent(store, wanted, cursor)
    except ExecutionTimeout:
        return None


def bounded(steps: Iterator[Step]) -> Iterator[Step]:
    """The same steps; none of them waits for MongoDB for long."""
    while True:
        with pymongo.timeout(ANSWER_S):
            step = next(steps, None)
        if step is None:
            return
        yield step
