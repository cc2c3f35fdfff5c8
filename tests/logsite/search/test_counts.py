"""The counts beside the list of the page, as they are told."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from pymongo.database import Database

from logsite.search.found import Store
from tests.ingest.query.stored import StoredLog, entry_at, prepare
from tests.logsite.search.events import Event, read

pytestmark = [pytest.mark.parts, pytest.mark.django_db]

Json = dict[str, Any]
ALL: dict[str, str] = {"range": "all"}


@pytest.fixture
def stored(mongo: Database[Json], monkeypatch: pytest.MonkeyPatch) -> StoredLog:
    prepare(mongo)

    def store() -> Store:
        return mongo

    monkeypatch.setattr("logsite.search.found.database", store)
    return StoredLog(mongo).add(
        *(entry_at(n, "failed", "WARN", "auth", user=f"user {n}") for n in range(3)),
        entry_at(5, "opened", "INFO", "api", user="<b>mina</b>", host="web-1"),
    )


def counts(client: Client, **asked: str) -> list[Event]:
    response = client.get("/counts", ALL | asked)
    assert response.status_code == 200, response.content
    return read(response.streaming_content)  # type: ignore[attr-defined]


def told(events: list[Event], name: str) -> Json:
    return next(content for one, content in events if one == name)


def test_without_words_it_counts_services_and_shows_fields(
    as_bob: Client, stored: StoredLog
) -> None:
    events = counts(as_bob, service="auth")

    assert [name for name, _ in events] == ["services", "fields", "done"]
    assert told(events, "services") == {"counts": {"auth": 3, "api": 1}}
    assert 'data-name="user"' in told(events, "fields")["html"]
    assert "web-1" not in told(events, "fields")["html"]


def test_of_words_it_counts_what_matches(as_bob: Client, stored: StoredLog) -> None:
    events = counts(as_bob, q="failed")

    matches = told(events, "matches")
    assert matches["levels"] == {"WARN": 3}
    assert matches["services"] == {"auth": 3}
    assert matches["total"] == "3 matches"
    assert matches["words"] == "Matches over time"
    assert [row["levels"] for row in matches["histogram"]["rows"]] == [{"WARN": 3}]


def test_values_are_never_markup_and_name_their_condition(
    as_bob: Client, stored: StoredLog
) -> None:
    html = told(counts(as_bob), "fields")["html"]

    assert "<b>mina" not in html
    assert "&lt;b&gt;mina&lt;/b&gt;" in html
    assert 'data-condition="host:=web-1"' in html


def test_it_says_of_how_many_matches_the_values_are(
    as_bob: Client, stored: StoredLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "newest" not in told(counts(as_bob), "fields")["html"]

    monkeypatch.setattr("ingest.query.sample.MAX_VALUES", 1)

    assert "in the newest 1 matches" in told(counts(as_bob), "fields")["html"]


def test_it_speaks_the_language_of_the_page(as_bob: Client, stored: StoredLog) -> None:
    as_bob.cookies["django_language"] = "ko"

    assert told(counts(as_bob, q="failed"), "matches")["total"] == "3개 일치"
