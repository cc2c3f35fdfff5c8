"""What one socket watches: how far it was read, and what waits to be sent. No I/O.

Entries that find no room are not kept but counted, with the range that they are in:
a slow reader costs no memory, and knows what it did not get.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from ingest.query.filter import LogFilter
from ingest.query.match import Matcher
from ingest.tail.cursor import Begun, Gap, encode
from ingest.tail.reading import Found

MAX_WAITING: Final = 2_000  # entries that wait for one socket
ROOM_AGAIN: Final = MAX_WAITING // 2  # after a skip, entries are kept from here on

Offsets = dict[int, int]


@dataclass
class Skipped:
    """Matches that were not kept, and where they are."""

    start: Offsets
    end: Offsets
    oldest: datetime  # event times of the first and the last of them
    newest: datetime
    count: int = 0

    def add(self, found: Found) -> None:
        self.count += 1
        self.oldest = min(self.oldest, found.entry.timestamp)
        self.newest = max(self.newest, found.entry.timestamp)


@dataclass(frozen=True)
class _Mark:
    """Everything before it was looked at up to here, whether it matched or not."""

    offsets: Offsets


Item = Found | Skipped | Gap | _Mark


@dataclass(eq=False)
class Watch:
    """Offsets: `next` was not considered yet, `sent` not handed out yet."""

    filter: LogFilter
    matcher: Matcher
    incarnation: int
    next: Offsets
    behind: set[int] = field(default_factory=set)  # partitions that are caught up with
    ended: bool = False  # the hub begins anew: watch again from `cursor`
    matched: int = 0

    def __post_init__(self) -> None:
        self.sent = dict(self.next)
        self._kept = 0  # entries in the queue
        self._told = 0  # matches that were handed out, or counted as skipped
        self._tail = dict(self.next)  # where the queue's end is
        self._queue: deque[Item] = deque()
        self._news = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()

    @classmethod
    def begun(
        cls, log_filter: LogFilter, matcher: Matcher, incarnation: int, begun: Begun
    ) -> Watch:
        watch = cls(log_filter, matcher, incarnation, dict(begun.offsets))
        watch._queue.extend(begun.gaps)
        if begun.gaps:
            watch._news.set()
        return watch

    @property
    def cursor(self) -> str:
        """Behind everything that was handed out."""
        return encode(self.incarnation, self.sent)

    @property
    def waiting(self) -> int:
        """Matches that nobody was told of yet."""
        return self.matched - self._told

    # -- Filling -----------------------------------------------------------------------

    def take(
        self,
        found: Iterable[Found],
        reached: Mapping[int, int],
        catching_up: bool = False,
    ) -> None:
        """Consider what a reader read: the hub's, or the one that catches up.

        Each partition is one reader's at a time, and what was considered before is
        left out. The one that catches up waits for room: it never skips.
        """
        mine = {
            partition: offset
            for partition, offset in reached.items()
            if (partition in self.behind) == catching_up
        }
        for one in found:
            if one.partition in mine and one.offset >= self.next[one.partition]:
                self._add(one, may_skip=not catching_up)
        for partition, offset in mine.items():
            self.next[partition] = max(self.next[partition], offset)
        self._mark()

    def _add(self, found: Found, may_skip: bool) -> None:
        self.matched += 1
        if may_skip and not self._has_room():
            self._skip(found)
        else:
            self._queue.append(found)
            self._kept += 1
        self._tail[found.partition] = found.offset + 1
        self._news.set()

    def _has_room(self) -> bool:
        # Once entries were skipped, not one by one as each is sent.
        if self._queue and isinstance(self._queue[-1], Skipped):
            return self._kept < ROOM_AGAIN
        return self._kept < MAX_WAITING

    def _skip(self, found: Found) -> None:
        last = self._queue[-1] if self._queue else None
        if not isinstance(last, Skipped):
            at, here = found.entry.timestamp, dict(self._tail)
            last = Skipped(here, here, at, at)
            self._queue.append(last)
        last.add(found)

    def _mark(self) -> None:
        self._tail = dict(self.next)
        if self._kept >= ROOM_AGAIN:
            self._room.clear()
        last = self._queue[-1] if self._queue else None
        if isinstance(last, Skipped):
            last.end = self._tail
            return
        if isinstance(last, _Mark):
            self._queue.pop()
        self._queue.append(_Mark(self._tail))

    def end(self) -> None:
        """Nothing more comes; what waits is read again from `cursor`."""
        self.ended = True
        self._news.set()
        self._room.set()

    # -- Emptying ----------------------------------------------------------------------

    async def news(self, timeout_s: float) -> None:
        """Until there is something to send, or the time is over."""
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                await self._news.wait()

    async def room(self) -> None:
        """Until the one that catches up may go on."""
        await self._room.wait()

    def pop(self, limit: int) -> list[Found] | Skipped | Gap | None:
        """What is to be sent next: entries, at most so many, or what is missing."""
        entries: list[Found] = []
        while self._queue and len(entries) < limit:
            item = self._queue[0]
            if entries and isinstance(item, Skipped | Gap):
                break
            self._queue.popleft()
            self._advance(item)
            if isinstance(item, Found):
                entries.append(item)
            elif not isinstance(item, _Mark):
                return item
        self._tell()
        return entries or None

    def _advance(self, item: Item) -> None:
        if isinstance(item, Found):
            self._kept -= 1
            self._told += 1
            self.sent[item.partition] = item.offset + 1
        elif isinstance(item, Skipped):
            self._told += item.count
            self.sent = dict(item.end)
        elif isinstance(item, _Mark):
            self.sent = dict(item.offsets)

    def _tell(self) -> None:
        if not self._queue and not self.ended:
            self._news.clear()
        if self._kept < ROOM_AGAIN:
            self._room.set()
