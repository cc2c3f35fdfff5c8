"""Long searches: followed step by step, in their turn, until the reader leaves."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import Final, TypeVar

import pymongo
from django.conf import settings
from pymongo.errors import ExecutionTimeout

from ingest import metrics
from ingest.query.apart import Task, apart
from ingest.query.budget import Allowance
from ingest.query.extent import Extent, extent
from ingest.query.facets import Facets
from ingest.query.filter import LogFilter
from ingest.query.page import Item, Page
from ingest.query.progress import Progress
from ingest.query.tasks import Counted, CountingUp, Listing
from logsite.search.found import ANSWER_S, Store
from logsite.search.turns import Turns, Waiting, crowded

Step = TypeVar("Step")
LIGHT_S: Final = 0.5  # most searches are over by then and never wait
EVERY_S: Final = 0.25  # between two reports
PATIENCE_S: Final = 10.0  # an answer in one piece does not wait longer for its turn
CUT: Final = ("time", "examined")  # an answer by its allowance
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


# -- Lists -------------------------------------------------------------------------
def in_turn(
    store: Store, wanted: LogFilter, limit: int, cursor: str | None = None
) -> Page:
    """One page, in one piece. Crowded if its turn does not come in good time."""
    begun = time.monotonic()
    with metrics.timed("search_seconds"):
        for step in _listed(store, wanted, limit, cursor, Allowance()):
            if isinstance(step, Waiting):
                _have_patience(begun)
            elif step.page:
                return step.page
    raise crowded()


def follow(
    store: Store, wanted: LogFilter, limit: int, cursor: str | None = None
) -> Generator[Report | Waiting, None, None]:
    """Reports, the last one with the page. QueryError before the first one."""
    steps = _listed(store, wanted, limit, cursor, STREAMED)
    return _reports(store, wanted, cursor, _again(next(steps), steps))


def _reports(
    store: Store,
    wanted: LogFilter,
    cursor: str | None,
    steps: Iterator[Progress | Waiting],
) -> Generator[Report | Waiting, None, None]:
    whole: Extent | None = None
    for step in steps:
        if isinstance(step, Waiting):
            yield step
        elif step.page:
            yield Report(step)
        else:
            whole = whole or _extent(store, wanted, cursor)
            passed = whole.passed(step.reached) if whole else None
            yield Report(step, whole.entries if whole else None, passed)


def _listed(
    store: Store,
    wanted: LogFilter,
    limit: int,
    cursor: str | None,
    allowance: Allowance,
) -> Iterator[Progress | Waiting]:
    """Begins here; what takes longer goes on apart, when it is its turn."""
    light = Listing(wanted, limit, cursor, Allowance(LIGHT_S), EVERY_S)
    items: list[Item] = []
    for step in bounded(light.steps(store)):
        items += step.items
        if step.page is None or not _is_cut(step.page) or len(items) >= limit:
            yield step
            continue
        yield replace(step, page=None)
        room, rest = limit - len(items), step.page.next
        heavy = Listing(wanted, room, rest, allowance, EVERY_S)
        for later in turns().queue(partial(_run, store, heavy)):
            if isinstance(later, Waiting):
                yield later
            else:
                yield _joined(step.page, later)


def _is_cut(page: Page) -> bool:
    return bool(page.next and page.partial and page.partial.reason in CUT)


def _joined(before: Page, step: Progress) -> Progress:
    """The step of a search that went on below a page, as one of the whole."""
    examined = before.examined + step.examined
    page = step.page
    if page:
        items = [*before.items, *page.items]
        page = replace(page, items=items, examined=before.examined + page.examined)
    return replace(step, examined=examined, page=page)


def _extent(store: Store, wanted: LogFilter, cursor: str | None) -> Extent | None:
    try:
        return extent(store, wanted, cursor)
    except ExecutionTimeout:
        return None


# -- Counts ------------------------------------------------------------------------
def count_up(
    store: Store, wanted: LogFilter, buckets: int, allowance: Allowance = STREAMED
) -> Generator[Counted | Waiting, None, None]:
    """Facets that grow. QueryError before the first one."""
    light = CountingUp(wanted, buckets, Allowance(LIGHT_S), EVERY_S)
    begun = bounded(light.steps(store))
    heavy = CountingUp(wanted, buckets, allowance, EVERY_S)
    return _counted(store, _again(next(begun), begun), heavy)


def _counted(
    store: Store, light: Iterator[Counted], heavy: CountingUp
) -> Generator[Counted | Waiting, None, None]:
    """Begins here; what takes longer begins again apart, when it is its turn."""
    for step in light:
        yield replace(step, ended=step.ended and not step.cut)
        if step.cut:
            yield from count_turns().queue(partial(_run, store, heavy))


def counted_in_turn(store: Store, wanted: LogFilter, buckets: int) -> Facets:
    """In one piece, as far as one answer goes."""
    begun = time.monotonic()
    for step in count_up(store, wanted, buckets, Allowance()):
        if isinstance(step, Waiting):
            _have_patience(begun)
        elif step.ended:
            return step.facets
    raise crowded()


# -- Both --------------------------------------------------------------------------
def _run(store: Store, task: Task[Step]) -> Iterator[Step]:
    if settings.SEARCHES_APART:
        return apart(task, settings.MONGO_URL)
    return bounded(task.steps(store))


def _have_patience(begun: float) -> None:
    if time.monotonic() > begun + PATIENCE_S:
        raise crowded()


def _again(first: Step, steps: Iterator[Step]) -> Iterator[Step]:
    yield first
    yield from steps


def bounded(steps: Iterator[Step]) -> Iterator[Step]:
    """The same steps; none of them waits for MongoDB for long."""
    while True:
        with pymongo.timeout(ANSWER_S):
            step = next(steps, None)
        if step is None:
            return
        yield step
