"""Search: the newest entries that a filter means, page by page.

What a search may see is pinned when it begins and stays the same for all its pages:
none is shown twice and none is missed, whatever is stored meanwhile.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from pymongo.database import Database
from pymongo.errors import ExecutionTimeout

from ingest import metrics
from ingest.mongo import Document
from ingest.query.ahead import ahead
from ingest.query.beginning import begin
from ingest.query.budget import Allowance, Budget
from ingest.query.candidates import BlockReader, Candidates
from ingest.query.counting import count
from ingest.query.cursor import Cursor, decode, encode
from ingest.query.entries import Expired
from ingest.query.filter import LogFilter
from ingest.query.match import Matcher
from ingest.query.page import (
    Item,
    Matched,
    Newest,
    Page,
    Partial,
    Place,
)
from ingest.query.plan import Conditions, entries_that_may_match
from ingest.query.progress import Progress
from ingest.query.together import together
from ingest.query.visible import Block, Pinned, pinned_at
from ingest.query.walk import LATEST, Stretch, walk

Answer = Callable[[], Candidates]
_LAST_ID = b"\xff" * 16  # above every id: with it a Place includes its timestamp


def search(
    db: Database[Document],
    log_filter: LogFilter,
    limit: int = 50,
    cursor: str | None = None,
    allowance: Allowance | None = None,
) -> Page:
    """The newest matches, or those that follow the page whose `next` is given.

    With a cursor the time range is that of the first page. QueryError if the text or
    the cursor cannot be read.
    """
    with metrics.timed("search_seconds"):
        steps = searching(db, log_filter, limit, cursor, allowance)
        last = deque(steps, maxlen=1).pop()
    assert last.page
    return last.page


def searching(
    db: Database[Document],
    log_filter: LogFilter,
    limit: int = 50,
    cursor: str | None = None,
    allowance: Allowance | None = None,
) -> Iterator[Progress]:
    """The same, step by step: what each stretch brought, at last the page."""
    begun = _go_on(db, log_filter, cursor) if cursor else _begin(db, log_filter)
    found = _Search(db, begun, limit, Budget(allowance or Allowance()))
    for _ in found.run():
        yield found.progress()
    yield found.progress(found.page())


@dataclass(frozen=True)
class _Begun:
    filter: LogFilter
    matcher: Matcher  # of that filter
    pinned: Pinned
    complete_to: datetime | None
    chosen: list[Block] | None = None  # the only blocks that may match, if known
    place: Place | None = None  # where the page before ended
    matched: Matched | None = None  # what the first page said
    shown: int = 0  # entries on the pages before
    jumped: bool = False  # over newer matches, which nobody has counted


def _begin(db: Database[Document], log_filter: LogFilter) -> _Begun:
    matcher = Matcher(log_filter)
    found = begin(db, matcher)
    return _Begun(log_filter, matcher, found.pinned, found.complete_to, found.chosen)


def _go_on(db: Database[Document], log_filter: LogFilter, text: str) -> _Begun:
    cursor = decode(text, log_filter)
    log_filter = replace(log_filter, start=cursor.start, end=cursor.end)
    return _Begun(
        log_filter,
        Matcher(log_filter),
        pinned_at(db, cursor.offsets, log_filter.between),
        cursor.complete_to,
        place=cursor.place,
        matched=cursor.matched,
        shown=cursor.shown,
        jumped=cursor.jumped,
    )


class _Search:
    """One page in the making."""

    def __init__(
        self, db: Database[Document], begun: _Begun, limit: int, budget: Budget
    ) -> None:
        self.db = db
        self.begun = begun
        self.budget = budget
        self.matcher = begun.matcher
        self.reader = BlockReader(db, self.matcher)
        self.filter = self.matcher.filter
        self.newest = Newest(limit)
        self.conditions = _conditions(self.filter, begun.place)
        self.upper = begun.place.timestamp if begun.place else begun.filter.end
        self.reached = self.upper or LATEST  # everything newer than it was looked at
        self.told = 0  # of the newest entries: how many a progress has brought
        self.more = False
        self.stopped = False  # before the page was full and the end was reached
        self.partial: Partial | None = None

    def run(self) -> Iterator[None]:
        """Look at stretches until nothing older can get into the page."""
        try:
            with closing(ahead(self._asked())) as answers:
                for stretch, answer in answers:
                    self.reached = stretch.newest
                    if self._full_before(stretch) or self._out_of_budget(stretch):
                        self.more = True
                        return
                    yield
                    self._look_at(stretch, answer)
        except ExecutionTimeout:
            self._stop("time")

    def _asked(self) -> Iterator[tuple[Stretch, Answer]]:
        for stretch in self._stretches():
            yield stretch, self._ask(stretch)

    def _stretches(self) -> Iterator[Stretch]:
        begun, query = self.begun, self.matcher.query
        until = begun.place.timestamp if begun.place else None
        walked = walk(
            *(self.db["blocks"], self.filter, query, begun.pinned, until),
            chosen=begun.chosen,
        )
        return (
            together(walked) if self.filter.services or self.filter.levels else walked
        )

    def _full_before(self, stretch: Stretch) -> bool:
        # Strictly older: of equal times the higher id comes first, wherever it is.
        floor = self.newest.floor
        return floor is not None and stretch.newest < floor

    def _out_of_budget(self, stretch: Stretch) -> bool:
        # The cursor says "not newer than": each page has to get past one time at least.
        reason = self.budget.spent()
        if reason is None or stretch.newest >= (self.upper or LATEST):
            return False
        self._stop(reason)
        return True

    def _stop(self, reason: str) -> None:
        self.more = self.stopped = True
        self.partial = Partial(reason)

    def _look_at(self, stretch: Stretch, answer: Answer) -> None:
        try:
            for entry in self.reader.matches(answer()):
                self.newest.add(entry)
        except Expired:
            self.partial = Partial("expired")
        self.budget.examined += stretch.block.offsets if stretch.block else 0

    def _ask(self, stretch: Stretch) -> Answer:
        """What asks for the entries of a stretch that may match."""
        if stretch.block is None:
            return Candidates
        floor = self.newest.floor
        # What lies below the floor is not read, so nobody knows whether it matches.
        self.more = self.more or (floor is not None and floor > stretch.oldest)
        asked = [stretch.times(floor), *self.conditions]
        # One more than there is room for tells whether there are more.
        room = self.newest.limit + 1
        return partial(self.reader.ask, stretch.block, asked, newest=room)

    def progress(self, page: Page | None = None) -> Progress:
        """What is known by now; `page` is what the search has come to."""
        items = page.items[self.told :] if page else self._settled()
        self.told += len(items)
        matched = self.begun.shown + self.newest.added
        shown = Matched(self.begun.shown + self.told, exact=False)
        return Progress(
            examined=self.budget.examined,
            reached=None if self.reached == LATEST else self.reached,
            matched=matched,
            items=items,
            rest=self._cursor(Place(self.reached, _LAST_ID), shown, self.told),
            asked=self.begun.filter,
            page=page,
        )

    def _settled(self) -> list[Item]:
        """Entries that nothing newer can come between, without those told already."""
        if self.told == len(self.newest):
            return []
        return self.newest.taken(self.reached, without=self.told)

    def page(self) -> Page:
        items = self._items()
        more = self.more or self.newest.left_out
        matched = self._matched(len(items), more)
        return Page(
            items=items,
            next=self._next(items, matched) if more else None,
            examined=self.budget.examined,
            matched=matched,
            complete_to=self.begun.complete_to,
            pinned=self.begun.pinned.named(),
            partial=self.partial,
        )

    def _items(self) -> list[Item]:
        # Cut short, older entries that were found already may have newer ones between
        # them that were not: they wait for the next page.
        return self.newest.taken(self.reached if self.stopped else None)

    def _next(self, items: list[Item], matched: Matched) -> str:
        if self.stopped:
            place = Place(self.reached, _LAST_ID)
        else:
            place = Place(items[-1].timestamp, bytes.fromhex(items[-1].id))
        return encode(self._cursor(place, matched, len(items)), self.begun.filter)

    def _cursor(self, place: Place, matched: Matched, shown: int) -> Cursor:
        begun = self.begun
        return Cursor(
            start=begun.filter.start,
            end=begun.filter.end,
            place=place,
            complete_to=begun.complete_to,
            matched=matched,
            shown=begun.shown + shown,
            offsets=begun.pinned.offsets,
        )

    def _matched(self, shown: int, more: bool) -> Matched:
        begun = self.begun
        if begun.jumped and begun.matched:
            return replace(begun.matched, count=max(begun.matched.count, shown))
        if not more and self.partial is None:
            return Matched(begun.shown + shown, exact=True)
        if not self.matcher.query.is_empty:
            return Matched(begun.shown + shown, exact=False)
        return begun.matched or count(self.db, self.filter, begun.pinned, shown)


def _conditions(log_filter: LogFilter, place: Place | None) -> list[Conditions]:
    conditions = [entries_that_may_match(log_filter)]
    if place:
        conditions.append(place.after())
    return conditions
