"""One flush: what several partitions' folds gave, written in the order that is safe."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from ingest import metrics
from ingest.deadletter import DeadLetters, dead_letter
from ingest.entries import Entries, Sizes
from ingest.errors import TopicReplaced
from ingest.failpoints import reach
from ingest.fold.block import State
from ingest.fold.state import Lane, Writes
from ingest.mongo import Document
from ingest.steps.limits import Stop
from ingest.stops import stop_fields
from ingest.store import Store, head_fields


@dataclass(frozen=True)
class Job:
    """The writes of one partition."""

    lane: Lane
    writes: Writes
    stop: Stop | None = None  # the partition stands still behind these writes


class Flush:
    """Writes jobs: entries, dead letters, blocks, heads. Each step can be repeated."""

    def __init__(
        self,
        entries: Entries,
        store: Store,
        dead_letters: DeadLetters,
        topic_id: Callable[[], str],
    ) -> None:
        self._topic_id = topic_id
        self._entries = entries
        self._store = store
        self._dead_letters = dead_letters

    def __call__(self, jobs: list[Job]) -> None:
        """Raises Busy (try the same again) or LoadAgain."""
        started = time.monotonic()
        self._confirm_topic(jobs)
        entries, sizes = _by_day(jobs)
        reach("before_insert")
        self._entries.insert(entries, sizes)
        reach("after_insert")
        self._write_dead(jobs)
        reach("before_block")
        self._store.write_blocks([block for job in jobs for block in job.writes.blocks])
        reach("after_block")
        reach("before_head")
        self._store.write_heads([(job.lane, _head_of(job)) for job in jobs])
        reach("after_head")
        _tell(jobs, time.monotonic() - started)

    def _confirm_topic(self, jobs: list[Job]) -> None:
        # Read after the messages were: if the topic still is the one that the jobs
        # name, so were the messages. A consumer reads on in the next life unawares.
        topic_id = self._topic_id()
        if any(job.lane.topic_id != topic_id for job in jobs):
            raise TopicReplaced(f"the topic's id is {topic_id} now")

    def _write_dead(self, jobs: list[Job]) -> None:
        now = datetime.now(UTC)
        letters = [
            dead_letter(job.lane, message, bad, now)
            for job in jobs
            for message, bad in job.writes.dead
        ]
        if not letters:
            return
        reach("before_dead")
        self._entries.insert_dead(letters)
        self._dead_letters.send(letters)
        reach("after_dead")


def _head_of(job: Job) -> Document:
    fields = head_fields(job.writes)
    if job.stop is None:
        return fields
    return fields | stop_fields(job.stop.offset, job.stop.reason, datetime.now(UTC))


def _by_day(jobs: list[Job]) -> tuple[dict[str, list[Document]], Sizes]:
    entries: dict[str, list[Document]] = {}
    sizes: Sizes = {}
    for job in jobs:
        for day, documents in job.writes.entries.items():
            entries.setdefault(day, []).extend(documents)
            sizes.setdefault(day, []).extend(job.writes.sizes[day])
    return entries, sizes


def _tell(jobs: list[Job], seconds: float) -> None:
    metrics.observe("store_flush_seconds", seconds)
    metrics.count("store_bytes_total", sum(job.writes.bytes for job in jobs))
    states: Counter[State] = sum((job.writes.states for job in jobs), Counter())
    for state, number in states.items():
        metrics.count("store_messages_total", number, state=state.value)
    done = sum(block["done"] for job in jobs for block in job.writes.blocks)
    metrics.count("store_blocks_finished_total", done)
    oldest = min((j.writes.oldest for j in jobs if j.writes.oldest >= 0), default=None)
    if oldest is not None:
        metrics.observe("store_freshness_seconds", max(0, time.time() - oldest / 1000))
