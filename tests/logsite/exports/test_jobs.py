"""Exports as jobs: every entry once, taken up after a kill, cancelled, limited."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st
from pymongo.database import Database
from pytest_django.fixtures import Settings

from ingest.days import drop_expired
from ingest.errors import Busy, QueryError, TooLarge, TooMany
from ingest.export import pieces
from ingest.export.rows import Format, Layout
from ingest.fold.block import LOG_LENGTH, position
from ingest.mongo import Document
from ingest.query.between import Between
from ingest.query.filter import LogFilter
from ingest.query.page import Page
from ingest.query.run import search
from logsite.audit.actors import Actor
from logsite.audit.models import AuditEntry
from logsite.exports import jobs, retention
from logsite.exports.models import Export, State
from logsite.exports.tasks import work_exports
from tests.ingest.query.asking import random_entry, random_text
from tests.ingest.query.stored import StoredLog, clear, entry_at
from tests.ingest.query.test_search_property import TIMES, Store
from tests.logsite.exports.conftest import (
    BOB,
    file_of,
    finished,
    messages,
    rows_of,
    started,
)

pytestmark = [pytest.mark.django_db, pytest.mark.parts]
LAYOUTS = [Layout(), Layout(gzip=False), Layout(Format.CSV)]


class Killed(BaseException):
    """The process is gone."""


def die(*_: Any) -> None:
    raise Killed


def take_up(job: Export) -> Export:
    """By another process, once the lease of the dead one has run out."""
    Export.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    return finished(job)


def test_it_writes_every_entry_newest_first_and_is_done(log: StoredLog) -> None:
    job = finished(started())

    assert (job.state, job.rows, job.percent) == (State.DONE, 10, 100)
    assert messages(job) == [f"line {n}" for n in reversed(range(10))]
    ended = AuditEntry.objects.get(action="export.done")
    assert (ended.detail["rows"], ended.detail["sha256"]) == (10, job.sha256)


@pytest.mark.usefixtures("short_stretches")
@pytest.mark.parametrize("layout", LAYOUTS)
def test_its_size_and_checksum_are_those_of_the_file(
    log: StoredLog, layout: Layout
) -> None:
    job = finished(started(layout=layout))
    content = file_of(job)

    assert job.size == len(content)
    assert job.sha256 == hashlib.sha256(content).hexdigest()


def test_what_comes_later_is_not_in_the_file(log: StoredLog) -> None:
    job = started()
    log.add(entry_at(20, "later"))

    assert "later" not in messages(finished(job))


def test_nothing_found_is_an_empty_file(log: StoredLog) -> None:
    job = finished(started(LogFilter("absent"), Layout(gzip=False)))

    assert (job.state, job.rows, file_of(job)) == (State.DONE, 0, b"")
    assert job.sha256 == hashlib.sha256(b"").hexdigest()


@examples(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.integers(0, 2**32))
@pytest.mark.usefixtures("short_stretches")
def test_every_entry_that_matches_is_there_once_however_often_it_is_killed(
    store: Database[Document], seed: int
) -> None:
    rng, logs = Random(seed), Store(store)
    clear(store)
    entries = [random_entry(rng, rng.choice(TIMES)) for _ in range(rng.randint(0, 40))]
    logs.write([(rng.choice(list(logs.logs)), entry) for entry in entries])
    asked = LogFilter(random_text(rng, entries) if rng.random() < 0.6 else "")
    expected = logs.matching(asked)
    job = started(asked)

    with pytest.MonkeyPatch.context() as patch:
        deaths = iter(rng.choices([True, False], k=10))
        patch.setattr(pieces, "reach", lambda _: die() if next(deaths, False) else None)
        while not job.has_ended:
            logs.write([(rng.choice(list(logs.logs)), random_entry(rng))])
            try:
                take_up(job)
            except Killed:
                job.refresh_from_db()

    assert [row["id"] for row in rows_of(job)] == expected
    assert (job.state, job.rows) == (State.DONE, len(expected))
    assert store["export_pieces"].count_documents({"export": job.pk}) == (
        job.pieces.count()
    )


@pytest.mark.usefixtures("short_stretches")
def test_while_the_lease_of_a_dead_process_holds_nobody_works_at_it(
    log: StoredLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = started()
    with monkeypatch.context() as patch:
        patch.setattr(pieces, "reach", die)
        with pytest.raises(Killed):
            jobs.work(job, 60)

    assert jobs.due() == []
    assert finished(job).state == State.RUNNING
    assert take_up(job).state == State.DONE


@pytest.mark.usefixtures("short_stretches")
def test_who_lost_the_lease_adds_nothing(
    log: StoredLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = started()

    def overtaken(name: str) -> None:
        if name == "after_export_piece":
            Export.objects.update(owner="somebody else")

    with monkeypatch.context() as patch:
        patch.setattr(pieces, "reach", overtaken)
        finished(job)
    assert (job.rows, job.pieces.count()) == (0, 0)
    assert messages(take_up(job)) == [f"line {n}" for n in reversed(range(10))]


@pytest.mark.usefixtures("short_stretches")
def test_it_takes_turns_with_others(log: StoredLog) -> None:
    job = started()
    jobs.work(job, 0)

    assert jobs.due() == [job]
    work_exports()
    job.refresh_from_db()
    assert job.state == State.DONE


def test_mongodb_that_is_away_is_said_and_waited_for(
    log: StoredLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: Any) -> Page:
        raise Busy("MongoDB does not answer")

    job = started()
    with monkeypatch.context() as patch:
        patch.setattr(jobs, "stretch", away)
        finished(job)
    assert (job.state, job.error) == (State.RUNNING, "MongoDB does not answer")
    take_up(job)
    assert (job.state, job.error) == (State.DONE, "")


def test_it_ends_when_it_is_cancelled_and_leaves_nothing(
    log: StoredLog, store: Database[Document], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingest.export.reading.MAX_ROWS", 3)
    job = started()
    monkeypatch.setattr(pieces, "reach", lambda _: jobs.cancel(BOB, job))
    finished(job)

    assert job.state == State.CANCELLED
    assert store["export_pieces"].count_documents({}) == 0
    assert not jobs.cancel(BOB, job)


def test_entries_that_retention_drops_meanwhile_are_said_to_be_missing(
    log: StoredLog, store: Database[Document]
) -> None:
    job = started()
    later = datetime(2027, 1, 1, tzinfo=UTC)
    drop_expired(store, later, 7, lambda *_: None)
    finished(job)

    assert (job.state, job.is_whole) == (State.DONE, False)


# -- Limits ----------------------------------------------------------------------------


def test_a_person_has_only_so_many_under_way(
    log: StoredLog, settings: Settings
) -> None:
    settings.EXPORT_JOBS = 1
    job = started()
    with pytest.raises(TooMany, match="1 exports of yours"):
        started()
    jobs.start(Actor.system(), jobs.Wanted(LogFilter(), Layout()))

    finished(job)
    started()


@pytest.mark.parametrize("limit", ["EXPORT_MB_EACH", "EXPORT_MB"])
def test_what_would_find_no_room_is_refused(
    log: StoredLog, settings: Settings, limit: str
) -> None:
    setattr(settings, limit, 0)

    with pytest.raises(TooLarge, match=r"there is room for 0\.0 MB"):
        started()


def test_a_file_that_outgrows_its_room_fails_and_leaves_nothing(
    log: StoredLog, store: Database[Document], settings: Settings
) -> None:
    job = started()
    settings.EXPORT_MB_EACH = 0
    finished(job)

    assert (job.state, job.error) == (
        State.FAILED,
        "there is no room for more than 0.0 MB",
    )
    assert store["export_pieces"].count_documents({}) == 0


def test_a_search_that_cannot_be_read_is_no_job(store: Database[Document]) -> None:
    with pytest.raises(QueryError):
        started(LogFilter("/(/"))
    assert not Export.objects.exists()


# -- Retention -------------------------------------------------------------------------


def test_a_file_expires_and_what_is_known_of_it_stays_a_while(
    log: StoredLog, store: Database[Document]
) -> None:
    job = finished(started())
    assert job.expires
    retention.retain(job.expires - timedelta(seconds=1))
    assert file_of(job)

    retention.retain(job.expires)
    job.refresh_from_db()
    assert (job.state, job.rows, job.pieces.count()) == (State.EXPIRED, 10, 0)
    assert store["export_pieces"].count_documents({}) == 0
    retention.retain(job.expires + retention.REMEMBERED)
    assert not Export.objects.exists()


def test_what_a_killed_process_left_of_a_cancelled_export_goes(
    log: StoredLog, store: Database[Document], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingest.export.reading.MAX_ROWS", 3)
    job = started()
    with monkeypatch.context() as patch:
        patch.setattr(pieces, "reach", lambda _: jobs.cancel(BOB, job))
        patch.setattr("ingest.export.pieces.drop", die)
        with pytest.raises(Killed):
            finished(job)
    assert store["export_pieces"].count_documents({}) == 1

    retention.retain(timezone.now())
    assert store["export_pieces"].count_documents({}) == 0


def test_one_that_has_ended_is_deleted_with_its_file(
    log: StoredLog, store: Database[Document]
) -> None:
    job = finished(started())
    jobs.delete(BOB, job)

    assert not Export.objects.exists()
    assert store["export_pieces"].count_documents({}) == 0
    assert AuditEntry.objects.filter(action="export.delete").exists()


def test_a_stretch_of_a_tail_is_exported_as_it_is(log: StoredLog) -> None:
    name = position(log.incarnation, log.partition, 0)[:LOG_LENGTH]
    between = Between(after=((name, 5),), upto=((name, 8),))

    job = finished(started(LogFilter(between=between)))
    assert messages(job) == ["line 7", "line 6", "line 5"]


def test_it_finds_what_a_search_finds(log: StoredLog, store: Any) -> None:
    asked = LogFilter('"line 3" OR "line 5"')

    found = [item.message for item in search(store, asked).items]
    assert messages(finished(started(asked))) == found
