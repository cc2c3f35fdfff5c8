"""Replays as jobs: one process at a time, taken up after a kill, cancelled, counted."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.utils import timezone
from pytest_django.fixtures import Settings

from ingest.errors import Busy, QueryError
from ingest.replay.letters import Selection
from ingest.replay.run import Mending
from ingest.replay.wording import read_lines
from logsite.audit.actors import Actor
from logsite.audit.models import AuditEntry
from logsite.deadletters import jobs
from logsite.deadletters.models import Replay, State
from logsite.deadletters.tasks import work_replays
from logsite.leases import LEASE, RETRY
from tests.ingest.worker import produce, running_worker, stored, visible, wait_for
from tests.logsite.deadletters.conftest import NOT_JSON, Letters

pytestmark = [pytest.mark.django_db, pytest.mark.parts]
FIX = Mending(read_lines(["rename msg message"]))
LONG = 60.0


class Killed(BaseException):
    """The process is gone."""


class Worker:
    """Stands in for a replayer: takes letters off, or fails as a test says."""

    def __init__(self, letters: Letters, failure: BaseException | None = None) -> None:
        self.batches: list[list[bytes]] = []
        self.settled = 0
        self._db = letters.db
        self._failure = failure

    def settle(self, _now: Any) -> None:
        self.settled += 1

    def replay(self, some: Any, _mending: Any, _now: Any) -> Counter[str]:
        if self._failure is not None and self.batches:
            raise self._failure
        self.batches.append([one["value"] for one in some])
        return Counter({"fails": len(some)})


def started(letters: Letters, count: int = 3, rate: int = 10_000) -> Replay:
    first, *_ = [letters.add(b'{"msg":"%d"}' % n) for n in range(count)]
    return jobs.start(Actor.system(), Selection(first["cause"]), FIX, rate)


def worked(job: Replay, worker: Any, seconds: float = LONG) -> Replay | None:
    return jobs.work(job.pk, seconds, lambda _: worker)


def test_it_goes_through_all_letters_and_is_done(dead: Letters) -> None:
    job = started(dead)
    dead.add(b"not json", NOT_JSON)
    worker = Worker(dead)
    worked(job, worker)

    job.refresh_from_db()
    assert worker.batches == [[b'{"msg":"0"}', b'{"msg":"1"}', b'{"msg":"2"}']]
    assert (job.state, job.ends, job.percent) == (State.DONE, {"fails": 3}, 100)
    entry = AuditEntry.objects.get(action="dead_letter.replay_done")
    assert entry.detail == {"sent": 0, "fails": 3}


def test_letters_that_come_later_are_not_meant(dead: Letters) -> None:
    job = started(dead, 1)
    dead.add(at=timezone.now() + timedelta(minutes=1))
    worker = Worker(dead)
    worked(job, worker)

    assert len(worker.batches) == 1


def test_it_keeps_to_its_rate(dead: Letters, monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []
    clock = SimpleNamespace(monotonic=lambda: 5.0, sleep=pauses.append)
    monkeypatch.setattr(jobs, "time", clock)
    job = started(dead, 3, rate=1)
    worker = Worker(dead)
    worked(job, worker)

    assert [len(batch) for batch in worker.batches] == [1, 1, 1]
    assert pauses == [1.0, 1.0, 1.0]


def test_who_is_killed_is_followed_by_one_who_goes_on_there(dead: Letters) -> None:
    job = started(dead, 3, rate=1)
    with pytest.raises(Killed):
        worked(job, Worker(dead, Killed()))
    assert worked(job, Worker(dead)) is None  # the lease of the dead one holds

    later = timezone.now() - timedelta(seconds=1)
    Replay.objects.update(lease_until=later)
    second = Worker(dead)
    worked(job, second)

    job.refresh_from_db()
    assert second.settled == 1
    assert [batch[0] for batch in second.batches] == [b'{"msg":"1"}', b'{"msg":"2"}']
    assert job.ends == {"fails": 3}


def test_a_part_that_is_away_is_said_and_waited_for(dead: Letters) -> None:
    job = started(dead, 2, rate=1)
    worked(job, Worker(dead, Busy("Kafka does not answer")))

    job.refresh_from_db()
    assert (job.state, job.error) == (State.RUNNING, "Kafka does not answer")
    assert jobs.due(timezone.now()) == []
    assert jobs.due(timezone.now() + RETRY) == [job]

    Replay.objects.update(lease_until=timezone.now())
    worked(job, Worker(dead))
    job.refresh_from_db()
    assert (job.state, job.error) == (State.DONE, "")


def test_a_bug_is_said_and_tried_again_when_the_lease_ran_out(dead: Letters) -> None:
    job = started(dead, 2, rate=1)
    worked(job, Worker(dead, RuntimeError("oops")))

    job.refresh_from_db()
    assert (job.state, job.error) == (State.RUNNING, "RuntimeError('oops')")
    assert jobs.due(timezone.now()) == []
    assert jobs.due(timezone.now() + LEASE) == [job]


def test_who_lost_the_lease_writes_nothing(dead: Letters) -> None:
    job = started(dead, 2, rate=1)

    class Overtaken(Worker):
        def replay(self, some: Any, mending: Any, now: Any) -> Counter[str]:
            Replay.objects.update(owner="somebody else")
            return super().replay(some, mending, now)

    assert worked(job, Overtaken(dead)) is None
    job.refresh_from_db()
    assert (job.ends, job.cursor) == ({}, "")


def test_it_ends_when_it_is_cancelled(dead: Letters) -> None:
    job = started(dead, 3, rate=1)

    class Cancelling(Worker):
        def replay(self, some: Any, mending: Any, now: Any) -> Counter[str]:
            jobs.cancel(Actor.system(), job)
            return super().replay(some, mending, now)

    worker = Cancelling(dead)
    worked(job, worker)

    job.refresh_from_db()
    assert (job.state, len(worker.batches)) == (State.CANCELLED, 1)
    assert not jobs.cancel(Actor.system(), job)


def test_a_job_takes_turns_with_others(dead: Letters) -> None:
    job = started(dead, 3, rate=1)
    worked(job, Worker(dead), seconds=0)

    job.refresh_from_db()
    assert (job.state, job.cursor) == (State.RUNNING, "")
    assert jobs.due(timezone.now()) == [job]


def test_nothing_to_do_is_no_job(dead: Letters) -> None:
    with pytest.raises(QueryError, match="No open dead letter"):
        jobs.start(Actor.system(), Selection(cause="0" * 16), FIX)


def test_a_group_is_replayed_and_the_ledger_adds_up(
    dead: Letters, kafka_brokers: str, topic: str, tmp_path: Path, settings: Settings
) -> None:
    settings.KAFKA_BROKERS, settings.LOG_TOPIC = kafka_brokers, topic
    with running_worker(kafka_brokers, topic, dead.db, tmp_path):
        values = [b'{"msg":"m%d"}' % n for n in range(20)]
        produce(kafka_brokers, topic, [*values, b"not json"])
        wait_for(lambda: visible(dead.db) == 21)
        cause = dead.db["dead_letters"].find_one({"code": "no_message"})["cause"]
        job = jobs.start(Actor.system(), Selection(cause=cause), FIX, rate=10_000)
        work_replays()
        wait_for(lambda: visible(dead.db) == 41)

    job.refresh_from_db()
    assert (job.state, job.sent, job.ends) == (State.DONE, 20, {})
    assert sorted(one["message"] for one in stored(dead.db)) == sorted(
        f"m{n}" for n in range(20)
    )
    states = Counter[str]()
    for block in dead.db["blocks"].find():
        states.update(block["states"])
    assert (states["dead"], states["stored"], states["duplicate"]) == (21, 20, 0)
