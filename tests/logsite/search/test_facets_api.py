"""GET /api/logs/facets: how matches are distributed, in one piece and as it grows."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from pymongo.database import Database

from ingest.query.budget import Allowance
from tests.ingest.query.stored import StoredLog, entry_at, prepare
from tests.logsite.search.events import read

pytestmark = [pytest.mark.parts, pytest.mark.django_db]

Json = dict[str, Any]


@pytest.fixture
def stored(mongo: Database[Json], monkeypatch: pytest.MonkeyPatch) -> StoredLog:
    """Logins that failed and one that did not, in two blocks."""
    prepare(mongo)
    monkeypatch.setattr("logsite.search.facets_api.database", lambda: mongo)
    return StoredLog(mongo).add(
        *(entry_at(n, "failed login", "WARN", "auth", user="root") for n in range(3)),
        entry_at(61, "failed login", "ERROR", "auth", user="mina"),
        entry_at(62, "failed upload", "ERROR", "api", user="mina"),
        entry_at(63, "login", "INFO", "auth", user="mina"),
    )


def facets(client: Client, **parameters: Any) -> Json:
    response = client.get("/api/logs/facets", parameters)
    assert response.status_code == 200, response.content
    answer: Json = response.json()
    return answer


def counts(values: list[Json]) -> dict[str, int]:
    return {one["value"]: one["count"] for one in values}


def test_it_counts_matches_of_words_by_level_service_and_time(
    as_bob: Client, stored: StoredLog
) -> None:
    found = facets(as_bob, q="failed login")

    assert found["matched"] == {"count": 4, "exact": True}
    assert counts(found["levels"]) == {"WARN": 3, "ERROR": 1}
    assert counts(found["services"]) == {"auth": 4}
    rows = found["histogram"]["rows"]
    assert [row["levels"] for row in rows] == [{"WARN": 3}, {"ERROR": 1}]
    assert found["histogram"]["whole"] is False


def test_it_tells_the_most_frequent_values_of_fields(
    as_bob: Client, stored: StoredLog
) -> None:
    found = facets(as_bob, q="failed")

    assert found["sampled"] == 5
    assert found["fields"] == [
        {
            "name": "user",
            "entries": 5,
            "distinct": 2,
            "values": [{"value": "root", "count": 3}, {"value": "mina", "count": 2}],
        }
    ]


def test_without_words_it_counts_without_reading_all(
    as_bob: Client, stored: StoredLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingest.query.sample.MAX_ENTRIES", 0)
    monkeypatch.setattr("ingest.query.facets.Sample.full", True)

    found = facets(as_bob, level="error")

    assert found["matched"] == {"count": 2, "exact": True}
    assert counts(found["services"]) == {"api": 1, "auth": 1}
    assert found["examined"] == 0


def test_what_could_not_be_read_in_time_is_said(
    as_bob: Client, stored: StoredLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "logsite.search.following.Allowance", lambda *_: Allowance(60, 1)
    )

    found = facets(as_bob, q="failed")

    assert found["matched"] == {"count": 1, "exact": False}
    assert found["reached"] == "2026-11-22T12:01:01.000Z"


def test_the_stream_grows_and_ends_with_the_whole(
    as_bob: Client, stored: StoredLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("logsite.search.following.EVERY_S", 0)

    response = as_bob.get("/api/logs/facets/stream", {"q": "failed"})
    events = read(response.streaming_content)  # type: ignore[attr-defined]

    assert [name for name, _ in events] == ["facets"] * (len(events) - 1) + ["done"]
    matched = [told["matched"]["count"] for _, told in events]
    assert matched == sorted(matched)
    assert matched[-1] == 5
    assert events[-1][1] == facets(as_bob, q="failed")


@pytest.mark.parametrize("path", ["facets", "facets/stream"])
def test_a_text_that_cannot_be_read_is_refused(
    as_bob: Client, stored: StoredLog, path: str
) -> None:
    assert as_bob.get(f"/api/logs/{path}", {"q": "/(/"}).status_code == 400
