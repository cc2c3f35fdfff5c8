"""A search in a process of its own: the same answers, out of the way, and an end."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import pytest
from pymongo.database import Database
from pymongo.errors import AutoReconnect

from ingest.errors import Busy
from ingest.query.apart import Broken, apart
from ingest.query.budget import Allowance
from ingest.query.filter import LogFilter
from ingest.query.tasks import CountingUp, Listing
from tests.ingest.query.stored import StoredLog, entry_at

pytestmark = pytest.mark.parts

Db = Database[dict[str, Any]]


@dataclass(frozen=True)
class Niceness:
    def steps(self, _db: Db) -> Iterator[int]:
        yield os.nice(0)


@dataclass(frozen=True)
class Endless:
    def steps(self, _db: Db) -> Iterator[int]:
        while True:
            yield os.getpid()


@dataclass(frozen=True)
class Away:
    def steps(self, _db: Db) -> Iterator[int]:
        yield 1
        raise AutoReconnect("away")


@dataclass(frozen=True)
class Killed:
    def steps(self, _db: Db) -> Iterator[int]:
        yield 1
        os._exit(1)


@pytest.fixture
def url(mongo_url: str, db: Db) -> str:
    return mongo_url.replace("/logsite?", f"/{db.name}?")


def test_it_answers_what_the_same_search_answers_here(db: Db, url: str) -> None:
    StoredLog(db).add(*(entry_at(n, f"hello {n}", user=f"u{n % 2}") for n in range(12)))
    listing = Listing(LogFilter("hello -3"), 50, None, Allowance(), every_s=0)
    counting = CountingUp(LogFilter("hello -3"), 60, Allowance(), every_s=60)

    assert list(apart(listing, url)) == list(listing.steps(db))
    assert list(apart(counting, url)) == list(counting.steps(db))


def test_everything_else_comes_first(url: str) -> None:
    assert list(apart(Niceness(), url)) == [19]


def test_a_store_that_is_away_there_is_away_here(url: str) -> None:
    steps = apart(Away(), url)
    assert next(steps) == 1

    with pytest.raises(Busy, match="away"):
        next(steps)


def test_a_process_that_is_killed_is_no_end_of_a_search(url: str) -> None:
    steps = apart(Killed(), url)
    assert next(steps) == 1

    with pytest.raises(Broken):
        next(steps)


def test_it_ends_when_nobody_wants_more(url: str) -> None:
    steps = apart(Endless(), url)
    pid = next(steps)

    steps.close()  # type: ignore[attr-defined]  # a generator's

    with suppress(ProcessLookupError):
        os.kill(pid, 0)
        pytest.fail("the process goes on")
