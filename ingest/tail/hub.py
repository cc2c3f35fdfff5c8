"""One consumer for everybody who watches: it lives only while somebody does.

The hub reads the topic from where it ended when the first socket came. Each socket has
its own offsets: it takes from the hub what lies at or above them, and if they lie
below the hub's it is first brought up by a second reader, until both meet.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Final, TypeVar

from ingest import metrics
from ingest.errors import Busy
from ingest.kafka.admin import TIMEOUT_S, cluster, topic_id
from ingest.kafka.reader import LogReader
from ingest.query.filter import LogFilter
from ingest.query.match import Matcher
from ingest.tail.cursor import Begun, Cursor, begin
from ingest.tail.lives import Lives, Starts
from ingest.tail.reading import Batch, Repeats, read
from ingest.tail.watch import Watch

log = logging.getLogger(__name__)

MAX_CATCHING_UP: Final = 2  # second readers at a time; the next socket waits
LOOK_AROUND_S: Final = 5.0  # between two questions about topic and generations
HEADS_WAIT_S: Final = 1.0  # for MongoDB: the tail goes on without it
T = TypeVar("T")


class Hub:
    """All tails of one process.

    `starts_of` tells where the generations of a topic with this id begin.
    """

    def __init__(
        self, brokers: str, topic: str, starts_of: Callable[[str], Starts]
    ) -> None:
        self._brokers = brokers
        self._topic = topic
        self._starts_of = starts_of
        self._joining = asyncio.Lock()
        self._turns = asyncio.Semaphore(MAX_CATCHING_UP)
        self._threads = ThreadPoolExecutor(1 + MAX_CATCHING_UP, "tail")
        self._looking = ThreadPoolExecutor(1, "tail-heads")  # MongoDB may be slow
        self._repeats = Repeats()
        self._watches: set[Watch] = set()
        self._matchers: dict[LogFilter, Matcher] = {}
        self._running: asyncio.Task[None] | None = None
        self._catching_up: set[asyncio.Task[None]] = set()
        self._reader: LogReader | None = None
        self._lives = Lives("", {})
        self._has_changed = False  # the topic is not what it was
        self.next: dict[int, int] = {}
        self.kafka_answers = True

    @property
    def is_reading(self) -> bool:
        """Whether there is a consumer."""
        return self._running is not None

    # -- Coming and going --------------------------------------------------------------

    async def watch(self, log_filter: LogFilter, cursor: Cursor | None = None) -> Watch:
        """Begin a tail at the cursor, or with what comes from now on.

        Raises QueryError for a text that cannot be read, Busy while Kafka is away.
        """
        matcher = self._matchers.get(log_filter) or Matcher(log_filter)
        async with self._joining:
            reader = await self._open()
            begun = Begun(self.next)
            if cursor is not None:
                spans = await self._in_thread(reader.spans)
                begun = begin(cursor, self._lives, spans)
            return self._join(Watch.begun(log_filter, matcher, self._lives, begun))

    def leave(self, watch: Watch) -> None:
        """The end of a tail; with the last one the consumer goes, too."""
        watch.end()
        self._watches.discard(watch)
        if all(other.filter != watch.filter for other in self._watches):
            self._matchers.pop(watch.filter, None)
        metrics.gauge("tail_watches", len(self._watches))

    def behind(self, watch: Watch) -> int:
        """How many offsets lie between what a socket was sent and the newest read."""
        ahead = (self.next.get(p, at) - at for p, at in watch.sent.items())
        return sum(max(0, offsets) for offsets in ahead)

    def _join(self, watch: Watch) -> Watch:
        self._watches.add(watch)
        watch.matcher = self._matchers.setdefault(watch.filter, watch.matcher)
        watch.behind = {p for p, at in watch.next.items() if at < self.next.get(p, at)}
        if watch.behind:
            task = asyncio.create_task(self._bring_up(watch), name="tail-catch-up")
            self._catching_up.add(task)
            task.add_done_callback(self._catching_up.discard)
        metrics.gauge("tail_watches", len(self._watches))
        return watch

    # -- The hub's own reader ----------------------------------------------------------

    async def _open(self) -> LogReader:
        if self._reader is None:
            self._lives = await self._present_lives()
            self._reader = await self._in_thread(self._begin_reading)
            self._running = asyncio.create_task(self._run(self._reader), name="tail")
        return self._reader

    def _begin_reading(self) -> LogReader:
        reader = LogReader(self._brokers, self._topic)
        try:
            self.next = {p: span.end for p, span in reader.spans().items()}
            reader.start(self.next)
        except Busy:
            reader.close()
            raise
        return reader

    async def _run(self, reader: LogReader) -> None:
        self._has_changed = False
        looking = asyncio.create_task(self._look_around(), name="tail-look-around")
        try:
            # Somebody who is joining has taken the reader already.
            while self._watches or self._joining.locked():
                if not await self._round(reader):
                    break
        except Exception:
            log.exception("tail.hub.failed")
        finally:
            looking.cancel()
            async with self._joining:
                self._reader = self._running = None
                for watch in list(self._watches):
                    self.leave(watch)
                await self._in_thread(reader.close)

    async def _round(self, reader: LogReader) -> bool:
        """Hand out what came; False if the topic is not what it was."""
        matchers = list(self._matchers.values())
        batch = await self._in_thread(
            lambda: read(reader, self._lives, matchers, self._repeats)
        )
        self.next |= batch.reached
        now = time.monotonic()
        for watch in self._watches:
            watch.take(batch.of(watch.matcher), batch.reached, now)
        return not batch.lost and not self._has_changed

    # -- What changes while it reads ---------------------------------------------------

    async def _look_around(self) -> None:
        """New partitions, generations and topics of this name are found by asking."""
        try:
            while not self._has_changed:
                await asyncio.sleep(LOOK_AROUND_S)
                self._has_changed = await self._is_another()
        except Exception:
            log.exception("tail.look_around.failed")
            self._has_changed = True

    async def _is_another(self) -> bool:
        try:
            lives = await self._present_lives()
            partitions = await self._in_thread(self._partitions)
        except Busy as busy:
            log.warning("tail.kafka.away", extra={"why": str(busy)})
            self.kafka_answers = False
            return False
        self.kafka_answers = True
        return (lives, partitions) != (self._lives, sorted(self.next))

    def _partitions(self) -> list[int]:
        found = cluster(self._brokers, self._topic, TIMEOUT_S).leaders
        return sorted(found) or sorted(self.next)  # none: no broker knows it just now

    async def _present_lives(self) -> Lives:
        identity = await self._in_thread(lambda: topic_id(self._brokers, self._topic))
        return Lives(identity, await self._starts(identity))

    async def _starts(self, identity: str) -> Starts:
        loop, ask = asyncio.get_running_loop(), partial(self._starts_of, identity)
        try:
            async with asyncio.timeout(HEADS_WAIT_S):
                return await loop.run_in_executor(self._looking, ask)
        except (Busy, TimeoutError):
            log.warning("tail.heads.away")
            known = self._lives
            return known.starts if known.topic_id == identity else {}

    # -- Those who are behind ----------------------------------------------------------

    async def _bring_up(self, watch: Watch) -> None:
        """Read for one socket until it is where the hub is, at the socket's pace."""
        async with self._turns:
            if watch.ended:
                return
            reader = await self._in_thread(
                lambda: LogReader(self._brokers, self._topic)
            )
            try:
                reader.start({p: watch.next[p] for p in watch.behind})
                while self._still_behind(watch, reader):
                    await watch.room()
                    await self._bring_on(watch, reader)
            except Exception:
                log.exception("tail.catch_up.failed")
                watch.end()
            finally:
                await self._in_thread(reader.close)

    async def _bring_on(self, watch: Watch, reader: LogReader) -> None:
        batch: Batch = await self._in_thread(
            lambda: read(reader, watch.lives, [watch.matcher], self._repeats)
        )
        matches = batch.of(watch.matcher)
        watch.take(matches, batch.reached, time.monotonic(), catching_up=True)
        if batch.lost:
            watch.end()

    def _still_behind(self, watch: Watch, reader: LogReader) -> bool:
        met = {p for p in watch.behind if watch.next[p] >= self.next.get(p, 0)}
        watch.behind -= met
        if met:
            reader.pause(sorted(met))
        return bool(watch.behind) and not watch.ended

    async def _in_thread(self, work: Callable[[], T]) -> T:
        # Shielded: a thread goes on anyway, and its result must not get lost.
        loop = asyncio.get_running_loop()
        return await asyncio.shield(loop.run_in_executor(self._threads, work))
