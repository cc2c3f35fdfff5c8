"""Blocks in the order of their newest event time, one stretch of time after the other.

A block with entries of several times has several spans, and each is a stretch of its
own: one sender with a wrong clock does not drag its whole block to another place.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from typing import Final

from pymongo.collection import Collection

from ingest.fold.block import to_ms
from ingest.mongo import Document
from ingest.query.filter import LogFilter
from ingest.query.grammar import Query
from ingest.query.kept import CHOICE_FIELDS, asks_for_words, kept
from ingest.query.plan import (
    EARLIEST,
    Conditions,
    blocks_in_time,
    blocks_that_may_match,
)
from ingest.query.visible import (
    MAX_TIME_MS,
    UNKNOWN,
    Block,
    Pinned,
    visible_block,
    visible_blocks,
)

LATEST: Final = datetime.max.replace(tzinfo=UTC, microsecond=999_000)
# How many blocks one command looks at: never so many that a search cannot be stopped
# in between.
FIRST_WINDOW = 1_024
LAST_WINDOW = 8_192
WINDOW_GROWTH: Final = 4


@dataclass(frozen=True)
class Stretch:
    """Entries of a block between two times, both inclusive.

    Everything that follows it is not newer than `newest`. Without a block it only
    says that.
    """

    newest: datetime
    oldest: datetime = EARLIEST
    block: Block | None = None

    def times(self, not_before: datetime | None = None) -> Conditions:
        """What sets its entries apart from the others of the block; {}: nothing."""
        oldest = max(self.oldest, not_before or self.oldest)
        if self.block and self.block.spans == [(oldest, self.newest)]:
            return {}
        return {"timestamp": {"$gte": oldest, "$lte": self.newest}}


class _Waiting:
    """Stretches that were read but whose turn has not come."""

    def __init__(self, start: datetime, until: datetime) -> None:
        self.start = start
        self.until = until
        self._heap: list[tuple[int, int, Stretch]] = []
        self._order = count()

    def add(self, block: Block) -> None:
        for oldest, newest in block.spans or [(EARLIEST, LATEST)]:
            if newest >= self.start and oldest <= self.until:
                stretch = Stretch(min(newest, self.until), oldest, block)
                entry = (-to_ms(stretch.newest), next(self._order), stretch)
                heapq.heappush(self._heap, entry)

    def add_all(self, blocks: Iterable[Block]) -> None:
        for block in blocks:
            self.add(block)

    def not_before(self, time: datetime) -> Iterator[Stretch]:
        while self._heap and self._heap[0][2].newest >= time:
            yield heapq.heappop(self._heap)[2]


def walk(
    blocks: Collection[Document],
    log_filter: LogFilter,
    query: Query,
    pinned: Pinned,
    until: datetime | None,
    chosen: list[Block] | None = None,
) -> Iterator[Stretch]:
    """Every stretch that may hold a match, newest first; `until` is inclusive.

    `chosen`: the only blocks that may match, where that is known.
    """
    upper = min(until or LATEST, log_filter.end or LATEST)
    waiting = _Waiting(log_filter.start or EARLIEST, upper)
    if chosen is None:
        chosen = _chosen(blocks, log_filter, query, pinned, until)
    if chosen is not None:
        waiting.add_all(chosen)
        yield from waiting.not_before(EARLIEST)
        return
    in_time = blocks_in_time(log_filter, until)
    may_match = blocks_that_may_match(log_filter, query, until)
    waiting.add_all(_read_first(blocks, pinned, {"$and": [in_time, *may_match]}))
    settled = {"_id": {"$nin": list(pinned.edges)}}
    for window, floor in _windows(blocks, in_time):
        asked = {"$and": [window, settled, *may_match]}
        for block in _newest_first(blocks, asked, pinned):
            waiting.add(block)
            newest_unread = block.spans[-1][1] if block.spans else floor
            yield from waiting.not_before(min(newest_unread, upper))
        yield from waiting.not_before(min(floor, upper))
        if floor > EARLIEST:
            yield Stretch(min(floor, upper))


def _chosen(
    blocks: Collection[Document],
    log_filter: LogFilter,
    query: Query,
    pinned: Pinned,
    until: datetime | None,
) -> list[Block] | None:
    """The few blocks that may hold the words asked for; None if they are not known."""
    if not asks_for_words(query.tree):
        return None
    known = kept(blocks)
    known.learn(blocks, pinned.edges)
    choice = known.choice(pinned.edges, query.tree)
    if choice is None:
        return None
    others = blocks_that_may_match(log_filter, Query(), until)
    with blocks.find(
        choice.conditions(others), CHOICE_FIELDS, max_time_ms=MAX_TIME_MS
    ) as documents:
        found = choice.checked(documents)
    if found is None:
        known.forget()
        return None
    return [block for one in found if (block := visible_block(one, pinned))]


def _read_first(
    blocks: Collection[Document], pinned: Pinned, conditions: Conditions
) -> Iterable[Block]:
    """What a walk by time could miss: blocks that still grow, and unknown ones."""
    edges = {"$and": [{"_id": {"$in": list(pinned.edges)}}, conditions]}
    return visible_blocks(blocks, {"$or": [edges, UNKNOWN]}, pinned)


def _newest_first(
    blocks: Collection[Document], conditions: Conditions, pinned: Pinned
) -> Iterator[Block]:
    return visible_blocks(
        blocks, conditions, pinned, sort=[("newest", -1)], batch_size=16
    )


def _windows(
    blocks: Collection[Document], in_time: Conditions
) -> Iterator[tuple[Conditions, datetime]]:
    """Conditions for a few blocks at a time, and the time that these reach down to."""
    size = FIRST_WINDOW
    window: Conditions = in_time
    while True:
        floor = _newest_after(blocks, window, size)
        if floor is None:
            yield window, EARLIEST
            return
        yield {**window, "newest": {**window["newest"], "$gte": floor}}, floor
        window = {**window, "newest": {**in_time["newest"], "$lt": floor}}
        size = min(size * WINDOW_GROWTH, LAST_WINDOW)


def _newest_after(
    blocks: Collection[Document], window: Conditions, skip: int
) -> datetime | None:
    """`newest` of the block that many blocks further down; answered by an index."""
    found = blocks.find_one(
        window,
        {"_id": 0, "newest": 1},
        sort=[("newest", -1)],
        skip=skip,
        max_time_ms=MAX_TIME_MS,
    )
    return found["newest"] if found else None
