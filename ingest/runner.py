"""The store worker's loop: poll, decode, fold, hand over to the writer, commit.

Kafka only gives partitions out; where to go on is read from MongoDB. While MongoDB is
away the partitions are paused and polling goes on, so nothing is rebalanced.
"""

from __future__ import annotations

import logging
import threading
import time
from datetime import UTC, datetime
from typing import Final

from ingest import metrics
from ingest.errors import Busy, EntriesRefused, OffsetsReused
from ingest.failpoints import reach
from ingest.fold.state import PartitionFold
from ingest.kafka.consumer import LogConsumer, Polled
from ingest.opening import Opener
from ingest.steps.decode import decode_runs
from ingest.steps.flush import Job
from ingest.steps.heartbeat import Heartbeat
from ingest.steps.limits import Stop
from ingest.steps.stops import Stops
from ingest.steps.verdicts import Judged
from ingest.steps.writer import Writer

logger = logging.getLogger(__name__)

POLL_S: Final = 0.05
FLUSH_EVERY_S: Final = 0.2  # an unfinished block is written at most five times a second
FLUSH_BYTES: Final = 4 * 1024**2
MAX_PENDING_BYTES: Final = 16 * 1024**2
MAX_PENDING_OFFSETS: Final = 100_000
RETRY_LOAD_S: Final = 1.0
LEAVE_S: Final = 5.0
STOP_S: Final = 10.0


