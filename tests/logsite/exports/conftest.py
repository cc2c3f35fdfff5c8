"""Stored entries where the site looks for them, and exports of them."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from pymongo.database import Database

from ingest import mongo as mongodb
from ingest.export import pieces
from ingest.export.rows import Layout
from ingest.mongo import Document
from ingest.query.filter import LogFilter
from logsite.audit.actors import Actor
from logsite.audit.models import Kind
from logsite.exports import jobs
from logsite.exports.jobs import Wanted
from logsite.exports.models import Export
from tests.ingest.query.stored import StoredLog, entry_at, prepare

BOB = Actor(Kind.USER, "bob")
LONG = 60.0


@pytest.fixture
def store(mongo: Any, mongo_url: str) -> Iterator[Database[Document]]:
    mongodb.configure(mongo_url.replace("/logsite?", f"/{mongo.name}?"))
    database = mongodb.database()
    prepare(database)
    yield database
    database.client.close()
    mongodb.configure(settings.MONGO_URL)


@pytest.fixture
def log(store: Database[Document]) -> StoredLog:
    """Ten entries, a second apart: line 0 to line 9."""
    return StoredLog(store).add(*[entry_at(n, f"line {n}") for n in range(10)])


@pytest.fixture(autouse=True)
def no_celery(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is told that there is work: tests do it themselves."""
    monkeypatch.setattr("logsite.exports.tasks.work_exports.apply_async", _nothing)


@pytest.fixture
def short_stretches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingest.export.reading.MAX_ROWS", 3)


def _nothing(**_: Any) -> None:
    return None


def started(asked: LogFilter | None = None, layout: Layout | None = None) -> Export:
    return jobs.start(BOB, Wanted(asked or LogFilter(), layout or Layout()))


def finished(job: Export) -> Export:
    """As Celery would work at it."""
    jobs.work(job, LONG)
    job.refresh_from_db()
    return job


def file_of(job: Export) -> bytes:
    store = mongodb.database()
    return b"".join(pieces.read(store, piece.name) for piece in job.pieces.all())


def rows_of(job: Export) -> list[Any]:
    return [json.loads(line) for line in gzip.decompress(file_of(job)).splitlines()]


def messages(job: Export) -> list[str]:
    return [row["message"] for row in rows_of(job)]
