"""What goes over the socket: typed JSON frames, at a pace that a browser can take."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Iterator
from typing import Final

import msgspec

from ingest import metrics
from ingest.errors import Busy, QueryError, Refused
from ingest.query.filter import LogFilter
from ingest.query.moments import rfc3339
from ingest.tail.cursor import decode, encode
from ingest.tail.hub import Hub
from ingest.tail.pace import RATE_CAP
from ingest.tail.waiting import News, Skipped
from ingest.tail.watch import MAX_WAITING, Watch

FRAMES_PER_S: Final = 20  # for one socket
ENTRIES_PER_FRAME: Final = 200
STATUS_S: Final = 1.0  # between two status frames, which also keep a socket alive
RETRY_S: Final = 2.0  # while Kafka is away


class Frame(msgspec.Struct, tag_field="type", tag=str.lower):
    """One JSON object; `type` is the name of its class."""


class Hello(Frame):
    """The tail begins at this cursor, with this filter."""

    cursor: str
    filter: int  # its number, which frames of entries carry
    words: list[list[str]]  # phrases that are looked for, folded: to mark them
    limits: dict[str, int]


class Entries(Frame):
    """Matches; whoever goes on at the cursor gets those that follow."""

    cursor: str
    filter: int
    entries: list[msgspec.Raw]  # each as search answers it


class Status(Frame):
    """Once a second: rates, and what waits."""

    cursor: str
    matched_per_s: float
    shown_per_s: float
    behind: int  # offsets between what was sent and the newest of the topic
    waiting: int  # matches that it was not told of yet
    paused: bool
    kafka: bool  # whether the brokers answer


class SkippedFrame(Frame, tag="skipped", rename={"start": "from", "end": "to"}):
    """Matches that were not sent, as too many came: all in this range of cursors.

    The entries of the range that are sent follow.
    """

    count: int
    shown: int  # matches of the same range that are sent: a uniform sample
    start: str
    end: str
    oldest: str  # event times of the first and the last of them
    newest: str
    cursor: str


class GapFrame(Frame, tag="gap", rename={"start": "from", "end": "to"}):
    """Offsets of a partition that can no longer be shown."""

    partition: int
    start: int
    end: int
    reason: str
    cursor: str


class Error(Frame):
    code: str
    message: str
    hint: str
    retry_after_s: float | None = None
    position: int | None = None  # of the character in a text that cannot be taken


def error_of(refused: Refused) -> Error:
    position = refused.position if isinstance(refused, QueryError) else None
    said = (refused.code, refused.message, refused.hint, refused.retry_after_s)
    return Error(*said, position)


def away(busy: Busy) -> Error:
    return Error(
        "brokers_unavailable",
        "Kafka does not answer; the tail goes on by itself when it does.",
        str(busy),
        RETRY_S,
    )


class Tail:
    """What one socket is sent, from `hello` on."""

    def __init__(self, hub: Hub, log_filter: LogFilter, cursor: str = "") -> None:
        self.paused = False
        self.cursor = cursor
        self._hub = hub
        self._filter = log_filter
        self._number = 0
        self._watch: Watch | None = None
        self._meter = _Meter()
        self._errors: list[Error] = []

    async def frames(self) -> AsyncGenerator[bytes, None]:
        """Encoded frames for ever; QueryError for a text or a cursor of no sense."""
        try:
            while True:
                try:
                    watch = await self._begin()
                except Busy as busy:
                    yield _encode(away(busy))
                    await asyncio.sleep(RETRY_S)
                    continue
                yield _encode(self._hello(watch))
                async for frame in self._while_it_lasts(watch):
                    yield _encode(frame)
        finally:
            self.leave()

    def tell(self, refused: Refused) -> None:
        """Say what was wrong with a message, and go on."""
        self._errors.append(error_of(refused))

    def resume(self, newest: int | None = None) -> None:
        """Go on after a pause; of what waits only the newest, if so many are wanted."""
        self.paused = False
        if self._watch is not None and newest is not None:
            self._watch.jump(newest)

    def refilter(self, log_filter: LogFilter) -> None:
        """Another filter from here on; the next `hello` says its number."""
        self._filter = log_filter
        self._number += 1
        if self._watch is not None:
            self._watch.end()

    def leave(self) -> None:
        if self._watch is not None:
            self._hub.leave(self._watch)

    async def _begin(self) -> Watch:
        self.leave()
        cursor = decode(self.cursor) if self.cursor else None
        self._watch = watch = await self._hub.watch(self._filter, cursor)
        self.cursor = watch.cursor
        return watch

    async def _while_it_lasts(self, watch: Watch) -> AsyncGenerator[Frame, None]:
        while not watch.ended:
            if not self.paused:
                await watch.news(STATUS_S)
            for frame in self._next(watch):
                yield frame
            # A turn for others, and never more frames than a browser can draw.
            await asyncio.sleep(1 / FRAMES_PER_S)

    def _next(self, watch: Watch) -> list[Frame]:
        frames: list[Frame] = [*self._errors]
        self._errors.clear()
        if not (self.paused or watch.ended):
            frames += self._frames_of(watch, watch.pop(ENTRIES_PER_FRAME))
        self.cursor = watch.cursor
        now = time.monotonic()
        if now >= self._meter.since + STATUS_S:
            frames.append(self._status(watch, now))
        return frames

    def _frames_of(self, watch: Watch, news: News) -> Iterator[Frame]:
        if gap := news.gap:
            where = (gap.partition, gap.start, gap.end)
            yield GapFrame(*where, gap.reason, watch.cursor)
        if skipped := news.skipped:
            metrics.count("tail_entries_skipped_total", skipped.count)
            cursor = news.cursor if news.entries else watch.cursor
            yield _skipped_frame(watch, skipped, cursor)
        if found := news.entries:
            self._meter.shown += len(found)
            metrics.count("tail_entries_sent_total", len(found))
            oldest = min(one.received for one in found)
            metrics.observe("tail_delay_seconds", time.time() - oldest / 1000)
            yield Entries(watch.cursor, self._number, [one.json for one in found])

    def _hello(self, watch: Watch) -> Hello:
        limits = {
            "frames_per_s": FRAMES_PER_S,
            "entries_per_frame": ENTRIES_PER_FRAME,
            "waiting": MAX_WAITING,
            "entries_per_s": RATE_CAP,
        }
        words = [list(phrase) for phrase in watch.matcher.phrases]
        return Hello(watch.cursor, self._number, words, limits)

    def _status(self, watch: Watch, now: float) -> Status:
        matched, shown = self._meter.rates(watch.arrived, now)
        return Status(
            cursor=watch.cursor,
            matched_per_s=matched,
            shown_per_s=shown,
            behind=self._hub.behind(watch),
            waiting=watch.waiting,
            paused=self.paused,
            kafka=self._hub.kafka_answers,
        )


class _Meter:
    """Rates since the last status."""

    def __init__(self) -> None:
        self.since = time.monotonic()
        self.shown = 0
        self._matched = 0

    def rates(self, matched: int, now: float) -> tuple[float, float]:
        seconds = now - self.since
        # Another watch counts from nothing again.
        new = matched - self._matched if matched >= self._matched else matched
        rates = round(new / seconds, 1), round(self.shown / seconds, 1)
        self.since, self.shown, self._matched = now, 0, matched
        return rates


def _skipped_frame(watch: Watch, skipped: Skipped, cursor: str) -> SkippedFrame:
    return SkippedFrame(
        count=skipped.count,
        shown=skipped.shown,
        start=encode(watch.lives, skipped.start),
        end=encode(watch.lives, skipped.end),
        oldest=rfc3339(skipped.oldest),
        newest=rfc3339(skipped.newest),
        cursor=cursor,
    )


_encode: Final = msgspec.json.Encoder().encode
