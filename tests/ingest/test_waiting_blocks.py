"""A block that waits is written by the next flush, or before the worker rests."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingest.fold.block import BLOCK_OFFSETS
from ingest.kafka.consumer import Polled
from ingest.steps.limits import Limits
from tests.ingest.test_busy_worker import LINE, Log, Sent, Store, running, wait_until

GOOD = LINE % b"hello"
BURST = BLOCK_OFFSETS + 100


class Burst(Log):
    """A partition that brings these values at once, up to `end`, and nothing more."""

    def __init__(self, values: list[bytes]) -> None:
        super().__init__(b"")
        self._values = values
        self.end = len(values)

    def poll(self, _: float) -> Polled:
        self.polls += 1
        first, self.next = self.next, self.end
        return Polled({0: [Sent(n, self._values[n]) for n in range(first, self.next)]})

    def restart(self, _: dict[int, int]) -> None: ...


@pytest.fixture
def store() -> Store:
    store = Store()
    store.is_back.set()
    return store


def shown(store: Store) -> int:
    """Up to which offset blocks were written."""
    lasts = [block["last"] for job in store.written for block in job.writes.blocks]
    return max(lasts, default=-1)


def test_the_next_flush_shows_it_although_no_message_came(
    tmp_path: Path, store: Store
) -> None:
    with running(Burst([GOOD] * BURST), store, tmp_path):
        wait_until(lambda: shown(store) == BURST - 1)

        first, second = store.written

    assert [job.writes.next_offset for job in (first, second)] == [BLOCK_OFFSETS, BURST]
    assert not second.writes.entries


def test_nothing_waits_when_the_worker_ends(tmp_path: Path, store: Store) -> None:
    log = Burst([GOOD] * BURST)
    log.end = 1
    store.is_back.clear()
    with running(log, store, tmp_path) as worker:
        wait_until(lambda: log.next == 1)
        log.end = 2
        wait_until(lambda: not worker._writer.has_room)
        log.end = BURST
        wait_until(lambda: log.next == BURST)

    assert shown(store) == BURST - 1


def test_a_partition_that_stops_shows_all_that_came_before(
    tmp_path: Path, store: Store
) -> None:
    log = Burst([GOOD] * BURST + [b"not json"] * 3)
    with running(log, store, tmp_path, Limits(ratio=0, run=1)):
        wait_until(lambda: any(job.stop for job in store.written))

    (job,) = [job for job in store.written if job.stop]
    assert job.stop
    assert job.stop.offset == job.writes.next_offset == BURST + 1
    assert shown(store) == BURST
