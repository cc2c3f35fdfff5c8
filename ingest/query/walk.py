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

    def not_before(self, time: datetime) -> Iterator[Stretch]:
        while self._heap and self._heap[0][2].newest >= time:
            yield heapq.heappop(self._heap)[2]


def walk(
    blocks: Collection[Document],
    log_filter: LogFilter,
    query: Query,
    pinned: Pinned,
    until: datetime | None,
) -> Iterator[Stretch]:
    """Every stretch that may hold a match, newest first; `until` is inclusive."""
    upper = min(until or LATEST, log_filter.end or LATEST)
    waiting = _Waiting(log_filter.start or EARLIEST, upper)
    in_time = blocks_in_time(log_filter, until)
    may_match = blocks_that_may_match(log_filter, query, until)
    for block in _read_first(blocks, pinned, {"$and": [in_time, *may_match]}):
        waiting.add(block)
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
