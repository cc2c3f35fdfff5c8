"""An empty answer explains itself: what is elsewhere, and how far it was looked at."""

from __future__ import annotations

from typing import Any

import pytest
from pymongo.database import Database

from ingest.query.budget import Allowance
from ingest.query.filter import LogFilter
from ingest.query.page import Matched
from logsite.search.empty import Elsewhere, Empty, Newest, explained
from tests.ingest.query.stored import StoredLog, entry_at, prepare, time_at

pytestmark = pytest.mark.parts

LATER = time_at(3_600)


@pytest.fixture
def stored(mongo: Database[dict[str, Any]]) -> StoredLog:
    prepare(mongo)
    return StoredLog(mongo)


@pytest.fixture
def logins(stored: StoredLog) -> StoredLog:
    return stored.add(
        *(entry_at(n, f"login {n}", service="auth") for n in range(9)),
        entry_at(20, "order", service="shop"),
    )


def test_a_store_without_entries_is_said_to_be_empty(stored: StoredLog) -> None:
    assert explained(stored.db, LogFilter("x")) == Empty(nothing_stored=True)


@pytest.mark.parametrize("wanted", [LogFilter("login"), LogFilter(services=("auth",))])
def test_it_tells_the_newest_match_of_all_time_and_how_many_there_are(
    logins: StoredLog, wanted: LogFilter
) -> None:
    ranged = LogFilter(wanted.text, wanted.services, start=LATER)

    elsewhere = explained(logins.db, ranged).elsewhere

    assert elsewhere == Elsewhere(time_at(8), Matched(9, exact=True), reached=None)


def test_of_more_matches_than_are_counted_it_tells_at_least_how_many(
    logins: StoredLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("logsite.search.empty.MAX_COUNTED", 4)

    elsewhere = explained(logins.db, LogFilter("login", start=LATER)).elsewhere

    assert elsewhere
    assert elsewhere.matched == Matched(4, exact=False)


def test_it_tells_how_far_back_it_has_looked(
    logins: StoredLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("logsite.search.empty.ELSEWHERE", Allowance(60, 1))

    elsewhere = explained(logins.db, LogFilter("-login -order", start=LATER)).elsewhere

    assert elsewhere
    assert elsewhere.newest is None
    assert elsewhere.reached == time_at(7)


def test_a_search_of_all_time_is_not_run_twice(logins: StoredLog) -> None:
    assert explained(logins.db, LogFilter("absent")).elsewhere is None


@pytest.mark.parametrize(
    "wanted", [LogFilter("x", services=("auth", "none")), LogFilter("x service:auth")]
)
def test_it_tells_the_newest_entry_of_each_service_asked_for(
    logins: StoredLog, wanted: LogFilter
) -> None:
    services = explained(logins.db, wanted).services

    assert services[0] == Newest("auth", time_at(8))
    assert services[1:] in ((), (Newest("none", None),))
