"""The thread that writes: what it tries again, and what it gives back."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from ingest.errors import BadEntry, Busy, EntriesRefused, Overtaken
from ingest.fold.block import position
from ingest.fold.state import Lane, Writes
from ingest.steps import writer as writer_module
from ingest.steps.flush import Job
from ingest.steps.writer import Writer

Flushed = Callable[[list[Job]], None]


def job(partition: int, next_offset: int = 10) -> Job:
    lane = Lane("logs", partition, 7)
    return Job(lane, Writes(next_offset=next_offset))


def poison(partition: int, offset: int = 3) -> EntriesRefused:
    bad = BadEntry("refused_by_store", "nested too deeply")
    return EntriesRefused({position(7, partition, offset): bad})


class Store:
    """Takes jobs, but first answers with these errors, one for each call."""

    def __init__(self, *errors: Exception) -> None:
        self._errors = list(errors)
        self.calls: list[list[int]] = []

    def __call__(self, jobs: list[Job]) -> None:
        self.calls.append([each.lane.partition for each in jobs])
        if self._errors:
            raise self._errors.pop(0)


@contextmanager
def running(flush: Flushed) -> Iterator[Writer]:
    writer = Writer(flush)
    writer.start()
    yield writer
    assert writer.stop(10)


def offer(writer: Writer, *jobs: Job) -> None:
    writer.offer(list(jobs))
    assert writer.wait_idle(10)


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer_module, "FIRST_PAUSE_S", 0.001)


def test_it_tries_the_same_jobs_again_while_mongodb_is_busy() -> None:
    store = Store(Busy("away"), Busy("away"))

    with running(store) as writer:
        offer(writer, job(0), job(1))

    assert store.calls == [[0, 1]] * 3
    assert [each.lane.partition for each in writer.written] == [0, 1]
    assert not writer.refused


def test_it_says_that_it_is_busy_until_a_write_succeeds() -> None:
    seen: list[bool] = []
    go_on = threading.Event()

    def flush(_: list[Job]) -> None:
        if not go_on.is_set():
            raise Busy("away")

    with running(flush) as writer:
        writer.offer([job(0)])
        while not writer.busy:
            threading.Event().wait(0.001)
        seen.append(writer.busy)
        go_on.set()
        assert writer.wait_idle(10)
        seen.append(writer.busy)

    assert seen == [True, False]


def test_it_gives_back_only_the_partition_whose_entries_are_refused() -> None:
    store = Store(poison(1))

    with running(store) as writer:
        offer(writer, job(0), job(1), job(2))

    assert store.calls == [[0, 1, 2], [0, 2]]
    assert [each.lane.partition for each in writer.written] == [0, 2]
    assert [each.job.lane.partition for each in writer.refused] == [1]


def test_a_refusal_has_its_reason() -> None:
    reason = poison(0)

    with running(Store(reason)) as writer:
        offer(writer, job(0))

    assert [each.reason for each in writer.refused] == [reason]


def test_later_jobs_of_a_refused_partition_are_refused_until_it_was_loaded() -> None:
    store = Store(poison(1))

    with running(store) as writer:
        offer(writer, job(1))
        offer(writer, job(0), job(1, 20))
        writer.reopen(1)
        offer(writer, job(1, 10))

    assert store.calls == [[1], [0], [1]]
    assert [each.job.writes.next_offset for each in writer.refused] == [10, 20]


def test_it_gives_back_all_when_somebody_else_went_on() -> None:
    with running(Store(Overtaken("elsewhere"))) as writer:
        offer(writer, job(0), job(1))

    assert [each.job.lane.partition for each in writer.refused] == [0, 1]
    assert not writer.written


def test_a_bug_ends_the_worker() -> None:
    writer = Writer(Store(LookupError("a bug")))
    writer.start()
    writer.offer([job(0)])
    writer.wait_idle(10)

    assert not writer.stop(10)
    with pytest.raises(LookupError):
        writer.check()
