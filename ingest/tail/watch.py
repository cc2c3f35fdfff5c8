"""What one socket watches: how far it was read, and what waits to be sent. No I/O.

Entries that find no room are not kept but counted, with the range that they are in:
a slow reader costs no memory, and knows what it did not get.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

from ingest.query.filter import LogFilter
from ingest.query.match import Matcher
from ingest.tail.cursor import Begun, Gap, encode
from ingest.tail.found import Found
from ingest.tail.lives import Lives
from ingest.tail.pace import Pace, sample
from ingest.tail.waiting import (
    Item,
    Kept,
    Mark,
    News,
    Offsets,
    Skipped,
    as_one,
    parted,
    together,
)

MAX_WAITING: Final = 4_000  # entries that wait for one socket
MAX_WAITING_BYTES: Final = 8 * 1024**2
MAX_FRAME_BYTES: Final = 1024**2  # unless one entry is larger
ROOM_AGAIN: Final = MAX_WAITING // 2  # after a skip, entries are kept from here on


@dataclass(eq=False)
class Watch:
    """Offsets: `next` was not considered yet, `sent` not handed out yet."""

    filter: LogFilter
    matcher: Matcher
    lives: Lives
    next: Offsets
    behind: set[int] = field(default_factory=set)  # partitions that are caught up with
    ended: bool = False  # the hub begins anew: watch again from `cursor`
    matched: int = 0
    arrived: int = 0  # matches at the end of the topic, also while this catches up

    def __post_init__(self) -> None:
        self.sent = dict(self.next)
        self._kept = 0  # entries in the queue
        self._kept_bytes = 0
        self._pace = Pace()
        self._cursor = ""  # empty: to be made
        self._told = 0  # matches that were handed out, or counted as skipped
        self._queue: deque[Item] = deque()
        self._news = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()

    @classmethod
    def begun(
        cls, log_filter: LogFilter, matcher: Matcher, lives: Lives, begun: Begun
    ) -> Watch:
        watch = cls(log_filter, matcher, lives, dict(begun.offsets))
        watch._queue.extend(begun.gaps)
        if begun.gaps:
            watch._news.set()
        return watch

    @property
    def cursor(self) -> str:
        """Behind everything that was handed out."""
        self._cursor = self._cursor or encode(self.lives, self.sent)
        return self._cursor

    @property
    def waiting(self) -> int:
        """Matches that nobody was told of yet."""
        return self.matched - self._told

    # -- Filling -----------------------------------------------------------------------

    def take(
        self,
        found: Sequence[Found],
        reached: Mapping[int, int],
        now: float,
        catching_up: bool = False,
    ) -> None:
        """Consider what a reader read: the hub's, or the one that catches up.

        Each partition is one reader's at a time, and what was considered before is
        left out. The one that catches up waits for room: it never skips.
        """
        if not catching_up:
            self.arrived += len(found)
        mine = {
            partition: offset
            for partition, offset in reached.items()
            if (partition in self.behind) == catching_up
        }
        matches = [
            one
            for one in found
            if one.partition in mine and one.offset >= self.next[one.partition]
        ]
        start = dict(self.next)
        for partition, offset in mine.items():
            self.next[partition] = max(self.next[partition], offset)
        if matches:
            self._add(matches, start, None if catching_up else now)
        self._mark()

    def _add(self, matches: list[Found], start: Offsets, now: float | None) -> None:
        self.matched += len(matches)
        kept = matches if now is None else self._chosen(matches, now)
        if len(kept) < len(matches):
            self._skip(matches, start, len(kept))
        if kept:
            self._queue.append(item := together(kept))
            self._kept += len(kept)
            self._kept_bytes += item.size
        self._news.set()

    def _chosen(self, matches: list[Found], now: float) -> Sequence[Found]:
        """All of them; above the cap, or without room for all, a sample."""
        mean = max(1, sum(one.size for one in matches) // len(matches))
        room = self._room_left(mean)
        return sample(matches, self._pace.take(min(len(matches), room), now))

    def _room_left(self, mean: int) -> int:
        # Once entries were left out, not one by one as each is sent.
        last = self._queue[-1] if self._queue else None
        most = ROOM_AGAIN if isinstance(last, Skipped) else MAX_WAITING
        if self._kept >= most:
            return 0
        left = MAX_WAITING_BYTES - self._kept_bytes
        return max(0, min(MAX_WAITING - self._kept, left // mean))

    def _skip(self, matches: list[Found], start: Offsets, shown: int) -> None:
        times = [one.entry.timestamp for one in matches]
        count, end = len(matches) - shown, dict(self.next)
        skipped = Skipped(start, end, min(times), max(times), count, shown)
        last = self._queue[-1] if self._queue else None
        if isinstance(last, Skipped) and not shown:
            last.join(skipped)
        else:
            self._queue.append(skipped)

    def _mark(self) -> None:
        if not self._has_much_room():
            self._room.clear()
        last = self._queue[-1] if self._queue else None
        if isinstance(last, Skipped):
            last.end = dict(self.next)
            return
        if isinstance(last, Mark):
            self._queue.pop()
        self._queue.append(Mark(dict(self.next)))

    def _has_much_room(self) -> bool:
        return self._kept < ROOM_AGAIN and self._kept_bytes < MAX_WAITING_BYTES // 2

    def end(self) -> None:
        """Nothing more comes; what waits is read again from `cursor`."""
        self.ended = True
        self._news.set()
        self._room.set()

    # -- Emptying ----------------------------------------------------------------------

    async def news(self, timeout_s: float) -> None:
        """Until there is something to send, or the time is over."""
        if self._news.is_set():
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                await self._news.wait()

    async def room(self) -> None:
        """Until the one that catches up may go on."""
        await self._room.wait()

    def pop(self, limit: int) -> News:
        """What is to be sent next: entries, at most so many, and what is missing.

        What was left out is told before the entries of the same stretch: whoever is
        cut off between goes on where the stretch begins, and misses nothing.
        """
        news = News(self.cursor)
        while self._queue and len(news.entries) < limit and not news.gap:
            item = self._queue[0]
            if isinstance(item, Gap) and news:
                break
            if news.size >= MAX_FRAME_BYTES:
                break
            self._hand_out(self._queue.popleft(), news, limit)
        if not self._queue and not self.ended:
            self._news.clear()
        if self._has_much_room():
            self._room.set()
        return news

    def jump(self, keep: int) -> None:
        """Count what waits as skipped, but the newest: at most so many entries."""
        older, newer = parted(list(self._queue), keep)
        skipped = as_one(older, dict(self.sent))
        if skipped is None:
            return
        self._queue = deque([skipped, *newer])
        kept = [item for item in newer if isinstance(item, Kept)]
        self._kept = sum(len(item.entries) for item in kept)
        self._kept_bytes = sum(item.size for item in kept)
        if self._has_much_room():
            self._room.set()

    def _hand_out(self, item: Item, news: News, limit: int) -> None:
        self._cursor = ""
        match item:
            case Kept():
                self._hand_out_entries(item, news, limit - len(news.entries))
            case Skipped():
                self._told += item.count
                self.sent = dict(item.start if item.shown else item.end)
                if news.skipped:
                    news.skipped.join(item)
                else:
                    news.skipped = item
            case Gap():
                news.gap = item
            case Mark():
                self.sent = dict(item.offsets)

    def _hand_out_entries(self, kept: Kept, news: News, count: int) -> None:
        size = MAX_FRAME_BYTES - news.size
        if len(kept.entries) > count or kept.size > size:
            kept, rest = kept.split(count, size)
            if rest.entries:
                self._queue.appendleft(rest)
        self._kept -= len(kept.entries)
        self._kept_bytes -= kept.size
        self._told += len(kept.entries)
        self.sent |= {one.partition: one.offset + 1 for one in kept.entries}
        news.entries += kept.entries
        news.size += kept.size
