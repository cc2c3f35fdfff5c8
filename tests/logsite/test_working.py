"""Jobs are worked at by one thread of a worker, and Celery may be away."""

from __future__ import annotations

from threading import Lock
from typing import Any

import pytest
from celery import shared_task
from kombu.exceptions import OperationalError

from logsite.working import tell_celery, work_at


@shared_task
def tidy() -> None:
    """What these tests would have Celery do."""


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """How Celery was told, each time."""
    calls: list[dict[str, Any]] = []
    monkeypatch.setattr(tidy, "apply_async", lambda **how: calls.append(how))
    return calls


def test_celery_is_told_without_waiting_for_it(told: list[dict[str, Any]]) -> None:
    tell_celery(tidy)

    assert told == [{"ignore_result": True, "retry": False}]


def test_celery_may_be_away(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def away(**_: Any) -> None:
        raise OperationalError("nobody answers")

    monkeypatch.setattr(tidy, "apply_async", away)

    tell_celery(tidy)

    assert [one.message for one in caplog.records] == ["logsite.working.celery_away"]


def test_every_job_is_worked_at_in_turn(told: list[dict[str, Any]]) -> None:
    jobs, done = ["one", "two"], []

    def work(job: str) -> None:
        done.append(job)
        jobs.remove(job)

    work_at(tidy, Lock(), lambda: list(jobs), work)

    assert done == ["one", "two"]
    assert told == []


def test_a_job_that_is_not_done_is_worked_at_again(told: list[dict[str, Any]]) -> None:
    work_at(tidy, Lock(), lambda: ["long"], lambda job: None)

    assert len(told) == 1


def test_a_second_thread_leaves_the_jobs_to_the_first(
    told: list[dict[str, Any]],
) -> None:
    busy = Lock()
    busy.acquire()

    work_at(tidy, busy, lambda: ["taken"], lambda job: pytest.fail(job))

    assert told == []


def test_a_job_that_fails_keeps_no_other_from_being_worked_at(
    told: list[dict[str, Any]],
) -> None:
    busy = Lock()

    def work(job: str) -> None:
        raise ValueError(job)

    with pytest.raises(ValueError, match="bad"):
        work_at(tidy, busy, lambda: ["bad"], work)

    assert not busy.locked()
