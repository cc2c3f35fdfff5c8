"""While MongoDB is busy the worker polls on, and takes no more than it can hold."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from ingest.errors import Busy
from ingest.fold.state import Lane, PartitionFold
from ingest.kafka.consumer import Polled
from ingest.kafka.span import Span
from ingest.runner import MAX_PENDING_BYTES, MAX_PENDING_OFFSETS, StoreWorker
from ingest.steps.decode import APPEND_TIME
from ingest.steps.flush import Job
from ingest.steps.heartbeat import Heartbeat
from ingest.steps.limits import Limits
from ingest.steps.stops import Stops
from ingest.steps.verdicts import Judged
from ingest.steps.writer import Writer

POLL_MESSAGES = 1_000
ROUNDS = 150
NO_LIMITS = Limits(0, 0, 0)
LINE = (
    b'{"timestamp":"2026-03-01T12:00:00Z","level":"INFO","service":"s","message":"%s"}'
)


class Sent:
    """One message of the log."""

    def __init__(self, offset: int, value: bytes) -> None:
        self._offset = offset
        self._value = value

    def value(self) -> bytes:
        return self._value

    def key(self) -> bytes | None:
        return None

    def offset(self) -> int:
        return self._offset

    def timestamp(self) -> tuple[int, int]:
        return APPEND_TIME, 1_770_000_000_000

    def headers(self) -> list[tuple[str, Any]] | None:
        return None

    def leader_epoch(self) -> int | None:
        return 0


class Log:
    """A partition without end that brings as much as is asked for."""

    def __init__(self, value: bytes) -> None:
        self._value = value
        self.next = 0
        self.polls = 0
        self.paused = False
        self.left_group = False

    def subscribe(self, on_assign: Callable[..., Any], _: Callable[..., Any]) -> None:
        on_assign([0])

    def poll(self, _: float) -> Polled:
        self.polls += 1
        if self.paused:
            return Polled()
        first, self.next = self.next, self.next + POLL_MESSAGES
        return Polled({0: [Sent(n, self._value) for n in range(first, self.next)]})

    def span(self, _: int) -> Span:
        return Span(0, 2**40)

    def pause(self, _: list[int]) -> None:
        self.paused = True

    def resume(self, _: list[int]) -> None:
        self.paused = False

    def commit(self, *_: object) -> None: ...

    def close(self) -> None:
        self.left_group = True


class Store:
    """Busy until it is told otherwise."""

    def __init__(self) -> None:
        self.is_back = threading.Event()
        self.written: list[Job] = []

    def __call__(self, jobs: list[Job]) -> None:
        if not self.is_back.is_set():
            raise Busy("away")
        self.written += jobs


@contextmanager
def running(
    log: Log, store: Store, folder: Path, limits: Limits = NO_LIMITS
) -> Iterator[StoreWorker]:
    lane = Lane("logs", 0, 7, "topic-id")
    any_log: Any = log
    opener: Any = type("Opener", (), {"open": lambda *_: PartitionFold(lane, 0)})()
    worker = StoreWorker(
        any_log,
        opener,
        Writer(store),
        Judged(lambda *_: {}),
        Stops(limits, lambda _: {}),
        Heartbeat(folder, "store-1"),
    )
    stopping = threading.Event()
    thread = threading.Thread(target=worker.run, args=(stopping,))
    thread.start()
    try:
        yield worker
    finally:
        store.is_back.set()
        stopping.set()
        thread.join(30)
    assert not thread.is_alive()


def wait_until(condition: Callable[[], bool]) -> None:
    for _ in range(30_000):
        if condition():
            return
        threading.Event().wait(0.001)
    raise AssertionError("it did not come true")


@pytest.mark.parametrize("text", [b"x" * 900, b""])
def test_it_polls_on_but_takes_no_more_than_it_can_hold(
    tmp_path: Path, text: bytes
) -> None:
    log, store = Log(LINE % text if text else b""), Store()

    with running(log, store, tmp_path):
        wait_until(lambda: log.paused)
        held, polls = log.next, log.polls
        wait_until(lambda: log.polls > polls + ROUNDS)

        assert log.next == held
        assert not log.left_group
        store.is_back.set()

    # Beside what waits, the writer has one list of jobs and another in its queue.
    assert held * len(text) <= 2 * MAX_PENDING_BYTES
    assert held <= 2 * MAX_PENDING_OFFSETS


def test_it_goes_on_where_it_was_when_mongodb_is_back(tmp_path: Path) -> None:
    log, store = Log(LINE % (b"x" * 900)), Store()

    with running(log, store, tmp_path):
        wait_until(lambda: log.paused)
        held = log.next
        store.is_back.set()
        wait_until(lambda: log.next > held + 3 * POLL_MESSAGES)

    offsets = [
        int.from_bytes(entry["_id"][8:])
        for job in store.written
        for entries in job.writes.entries.values()
        for entry in entries
    ]
    assert offsets == list(range(log.next))
    assert not any(job.writes.dead for job in store.written)