class StoreWorker:
    """Folds the partitions that the group gives it."""

    def __init__(
        self,
        consumer: LogConsumer,
        opener: Opener,
        writer: Writer,
        judged: Judged,
        stops: Stops,
        heartbeat: Heartbeat,
    ) -> None:
        self._consumer = consumer
        self._opener = opener
        self._writer = writer
        self._judged = judged
        self._stops = stops
        self._heartbeat = heartbeat
        self._folds: dict[int, PartitionFold] = {}
        self._taken: dict[int, int] = {}  # partition -> up to where blocks were taken
        self._missing: dict[int, float] = {}  # not loaded yet -> when to try
        self._reused = b""  # the last position that held another message
        self._paused = False
        self._flushed_at = 0.0

    def run(self, stopping: threading.Event) -> None:
        self._writer.start()
        self._consumer.subscribe(self._assigned, self._revoked)
        while not stopping.is_set():
            self._step(self._consumer.poll(POLL_S), time.monotonic())
        self._finish()

    # -- one round -----------------------------------------------------------------

    def _step(self, polled: Polled, now: float) -> None:
        self._writer.check()
        self._heartbeat.beat()
        self._fold(polled)
        for partition in polled.resets:
            self._drop(partition, now)
        self._reload_refused(now)
        self._load_missing(now)
        self._commit()
        if self._is_due(now):
            self._flush(now)
        self._pause_or_resume()

    def _fold(self, polled: Polled) -> None:
        for partition, messages in polled.messages.items():
            if fold := self._folds.get(partition):
                reach("after_fetch")
                decoded = decode_runs(messages, self._judged.of(fold.lane))
                reach("after_decode")
                fold.fold(self._stops.admit(partition, decoded))
        for partition, end in polled.ends.items():
            fold = self._folds.get(partition)
            if fold is not None and not self._stops.stands(partition):
                fold.pass_over(end)

    def _is_due(self, now: float) -> bool:
        if not self._writer.has_room:
            return False
        return self._pending() > FLUSH_BYTES or now - self._flushed_at >= FLUSH_EVERY_S

    def _flush(self, now: float, is_last: bool = False) -> None:
        jobs = []
        for partition, fold in self._folds.items():
            stop = self._stops.take(partition)
            if stop is not None or fold.next != self._taken[partition]:
                writes = fold.take_writes(may_wait=stop is None and not is_last)
                self._taken[partition] = writes.next_offset
                jobs.append(Job(fold.lane, writes, stop))
        if jobs:
            self._flushed_at = now
            self._writer.offer(jobs)

    def _pending(self) -> int:
        return sum(fold.pending_bytes for fold in self._folds.values())

    def _pause_or_resume(self) -> None:
        offsets = sum(fold.pending_offsets for fold in self._folds.values())
        too_much = self._pending() > MAX_PENDING_BYTES or offsets > MAX_PENDING_OFFSETS
        if too_much == self._paused:
            return
        (self._consumer.pause if too_much else self._consumer.resume)(list(self._folds))
        self._paused = too_much
        metrics.gauge("store_paused", too_much)

    def _commit(self, wait: bool = False) -> None:
        offsets: dict[int, int] = {}
        stops: dict[int, Stop] = {}
        while self._writer.written:
            job = self._writer.written.popleft()
            offsets[job.lane.partition] = job.writes.next_offset
            self._judged.written(job.lane, job.writes.next_offset)
            if job.stop is not None:
                stops[job.lane.partition] = job.stop
        mine = {p: offset for p, offset in offsets.items() if p in self._folds}
        if mine:
            reach("before_commit")
            self._consumer.commit(mine, wait)
            reach("after_commit")
        for partition, stop in stops.items():
            self._stops.written(partition, stop)
            self._drop(partition, time.monotonic())

    # -- partitions come and go ------------------------------------------------------

    def _assigned(self, partitions: list[int]) -> dict[int, int]:
        starts = {}
        for partition in partitions:
            try:
                starts[partition] = self._load(partition)
            except Busy as busy:
                # Read from the start and ignored until it is loaded.
                logger.warning("store.load.busy", extra={"why": str(busy)[:300]})
                self._missing[partition] = time.monotonic() + RETRY_LOAD_S
                starts[partition] = 0
        self._paused = False  # new partitions are not: look again
        metrics.gauge("store_assigned_partitions", len(self._folds))
        return starts

    def _revoked(self, partitions: list[int]) -> None:
        reach("in_revoke")
        self._writer.wait_idle(LEAVE_S)
        self._commit(wait=True)
        for partition in partitions:
            self._folds.pop(partition, None)
            self._missing.pop(partition, None)
            self._judged.forget(partition)
            self._stops.forget(partition)
        metrics.gauge("store_assigned_partitions", len(self._folds))

    def _load(self, partition: int) -> int:
        self._stops.check(partition)
        span = self._consumer.span(partition)
        now = datetime.now(UTC)
        fold = self._opener.open(partition, span, now, self._reused)
        self._judged.load(fold.lane, fold.next)
        self._stops.opened(partition, fold.next)
        self._folds[partition] = fold
        self._taken[partition] = fold.next
        logger.info(
            "store.partition.loaded",
            extra={"partition": partition, "next": fold.next, "log_start": span.first},
        )
        return fold.next

    def _drop(self, partition: int, now: float) -> None:
        if self._folds.pop(partition, None) is not None:
            self._missing[partition] = now

    def _reload_refused(self, now: float) -> None:
        while self._writer.refused:
            refusal = self._writer.refused.popleft()
            if isinstance(refusal.reason, EntriesRefused):
                self._judged.refused(refusal.reason)
            if isinstance(refusal.reason, OffsetsReused):
                self._reused = refusal.reason.position
            self._drop(refusal.job.lane.partition, now)

    def _load_missing(self, now: float) -> None:
        for partition, at in list(self._missing.items()):
            if now < at or not self._writer.wait_idle(0):
                continue
            try:
                start = self._load(partition)
            except Busy:
                self._missing[partition] = now + RETRY_LOAD_S
                self._consumer.pause([partition])  # nobody takes what it would bring
                continue
            del self._missing[partition]
            self._writer.reopen(partition)
            self._consumer.restart({partition: start})
            self._consumer.resume([partition])  # an assignment keeps what was paused

    def _finish(self) -> None:
        if self._writer.wait_idle(STOP_S):
            self._flush(time.monotonic(), is_last=True)
        clean = self._writer.stop(STOP_S)
        self._commit(wait=True)
        self._consumer.close()
        logger.info("store.stopped", extra={"clean": clean})
